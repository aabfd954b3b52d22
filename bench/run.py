"""One case on one database, in this process: ``python -m bench.run CASE [--database NAME]``.

Prints the result as one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import signal
from dataclasses import asdict

from bench.cases import CASES
from bench.databases import CHOICES, own_database
from bench.interleaving import Result, measure


def main() -> None:
    """Measure it, and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", choices=CASES)
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--database", choices=CHOICES)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that its database is dropped
    if given.database is None:
        result, version = _measure(given.case, given.rounds), ""
    else:
        with own_database(given.database) as version:
            result = _measure(given.case, given.rounds, given.database)
    print(json.dumps(asdict(result) | {"version": version}))


def _measure(name: str, rounds: int | None, database: str = "") -> Result:
    with CASES[name].open() as case:
        return measure(name, case, database=database, rounds=rounds)


if __name__ == "__main__":
    main()
