"""``make bench``: each case beside its floor in the same run; the ratios are what counts.

Keeps them in ``bench/results.json``. Exits with 1 where a promise is broken.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.cases import CASES
from bench.databases import CHOICES, DEFAULTS, answers
from bench.interleaving import HEAD, Result, Side
from bench.keeping import keep

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).with_name("results.json")


def main() -> int:
    """Measure what is named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="*", help="by default all")
    parser.add_argument("--rounds", type=int, help="by default what each case asks for")
    parser.add_argument("--database", action="append", choices=CHOICES)
    parser.add_argument("--output", type=Path, default=RESULTS)
    given = parser.parse_args()
    unknown = sorted(set(given.case) - set(CASES))
    if unknown:
        parser.error(f"There is no case {', '.join(unknown)}; there are {', '.join(CASES)}.")
    rounds = [] if given.rounds is None else ["--rounds", str(given.rounds)]
    print(HEAD)
    fine = True
    for command in _commands(given.case or list(CASES), given.database):
        fine = _run([*command, *rounds], given.output) and fine
    return 0 if fine else 1


def _commands(names: list[str], asked: list[str] | None) -> Iterator[list[str]]:
    absent = {database for database in asked or DEFAULTS if not answers(database)}
    for database in sorted(absent):
        print(f"{database} does not answer here: its cases are left out.")
    for name in names:
        databases = CASES[name].databases
        if not databases:
            yield [name]
        for database in databases and (asked or databases):
            if database not in absent:
                yield [name, "--database", database]


def _run(arguments: list[str], output: Path) -> bool:
    """In a process of its own, which nothing that ran before has warmed or burdened."""
    command = [sys.executable, "-m", "bench.run", *arguments]
    # Not run(): upon Ctrl-C that kills the process, which then cannot drop its database.
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        said, _errors = process.communicate()
    if process.returncode:
        print(f"{' '.join(arguments)}: it failed; what it said stands above.", flush=True)
        return False
    row = json.loads(said.splitlines()[-1])
    keep(row, output)
    row.pop("version")
    result = Result(**row | {side: Side(**row[side]) for side in ("ours", "floor")})
    print(result.line(), flush=True)
    return result.holds


if __name__ == "__main__":
    sys.exit(main())
