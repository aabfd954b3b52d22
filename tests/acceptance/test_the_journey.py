"""From nothing to a message and its story, in the example shop's admin, by three kinds of hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.acceptance.hands import HANDS, Hand
from tests.acceptance.shops import Shop, open_shop
from tests.browser.chromium import blank_pages, launched
from tests.services import take_time

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with launched(chromium) as made:
        yield made


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    take_time("three journeys through the whole admin take half a minute")
    with open_shop(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def hand(
    request: pytest.FixtureRequest, browser: Browser, shop: Shop, complaints: list[str]
) -> Iterator[Hand]:
    with blank_pages(browser, complaints) as blank_page:
        made = request.param(blank_page(java_script_enabled=request.param.javascript))
        made.page.goto(f"{shop.home()}admin/")
        made.write("#id_username", "admin")
        made.write("#id_password", "admin")
        made.follow("input[type=submit]")
        yield made


@pytest.mark.parametrize("hand", HANDS, indirect=True, ids=lambda hand: hand.__name__)
def test_somebody_sets_it_up_tries_it_saves_an_order_and_reads_the_story(hand, shop, complaints):
    how = type(hand).__name__.lower()
    words, note = f"It goes out {how} 🦉", f"sent {how}"
    write_the_words(hand, how, words)
    add_the_backend(hand, how)
    add_the_trigger(hand, how, note)
    try_it(hand, note, words)
    save_the_order(hand, note)
    shop.wait_for(f"email for ada@example.org\n│ {words}")
    read_the_story(hand, how)
    assert complaints == []


def write_the_words(hand: Hand, how: str, words: str) -> None:
    add(hand, "storedtemplate")
    hand.write("#id_key", f"shop.{how}")
    hand.write("#id_subject", words)
    hand.write("#id_text", "Dear {{ user.first_name }}, order {{ action_object.number }} is gone.")
    hand.follow("input[name=_save]")


def add_the_backend(hand: Hand, how: str) -> None:
    add(hand, "backend")
    hand.follow("a[href='?messenger=email']")
    hand.write("#id_name", f"Mail {how}")
    hand.choose("#id_message_template", f"shop.{how}")
    hand.follow("input[name=_save]")


def add_the_trigger(hand: Hand, how: str, note: str) -> None:
    add(hand, "trigger")
    hand.write("#id_name", f"Gone {how}")
    hand.choose("#id_verb", "post_save")
    hand.choose("#id_action_object_model", "shop.order")
    hand.write("#id_conditions-0-field", "note")
    hand.choose("#id_conditions-0-operator", "changed_to")
    hand.write("#id_conditions-0-value", note)
    hand.write("#id_subscriptions-0-name", f"The customer {how}")
    backend = hand.page.get_by_label(f"Mail {how}").first.get_attribute("id")
    hand.tick(f"#{backend}")
    hand.write("#id_subscriptions-0-recipient_paths", "customer.user")
    hand.follow("input[name=_continue]")
    meaning = hand.page.locator(".field-sentence")
    expect(meaning).to_contain_text(f"note changed to “{note}”. It tells: The customer")


def try_it(hand: Hand, note: str, words: str) -> None:
    """Who would get what, before anything is saved."""
    hand.follow(".object-tools a[href$='/rehearsal/']")
    hand.write("#id_thing", "1")
    hand.write("#id_becomes-note", note)
    hand.follow(".dsn-ask button")
    expect(hand.page.get_by_role("heading", name="The trigger would count this.")).to_be_visible()
    told = hand.page.locator(".dsn-rehearsed")
    expect(told).to_contain_text("1 would get it")
    expect(told).to_contain_text("ada@example.org")
    expect(told).to_contain_text(words)


def save_the_order(hand: Hand, note: str) -> None:
    hand.follow("#site-name a")
    hand.follow(".model-order th a")
    hand.follow("#result_list tbody th a[href*='/order/1/']")
    hand.write("#id_note", note)
    hand.follow("input[name=_save]")


def read_the_story(hand: Hand, how: str) -> None:
    hand.follow("#site-name a")
    hand.follow(".model-delivery th a")
    hand.follow("#result_list tbody th a")
    expect(hand.page.locator(".dsn-state")).to_contain_text("sent")
    story = hand.page.locator(".dsn-story")
    for words in ("It happened: An object is saved", f"The customer {how}", "The service took it"):
        expect(story).to_contain_text(words)
    expect(story).to_contain_text("ada@example.org")


def add(hand: Hand, model: str) -> None:
    """Go to the empty form of a model, from the admin's first page."""
    hand.follow("#site-name a")
    hand.follow(f".model-{model} a.addlink")
