"""The README says what the code does."""

from __future__ import annotations

import dataclasses
import os
import re
from pathlib import Path
from typing import Any

import pytest

from dsn_core.plugins.accounts import account
from dsn_twitter import prices
from dsn_twitter.accounts import Account, PostOptions
from dsn_twitter.messenger import DirectMessage, Post
from tests.twitter.posting import KEYS, dm, post

README = Path(__file__).parents[2] / "packages" / "dsn-twitter" / "README.md"
TEXT = README.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def test_the_accounts_of_the_readme_have_no_problem(monkeypatch, settings):
    for name, value in KEYS.items():
        monkeypatch.setenv(f"X_{name.upper()}", value)
    names: dict[str, Any] = {"os": os}
    exec(BLOCKS[0], names)
    settings.DSN = names["DSN"]

    for messenger, make in ((Post, post), (DirectMessage, dm)):
        values = account(messenger, "default")
        assert values == Account(**KEYS)
        assert list(make().check()) == []


@pytest.mark.parametrize("fields", [Account, PostOptions])
def test_every_field_is_described(fields):
    assert [item.name for item in dataclasses.fields(fields) if f"`{item.name}`" not in TEXT] == []


def test_the_prices_are_those_of_the_code():
    table = TEXT.partition("\n## Prices\n")[2].partition("\n## ")[0]
    said = re.findall(r"(\S+ USD) \|$", table, re.MULTILINE)
    known = (prices.POST, prices.POST_WITH_LINK, prices.DIRECT_MESSAGE, prices.LOOKUP)

    assert said == [prices.in_words(price) for price in known]
    assert prices.AS_OF in table
    assert round(prices.POST_WITH_LINK / prices.POST) == 13


def test_a_card_in_the_admin_names_the_prices():
    assert Post.description == (
        "One post for each event: 0.015 USD each, 0.200 USD with a link (August 2026)."
    )
    assert DirectMessage.description == ("A private message on X. 0.015 USD each (August 2026).")


def test_the_readme_shows_the_server_for_tests_as_it_is():
    exec(BLOCKS[1], {})
