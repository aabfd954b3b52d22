"""Who may import whom, and what an import may load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.repo.tree import ROOT


def _loaded_by(statement: str) -> set[str]:
    """The top-level packages that a fresh Python has loaded after the statement."""
    code = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    ran = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    return set(ran.stdout.split())


def test_a_file_imports_only_from_lower_floors():
    linter = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run(
        [linter, "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize(
    "statement",
    [
        "import dsn_core.contract",
        "import dsn_core",
        "from dsn_core import Accepted, Fields, Gate, Message, Messenger, Refused, Verb, hookimpl",
    ],
)
def test_the_contract_loads_no_django(statement):
    assert "django" not in _loaded_by(statement)


SDKS = {"anymail", "django", "httpx", "nh3", "phonenumbers", "requests", "smtplib", "telegram"}
SDKS |= {"tweepy", "twilio"}


@pytest.mark.parametrize("name", ["email", "inbox", "sms", "telegram", "twitter"])
def test_a_messenger_loads_neither_django_nor_its_sdk_before_the_first_send(name):
    statement = (
        f"import dsn_{name}.messenger; from dsn_{name}.plugin import dsn_messengers; "
        "list(dsn_messengers())"
    )
    assert _loaded_by(statement).isdisjoint(SDKS)
