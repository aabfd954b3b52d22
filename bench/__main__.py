"""``make bench``: each case beside its floor in the same run; the ratios are what counts.

Writes ``bench/results.json``. Exits with 1 where a ratio is worse than was promised.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from bench import messengers
from bench.interleaving import HEAD, ROUNDS, measure

CASES = {"telegram": messengers.telegram, "sms": messengers.sms, "x_post": messengers.x_post}
RESULTS = Path(__file__).with_name("results.json")


def main() -> int:
    """Measure what is named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="*", choices=[[], *CASES], help="by default all")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    results = []
    print(HEAD)
    for name in given.case or CASES:
        with CASES[name]() as case:
            results.append(measure(case, given.rounds))
        print(results[-1].line(), flush=True)
    RESULTS.write_text(json.dumps([asdict(result) for result in results], indent=2) + "\n")
    return 0 if all(result.holds for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
