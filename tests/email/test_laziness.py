"""Finding the messenger costs nothing."""

from __future__ import annotations

import sys
from subprocess import run

import pytest

LOADED = """
import sys
import {module}
heavy = ("django", "smtplib", "anymail", "aiosmtpd", "requests", "asyncio", "html.parser")
print(*[name for name in heavy if name in sys.modules])
"""


@pytest.mark.parametrize("module", ["dsn_email.plugin", "dsn_email.messenger"])
def test_importing_it_loads_neither_django_nor_what_sends(module):
    code = LOADED.format(module=module)
    done = run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)

    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr


def test_sending_by_smtp_does_not_load_anymail():
    code = """
import sys
from django.conf import settings
settings.configure()
from dsn_core import Envelope, Message
from dsn_email.accounts import Account, Options
from dsn_email.messenger import Email
account = Account(options={"host": "127.0.0.1", "port": 1})
Email(account=account, options=Options()).send(
    Envelope(key="k", address="a@example.org", message=Message(text="Hi")))
print("anymail" in sys.modules)
"""
    done = run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.stdout.strip() == "False", done.stderr


def test_the_kit_for_tests_needs_aiosmtpd_only_when_it_serves():
    code = LOADED.format(module="dsn_email.testing")
    done = run([sys.executable, "-c", code], capture_output=True, text=True)

    assert "aiosmtpd" not in done.stdout.split()


def test_the_plugin_brings_the_messenger():
    from dsn_email.messenger import Email
    from dsn_email.plugin import dsn_messengers

    assert list(dsn_messengers()) == [Email]
