"""Finding the messengers costs nothing."""

from __future__ import annotations

import sys
from subprocess import run

import pytest

LOADED = """
import sys
import {module}
heavy = ("django", "tweepy", "requests", "oauthlib", "urllib3", "asyncio")
print(*[name for name in heavy if name in sys.modules])
"""


@pytest.mark.parametrize("module", ["dsn_twitter.plugin", "dsn_twitter.messenger"])
def test_importing_it_loads_neither_django_nor_tweepy(module):
    code = LOADED.format(module=module)
    done = run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)

    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr


WITHOUT_SENDING = """
import sys
from dsn_core import Envelope, Fields, Message
from dsn_twitter.accounts import Account, PostOptions
from dsn_twitter.messenger import DirectMessage, Post
account = Account(consumer_key="k", consumer_secret="s", access_token="1-a",
                  access_token_secret="t")
for messenger, options in ((Post, PostOptions()), (DirectMessage, Fields())):
    with messenger(account=account, options=options) as made:
        made.measure("x"), list(made.check()), list(made.remarks(Message(text="shop.com")))
        made.normalize_address("12")
        made.send(Envelope(key="k", address="12", message=Message(text="")))
print("tweepy" in sys.modules, "django" in sys.modules)
"""


def test_neither_measuring_nor_checking_loads_tweepy():
    done = run([sys.executable, "-c", WITHOUT_SENDING], capture_output=True, text=True)

    assert done.stdout.split() == ["False", "False"], done.stderr


def test_the_kit_for_tests_does_not_load_tweepy():
    code = LOADED.format(module="dsn_twitter.testing")
    done = run([sys.executable, "-c", code], capture_output=True, text=True)

    assert "tweepy" not in done.stdout.split()


def test_sending_loads_no_django():
    code = """
import sys
from dsn_core import Envelope, Message
from dsn_twitter.accounts import Account, PostOptions
from dsn_twitter.messenger import Post
account = Account(consumer_key="k", consumer_secret="s", access_token="1-a",
                  access_token_secret="t", api_url="http://127.0.0.1:1")
Post(account=account, options=PostOptions()).send(
    Envelope(key="k", address="", message=Message(text="Hi")))
print("tweepy" in sys.modules, "django" in sys.modules)
"""
    done = run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.stdout.split() == ["True", "False"], done.stderr


def test_the_plugin_brings_both_messengers():
    from dsn_twitter.messenger import DirectMessage, Post
    from dsn_twitter.plugin import dsn_messengers

    assert list(dsn_messengers()) == [Post, DirectMessage]
