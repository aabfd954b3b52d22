"""``make demo``: it succeeds, and it tells when something is not as it should be."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.acceptance.environments import clean_environment
from tests.repo.tree import ROOT

MAIL = {
    "ada@example.org": "Thanks, Ada: order 1001 is paid",
    "joerg@example.org": "Danke, Jörg! Bestellung 1002 bezahlt",
    "layla@example.org": "Thanks, ليلى 🦉: order 1003 is paid",
    "rosa@example.org": "1,250.00 EUR back for order 1002",
    "mary@example.org": "Konrad cancelled order 1003",
}


def _demo(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "example/demo.py", *arguments],
        cwd=ROOT,
        env=clean_environment(PYTHONIOENCODING="utf-8"),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
    )


@pytest.fixture(scope="module")
def good() -> subprocess.CompletedProcess[str]:
    return _demo()


def test_the_demo_succeeds_and_shows_who_has_received_what(good):
    assert good.returncode == 0, good.stdout + good.stderr
    assert good.stderr == ""
    for address, subject in MAIL.items():
        (line,) = [line for line in good.stdout.splitlines() if address in line]
        assert line.endswith(subject)
        assert " sent " in line


def test_the_demo_shows_that_whoever_did_it_was_left_out(good):
    (line,) = [line for line in good.stdout.splitlines() if "konrad@example.org" in line]
    assert "suppressed" in line
    assert line.endswith("(none: actor_excluded)")


def test_the_demo_fits_a_terminal_of_120_columns(good):
    assert max(map(len, good.stdout.splitlines())) <= 120


def test_the_demo_fails_and_says_what_is_missing_when_a_mailbox_is_refused():
    refused = _demo("--refuse", "joerg@example.org")
    assert refused.returncode == 1
    assert f"missing: to joerg@example.org by email: {MAIL['joerg@example.org']}" in refused.stdout
    assert "expected messages have arrived" not in refused.stdout
