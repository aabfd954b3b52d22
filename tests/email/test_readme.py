"""The accounts of the README are accounts."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import django
import pytest

from dsn_core.plugins.accounts import account
from dsn_email.messenger import Email
from tests.email.posting import messenger

README = Path(__file__).parents[2] / "packages" / "dsn-email" / "README.md"


@pytest.fixture
def accounts(monkeypatch, settings, tmp_path):
    """What the README's first block of Python sets."""
    monkeypatch.setenv("SMTP_PASSWORD", "hunter2")
    monkeypatch.setenv("POSTMARK_TOKEN", "t0ken")
    (block, *_) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    names: dict[str, Any] = {"os": os}
    exec(block.replace("/tmp/mail", str(tmp_path)), names)
    settings.DSN = names["DSN"]
    if django.VERSION >= (6, 1):
        settings.MAILERS = {"bulk": {"OPTIONS": {"host": "mail.example"}}}
    return names["DSN"]["MESSENGERS"]["email"]


def test_every_account_of_the_readme_has_no_problem(accounts):
    for name in accounts:
        if name == "bulk" and django.VERSION < (6, 1):
            continue
        values = account(Email, name)
        assert list(messenger(values).check()) == [], name
        assert "hunter2" not in repr(values)


def test_the_readme_shows_the_server_for_tests_as_it_is():
    *_, block = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    from dsn_email.testing import SMTPServer

    with pytest.raises(IndexError):  # Nothing is sent, so there is no first mail.
        exec(block, {"SMTPServer": SMTPServer})
