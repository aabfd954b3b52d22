"""What the README says is so."""

from __future__ import annotations

import os
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.template import Context, Template

import dsn_core
from dsn_core import InvalidAddress
from dsn_core.plugins.accounts import account
from dsn_telegram import testing
from dsn_telegram.accounts import Account, Options
from dsn_telegram.messenger import Telegram
from dsn_telegram.reading import INLINE
from dsn_telegram.testing import TOKEN, TelegramServer, refusal
from tests.telegram.posting import SECRET, messenger

README = Path(__file__).parents[2] / "packages" / "dsn-telegram" / "README.md"
TEXT = README.read_text(encoding="utf-8")
SETTINGS, URLS, GREETING, SETTING_UP, TESTING = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def section(heading):
    return TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def rows(heading):
    """The names in code type that begin the rows of a section's table."""
    return re.findall(r"^\| `([^`]+)` \|", section(heading), re.MULTILINE)


@pytest.fixture
def configured(monkeypatch, settings):
    """The settings that the README shows."""
    monkeypatch.setenv("TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setenv("TELEGRAM_SECRET", SECRET)
    names: dict[str, Any] = {"os": os}
    exec(SETTINGS, names)
    settings.DSN = names["DSN"]
    return settings


def test_its_account_has_no_problem(configured):
    values = account(Telegram, "default")

    assert list(messenger(**vars(values)).check()) == []
    assert TOKEN not in repr(values)


def test_its_urls_hold_the_page_of_the_link():
    names: dict[str, Any] = {}
    exec(URLS, names)
    (included,) = names["urlpatterns"]

    assert str(included.pattern) == "dsn/"
    assert included.app_name == "dsn"


@pytest.mark.django_db
def test_its_tag_draws_the_button(configured, rf):
    (source,) = re.findall(r"```django\n(.*?)```", TEXT, re.DOTALL)
    request = rf.get("/")
    request.user = get_user_model().objects.create(username="ada")

    assert "Connect Telegram" in Template(source).render(Context({"request": request}))


def test_its_receiver_greets_whoever_has_linked_herself(monkeypatch):
    said = []
    monkeypatch.setattr(dsn_core, "emit", lambda verb, **values: said.append((verb, values)))
    names: dict[str, Any] = {}
    exec(GREETING, names)
    for key in ("sms", "telegram"):
        names["address_linked"].send(sender=object, messenger=key, address="1", user="ada")
    names["address_linked"].disconnect(names["greet"])

    assert said == [("shop.connected", {"action_object": "ada", "actor": "ada"})]


def test_its_way_to_set_the_webhook_works(configured, server):
    configured.DSN["MESSENGERS"]["telegram"]["default"]["api_url"] = server.url
    exec(SETTING_UP, {})

    assert server.webhooks.url == "https://shop.example/dsn/telegram/default/"
    assert server.webhooks.secret == SECRET


def test_its_server_for_tests_is_as_shown():
    with pytest.raises(IndexError):  # Nothing is sent, so there is no first message.
        exec(TESTING, {"TelegramServer": TelegramServer, "refusal": refusal})


def test_all_that_its_server_for_tests_offers_is_exported():
    assert {"TelegramServer", "refusal"} <= set(testing.__all__)


def test_it_describes_every_field_and_option_and_no_other():
    assert rows("Make a bot") == [item.name for item in fields(Account)]
    assert set(rows("Options of a Backend")) == {item.name for item in fields(Options)}


def test_its_addresses_are_addresses():
    for address in rows("Addresses"):
        assert messenger().normalize_address(address) == address
    with pytest.raises(InvalidAddress):
        messenger().normalize_address("shop_news")


def test_it_names_every_tag_that_is_kept():
    words = " ".join(section("What is sent").split())
    assert {tag for tag in INLINE if not re.search(rf"\b{tag}\b", words)} == set()
