"""The daily work in a real browser: was it sent, why not, and what then?"""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from dsn_core.admin import batches
from dsn_core.models import Backend, Delivery, Subscription, Trigger
from dsn_core.states import HeldBy, State
from tests.browser.keys import press_until
from tests.core.admin.daily import DELIVERIES, make_delivery, make_event
from tests.host.models import Order

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG = "x" * 488 + "@example.org"


def state_of(delivery: Delivery) -> str:
    return Delivery.objects.values_list("state", flat=True).get(pk=delivery.pk)


def test_what_was_sent_is_read_as_a_story(visit, violations):
    page = visit("delivery/")
    trigger = Trigger.objects.watch("post_save", Order, name="An order is saved")
    backend = Backend.objects.create(name="Log: orders", messenger="log")
    ada = User.objects.create(username="ada", email="ada@example.org")
    Subscription.objects.subscribe(trigger, backend, users=[ada], name="Ada hears")
    with transaction.atomic():
        Order.objects.create(number="8")
    page.reload()
    page.locator("#result_list tbody th a").first.click()
    story = page.inner_text(".dsn-story")
    for words in ("An object is saved", "Ada hears", "the user herself", "It has arrived"):
        assert words in story
    assert page.inner_text(".dsn-state .dsn-badge") == "delivered"
    page.click(".dsn-story >> text=post_save #")
    assert page.inner_text(".dsn-counted") == "delivered 1"
    assert violations == []


def test_a_missing_plugin_is_named_where_it_is_missed(visit, violations):
    orphan = Backend.objects.create(name="Orphan", messenger="pager")
    make_delivery(state=State.HELD, code=HeldBy.PLUGIN, backend=orphan, messenger="pager")
    page = visit("delivery/")
    assert "its messenger is not installed" in page.inner_text("#result_list")
    page.locator("#result_list tbody th a").first.click()
    assert "The messenger pager is not installed." in page.inner_text(".dsn-state")
    page.click("text=What is installed")
    page.wait_for_url("**/backend/plugins/")
    missing = page.inner_text(".dsn-state")
    assert "The messenger pager not installed" in missing
    assert "Orphan" in missing
    assert violations == []


def test_a_doubtful_delivery_is_tried_again_by_keyboard_alone(visit, monkeypatch):
    monkeypatch.setattr(batches, "ring", lambda using: None)
    delivery = make_delivery(state=State.UNKNOWN, reason="No answer.")
    page = visit(f"delivery/{delivery.pk}/change/")
    press_until(page, "Tab", "form[action$='/act/retry/'] button")
    page.keyboard.press("Enter")
    page.wait_for_selector("input[name=confirmed]", state="attached")
    assert "may get it twice" in page.inner_text("#content-main")
    assert state_of(delivery) == State.UNKNOWN
    press_until(page, "Tab", "#content-main button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/delivery/{delivery.pk}/change/")
    assert "done with 1 delivery" in page.inner_text(".messagelist")
    assert "It was in doubt." in page.inner_text(".dsn-story")
    assert state_of(delivery) == State.QUEUED


def test_many_are_given_up_without_javascript(visit):
    rows = [make_delivery(state=State.HELD) for _ in range(3)]
    page = visit("delivery/", java_script_enabled=False)
    for row in rows[:2]:
        page.check(f"input[name=_selected_action][value='{row.pk}']")
    page.select_option("select[name=action]", "cancel")
    page.click("#changelist-form button[name=index]")
    assert page.inner_text(".dsn-counted") == "held: 2"
    page.click("#content-main button[type=submit]")
    assert "done with 2 deliveries" in page.inner_text(".messagelist")
    states = [state_of(row) for row in rows]
    assert states == [State.CANCELLED, State.CANCELLED, State.HELD]


