"""What the README promises is so."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest
from django.urls import reverse

from dsn_inbox import urls
from dsn_inbox.options import GROUPS, Options
from tests.inbox.posting import post

PACKAGE = Path(__file__).parents[2] / "packages" / "dsn-inbox"
README = (PACKAGE / "README.md").read_text(encoding="utf-8")
CSS = (PACKAGE / "src/dsn_inbox/static/dsn_inbox/inbox.css").read_text(encoding="utf-8")
BELL = (PACKAGE / "src/dsn_inbox/static/dsn_inbox/bell.css").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| `(GET|POST|DELETE) ([^`]*)` \| `(\w+)` \|", README, re.MULTILINE)


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_every_path_is_where_the_tables_say():
    key = "5f0c7a52-58b2-4b6f-9a3c-0d5b3e1f2a77"
    for _, path, name in ROWS:
        keys = [key] if "<key>" in path else []
        assert reverse(f"dsn_inbox:{name}", args=keys) == "/inbox/" + path.replace("<key>", key)


def test_every_path_is_in_a_table():
    told = {name for _, _, name in ROWS}
    assert {pattern.name for pattern in urls.urlpatterns} == told


def test_every_option_is_in_the_table():
    for field in dataclasses.fields(Options):
        assert re.search(rf"^\| `{field.name}` \|", README, re.MULTILINE), field.name
    for value, _ in GROUPS:
        assert f"`{value}`" in README


def test_every_custom_property_is_listed():
    used = set(re.findall(r"--dsn-inbox-[a-z]+(?=:)", CSS)) - {"--dsn-inbox-level"}
    assert used == set(re.findall(r"`(--dsn-inbox-[a-z]+)`", README))
    assert set(re.findall(r"--dsn-bell-[a-z-]+(?=,|\))", BELL)) == set(
        re.findall(r"`(--dsn-bell-[a-z-]+)`", README)
    )


@pytest.mark.django_db
def test_a_message_of_the_api_has_the_keys_that_are_shown(browser, ada):
    post(ada)
    (shown,) = (json.loads(block) for block in blocks("json"))
    (message,) = browser.get("/inbox/api/messages/").json()["messages"]
    assert list(message) == list(shown)


@pytest.mark.django_db
def test_the_python_that_is_shown_runs(rf, ada):
    post(ada, thread="shop.order:7")
    newer = post(ada)
    request = rf.get("/")
    request.user = ada
    (source,) = (block for block in blocks("python") if "InboxMessage" in block)
    exec(source, {"request": request})
    newer.refresh_from_db()
    assert newer.read_at is not None


@pytest.mark.django_db
def test_the_template_that_is_shown_draws(rf, ada):
    from django.template import Context, Template

    post(ada, subject="Hello")
    request = rf.get("/")
    request.user = ada
    (source,) = blocks("django")
    page = Template(source).render(Context({"request": request}))
    assert "Inbox (1)" in page
    assert page.count("Hello") == 2
