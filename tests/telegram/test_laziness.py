"""Finding the messenger costs nothing."""

from __future__ import annotations

import sys
from subprocess import run

import pytest

LOADED = """
import sys
import {module}
heavy = ("django", "telegram", "httpx", "nh3", "ssl", "asyncio", "html.parser", "urllib.parse")
print(*[name for name in heavy if name in sys.modules])
"""


def loaded(code):
    done = run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("module", ["dsn_telegram.plugin", "dsn_telegram.messenger"])
def test_importing_it_loads_neither_django_nor_what_sends(module):
    assert loaded(LOADED.format(module=module)) == []


def test_what_sends_nothing_does_not_load_what_sends():
    code = """
import sys
from dsn_core import Message, Webhook
from dsn_telegram.accounts import Account, Options
from dsn_telegram.messenger import Telegram
telegram = Telegram(account=Account(token="1:x", webhook_secret="s"), options=Options())
telegram.normalize_address("@news"), telegram.address_rate("-1"), telegram.link_url("x")
list(telegram.check()), list(telegram.remarks(Message(text="Hi"))), telegram.measure("x")
headers = {"x-telegram-bot-api-secret-token": "s"}
telegram.receive(Webhook(method="POST", url="", headers=headers, body=b"{}"))
print(*[name for name in ("django", "telegram", "httpx", "nh3") if name in sys.modules])
"""
    assert loaded(code) == []


def test_a_text_is_sent_without_what_reads_html(server):
    code = f"""
import sys
from dsn_core import Envelope, Message
from dsn_telegram.accounts import Account, Options
from dsn_telegram.messenger import Telegram
telegram = Telegram(account=Account(**{server.account!r}), options=Options())
envelope = Envelope(key="k", address="1", message=Message(subject="A", text="B"))
print(telegram.send(envelope).provider_id)
print(*[name for name in ("django", "nh3", "html.parser") if name in sys.modules])
"""
    assert loaded(code) == ["1:1"]


def test_the_kit_for_tests_needs_no_sdk():
    assert not {"telegram", "httpx", "nh3"} & set(
        loaded(LOADED.format(module="dsn_telegram.testing"))
    )


def test_the_plugin_brings_the_messenger():
    from dsn_telegram.messenger import Telegram
    from dsn_telegram.plugin import dsn_messengers

    assert list(dsn_messengers()) == [Telegram]


def test_opening_it_loads_what_sends_and_asks_nothing(server):
    code = f"""
import sys
from dsn_telegram.accounts import Account, Options
from dsn_telegram.messenger import Telegram
with Telegram(account=Account(**{server.account!r}), options=Options()):
    print("telegram" in sys.modules, "httpx" in sys.modules)
"""
    assert loaded(code) == ["True", "True"]
    assert server.calls == []
