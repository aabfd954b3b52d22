"""`make prove`: does a test fail when the line it is about is taken out?

`planted/` lists faults, one for each promise and each fact that a line of code keeps: the
file, the words replaced, and the test that must then fail. Each is planted in a copy of the tree
of its own. A fault that no test catches is an error; so is one whose words are no longer there.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
TABLES = ROOT / "tests" / "planted"
COPIED = ("packages", "tests", "example", "docs", "CHANGELOG.md", "pyproject.toml")
SECONDS = 180
BASELINE_SECONDS = 900
SKIPPED = "its test needs what is not here"
TESTS_FAILED = 1
"""What pytest exits with when tests ran and some failed, unlike 2 to 5: none ran."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One row of the table."""

    breaks: str
    file: str
    old: str
    new: str
    test: str

    def plant(self, tree: Path) -> None:
        """Replace the words in a copy of the tree. They must stand there exactly once."""
        path = tree / self.file
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        if text.count(self.old) != 1:
            raise LookupError(f"{self.file} holds {self.old!r} {text.count(self.old)} times")
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


def read_table() -> list[Fault]:
    """Every fault of every table."""
    return [
        Fault(**row)
        for table in sorted(TABLES.glob("*.toml"))
        for row in tomllib.loads(table.read_text(encoding="utf-8"))["fault"]
    ]


def copy_tree(target: Path) -> Path:
    """What the tests need, so that a planted fault is nobody else's."""
    for name in COPIED:
        source = ROOT / name
        ignore = shutil.ignore_patterns("__pycache__", "*.sqlite3*", "var")
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=ignore)
        elif source.exists():
            shutil.copy2(source, target / name)
    return target


def run_tests(
    tree: Path, *tests: str, seconds: float = SECONDS
) -> subprocess.CompletedProcess[str]:
    """Run these tests against the copy's own sources."""
    sources = [str(path) for path in sorted((tree / "packages").glob("*/src"))]
    environment = {key: value for key, value in os.environ.items() if key != "DSN_TEST_RUN"}
    environment["PYTHONPATH"] = os.pathsep.join([str(tree), *sources])
    # A path relative to the tree, which the copy is not beside.
    specs = ROOT / environment.get("DSN_SPECS", "../shared/specs")
    environment["DSN_SPECS"] = str(specs.resolve())
    quick = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist", "--nomigrations"]
    command = [sys.executable, "-m", "pytest", *quick, *tests]
    return subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, timeout=seconds
    )


def judge(fault: Fault) -> str:
    """What is wrong with this row; nothing if its test catches the fault."""
    with tempfile.TemporaryDirectory(prefix="dsn-prove-") as folder:
        tree = copy_tree(Path(folder))
        try:
            fault.plant(tree)
            result = run_tests(tree, fault.test)
        except LookupError as error:
            return f"no longer applies: {error}"
        except subprocess.TimeoutExpired:
            return f"its test did not end within {SECONDS} seconds"
    if result.returncode == TESTS_FAILED:
        return ""
    if result.returncode == 0 and " passed" not in result.stdout:
        return SKIPPED
    if result.returncode == 0:
        return "not caught: its test still passes"
    return f"its test did not run:\n{result.stdout[-2000:]}"


def verdicts(faults: list[Fault], jobs: int) -> Iterator[tuple[Fault, str]]:
    """Judge each, some at once."""
    with ThreadPoolExecutor(jobs) as pool:
        yield from zip(faults, pool.map(judge, faults), strict=True)


def check_baseline(faults: list[Fault]) -> str:
    """The tests must pass while nothing is planted, or they prove nothing."""
    with tempfile.TemporaryDirectory(prefix="dsn-prove-") as folder:
        tests = sorted({fault.test for fault in faults})
        result = run_tests(copy_tree(Path(folder)), *tests, seconds=BASELINE_SECONDS)
    return "" if result.returncode == 0 else (result.stdout + result.stderr)[-4000:]


def main() -> int:
    """Prove the whole table, or the rows whose words contain what is given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="rows that contain these words")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument(
        "--trust", action="store_true", help="the tests have just passed: do not run them first"
    )
    parser.add_argument("--part", default="1/1", metavar="N/M", help="the Nth of M parts only")
    arguments = parser.parse_args()
    part, parts = map(int, arguments.part.split("/"))
    faults = [fault for fault in read_table() if arguments.only in f"{fault}"][part - 1 :: parts]
    began = time.monotonic()
    wrong = "" if arguments.trust else check_baseline(faults)
    if wrong:
        print(f"The tests fail before anything is planted:\n{wrong}")
        return 1
    missed = skipped = 0
    for fault, complaint in verdicts(faults, arguments.jobs):
        if complaint == SKIPPED and os.environ.get("DSN_REQUIRE_SERVICES") != "1":
            skipped += 1
            print(f"skipped {fault.breaks}: {complaint}")
            continue
        missed += bool(complaint)
        print(f"{'MISSED' if complaint else 'caught'}  {fault.breaks}")
        if complaint:
            print(f"        {fault.file}: {complaint}")
    seconds = round(time.monotonic() - began)
    caught = len(faults) - missed - skipped
    left = f", {skipped} skipped" if skipped else ""
    print(f"{len(faults)} planted faults, {caught} caught{left}, in {seconds} s")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