def test_a_way_back_is_offered_before_it_is_done(visit):
    delivery = make_delivery(state=State.QUEUED, next_at=timezone.now() + dt.timedelta(days=1))
    page = visit(f"delivery/{delivery.pk}/change/")
    page.click("form[action$='/act/cancel/'] button")
    page.click("text=Do nothing")
    page.wait_for_url(f"**{DELIVERIES}{delivery.pk}/change/")
    assert state_of(delivery) == State.QUEUED


@pytest.mark.parametrize(
    "path", ["delivery/", "delivery/{pk}/change/", "event/{event}/change/", "backend/plugins/"]
)
def test_nothing_long_overflows_a_narrow_screen(visit, path):
    delivery = make_delivery(
        state=State.FAILED, address=LONG, reason="y" * 600, user_pk="9" * 200, provider_id="z" * 255
    )
    delivery.tries.create(outcome="retry", code="c" * 100, reason="y" * 600)
    path = path.format(pk=delivery.pk, event=delivery.event_id)
    page = visit(path, viewport={"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_the_story_runs_from_right_to_left_where_the_reader_does(visit, settings):
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    delivery = make_delivery(state=State.QUEUED)
    edges = """(step) => {
        const style = getComputedStyle(step)
        return [style.borderLeftWidth, style.borderRightWidth]
    }"""
    path = f"delivery/{delivery.pk}/change/"
    left = visit(path, locale="en").locator(".dsn-step").first
    right = visit(path, locale="ar").locator(".dsn-step").first
    assert left.evaluate(edges) == ["2px", "0px"]
    assert right.evaluate(edges) == ["0px", "2px"]


def test_the_story_follows_the_dark_theme(visit):
    delivery = make_delivery(state=State.QUEUED)
    path = f"delivery/{delivery.pk}/change/"
    read = "(element) => getComputedStyle(element).backgroundColor"
    light = visit(path, color_scheme="light").locator(".dsn-state")
    dark = visit(path, color_scheme="dark").locator(".dsn-state")
    assert light.evaluate(read) != dark.evaluate(read)


@pytest.mark.parametrize("path", ["delivery/", "event/"])
def test_a_list_shows_all_its_columns_also_beside_what_cannot_be_broken(visit, path):
    word = "https://example.org/" + "no-such-user/" * 20
    make_delivery(
        make_event(reason="its triggers are off or gone"),
        state=State.FAILED,
        code="550",
        reason=f"5.1.1 See {word}",
    )
    page = visit(path, viewport={"width": 1200, "height": 900})
    hidden = "document.querySelector('#result_list').offsetWidth > {0}.clientWidth"
    assert not page.evaluate(hidden.format("document.querySelector('#changelist-form .results')"))


def test_what_is_said_stands_beside_its_name_from_right_to_left(visit, settings):
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    page = visit(f"delivery/{make_delivery().pk}/change/", locale="ar")
    gap = """(row) => {
        const words = document.createRange()
        words.selectNodeContents(row.querySelector("dd"))
        const name = row.querySelector("dt").getBoundingClientRect()
        return name.left - words.getBoundingClientRect().right
    }"""
    assert 0 <= page.locator(".dsn-rows > div").first.evaluate(gap) < 20


def test_a_subscription_fits_into_its_frame_on_a_narrow_screen(visit):
    trigger = make_delivery().subscription.trigger
    page = visit(f"trigger/{trigger.pk}/change/", viewport={"width": 390, "height": 800})
    beyond = """(frame) => [...frame.querySelectorAll("input, textarea, .help")].filter(
        (one) => one.getBoundingClientRect().right > frame.getBoundingClientRect().right)"""
    frame = page.locator(".inline-related.has_original.dynamic-subscriptions")
    assert frame.evaluate(f"(frame) => ({beyond})(frame).length") == 0


def test_no_bullet_hangs_beside_the_page_of_plugins(visit):
    accounts = visit("backend/plugins/").locator(".dsn-accounts li").first
    assert accounts.evaluate("(one) => getComputedStyle(one).listStyleType") == "none"
