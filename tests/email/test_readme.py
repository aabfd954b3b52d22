"""The accounts of the README are accounts."""

from __future__ import annotations

import os
import re
import smtplib
from pathlib import Path
from typing import Any

import django
import pytest

from dsn_core.plugins.accounts import account
from dsn_email.messenger import Email
from dsn_email.services import SERVICES
from dsn_email.verifying import wants_webhooks
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


def test_every_account_of_the_readme_that_is_reported_to_has_no_problem(monkeypatch, settings):
    for name in ("POSTMARK_TOKEN", "MAILGUN_KEY", "MAILGUN_SIGNING_KEY"):
        monkeypatch.setenv(name, "t0ken")
    monkeypatch.setenv("POSTMARK_WEBHOOK_SECRET", "anymail:hunter2")
    _, block, *_ = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    names: dict[str, Any] = {"os": os}
    exec(block, names)
    settings.DSN = names["DSN"]
    for name in settings.DSN["MESSENGERS"]["email"]:
        values = account(Email, name)
        assert wants_webhooks(values), name
        assert list(messenger(values).check()) == [], name
        assert "hunter2" not in repr(values)


def test_the_readme_names_what_each_service_is_verified_by():
    (table,) = re.findall(r"\| service \|.*?\n\n", README.read_text(), re.DOTALL)
    for service in SERVICES.values():
        (row,) = [line for line in table.splitlines() if service.name in line]
        assert (f"`{service.key}`" in row) is bool(service.key), service.name
        assert ("or `webhook_secret`" in row) is bool(service.key and not service.must_sign)
        assert ("are refused" in row) is (not service.view)


def test_the_readme_shows_the_server_for_tests_as_it_is():
    *_, block = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    from dsn_email.testing import SMTPServer

    with pytest.raises(IndexError):  # Nothing is sent, so there is no first mail.
        exec(block, {"SMTPServer": SMTPServer})


def test_the_server_for_tests_listens_where_it_is_told_to():
    from dsn_email.testing import SMTPServer

    with SMTPServer() as free:
        port = free.port
    with SMTPServer(port=port) as server:
        assert server.options == {"host": "127.0.0.1", "port": port}
        smtplib.SMTP(server.host, port, timeout=5).close()
