"""The contract through the eyes of a type checker, as a plugin's author runs it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services import lack

HERE = Path(__file__).parents[3] / "typing_tests"
MISTAKES = (HERE / "mistakes.py").read_text(encoding="utf-8").splitlines()
EXPECTED = {
    (number, code)
    for number, line in enumerate(MISTAKES, start=1)
    if "# E:" in line
    for code in re.findall(r"\[([a-z-]+)\]", line.partition("# E:")[2])
}
REPORTED = re.compile(r"^mistakes\.py:(\d+): error: .+\[([a-z-]+)\]$", re.M)


def _mypy(file: str, cache: Path) -> subprocess.CompletedProcess[str]:
    pytest.importorskip("mypy")
    options = ["--config-file", "mypy.ini", "--cache-dir", str(cache), "--no-error-summary"]
    command = [sys.executable, "-m", "mypy", *options, file]
    return subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mypy")


@pytest.fixture(scope="module")
def pyright() -> list[dict[str, object]]:
    """What pyright says of both files, in its strict mode."""
    found = shutil.which("pyright")
    if found is None:
        lack("pyright (npm install --global pyright)")
    command = [found, "--outputjson", "--pythonpath", sys.executable, "--project", str(HERE)]
    ran = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=300)
    diagnostics: list[dict[str, object]] = json.loads(ran.stdout)["generalDiagnostics"]
    return diagnostics


def _lines(diagnostics: list[dict[str, object]], file: str) -> set[int]:
    return {
        item["range"]["start"]["line"] + 1  # type: ignore[index]  # of pyright's own format
        for item in diagnostics
        if str(item["file"]).endswith(file) and item["severity"] == "error"
    }


def test_a_plugins_code_passes_mypy_strict(cache: Path):
    ran = _mypy("plugin.py", cache)
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stdout + ran.stderr


def test_mypy_reports_each_mistake_and_nothing_else(cache: Path):
    ran = _mypy("mistakes.py", cache)
    assert {(int(line), code) for line, code in REPORTED.findall(ran.stdout)} == EXPECTED
    assert len(EXPECTED) >= 30


def test_a_plugins_code_passes_pyright_strict(pyright: list[dict[str, object]]):
    assert _lines(pyright, "plugin.py") == set(), pyright


def test_pyright_reports_each_mistake_and_nothing_else(pyright: list[dict[str, object]]):
    assert _lines(pyright, "mistakes.py") == {line for line, _code in EXPECTED}


def test_what_the_type_checkers_pass_is_a_plugin_that_runs():
    code = "import plugin; plugin.use_them(); print(len(list(plugin.dsn_messengers())))"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=HERE, capture_output=True, text=True, timeout=60
    )
    assert ran.stdout.strip() == "3", ran.stderr
