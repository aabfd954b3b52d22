"""Finding the messenger costs nothing."""

from __future__ import annotations

import sys
from subprocess import run

import pytest

LOADED = """
import sys
import {module}
heavy = ("django", "twilio", "phonenumbers", "requests", "aiohttp", "http.client", "asyncio")
print(*[name for name in heavy if name in sys.modules])
"""
MODULES = ["dsn_sms", "dsn_sms.plugin", "dsn_sms.messenger"]


def printed(code):
    done = run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("module", MODULES)
def test_importing_it_loads_neither_django_nor_what_sends(module):
    assert printed(LOADED.format(module=module)) == []


def test_checking_counting_and_reading_numbers_does_not_load_twilio():
    code = """
import sys
from dsn_core import Message
from dsn_sms.accounts import Account, Options
from dsn_sms.messenger import SMS
sms = SMS(account=Account(account_sid="AC1", auth_token="t", region="DE"), options=Options())
list(sms.check()), list(sms.remarks(Message(text="Hi"))), sms.normalize_address("0151 12345678")
print("twilio" in sys.modules, "django" in sys.modules)
"""
    assert printed(code) == ["False", "False"]


def test_the_plugin_brings_the_messenger():
    from dsn_sms.messenger import SMS
    from dsn_sms.plugin import dsn_messengers

    assert list(dsn_messengers()) == [SMS]
