"""The admin in a real browser: by keyboard alone, without JavaScript, under a strict policy."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from dsn_core.models import AccountState, Address, Backend, Delivery, Event, Subscription, Trigger
from tests.browser.keys import press_until
from tests.host.models import Order

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def rows(transactional_db) -> None:
    """One row of everything, with a plugin that is gone."""
    trigger = Trigger.objects.watch(
        "post_save", Order, conditions=[("status", "changed_to", "paid")], name="Paid"
    )
    backend = Backend.objects.create(name="Log: paid", messenger="log")
    subscription = Subscription.objects.subscribe(trigger, backend, name="Who hears")
    Backend.objects.create(name="Orphan", messenger="gone", options={"room": 7})
    Address.objects.create(messenger="log", value="ada")
    AccountState.objects.create(messenger="log", account="default")
    event = Event.objects.create(verb="post_save")
    Delivery.objects.create(
        event=event,
        subscription=subscription,
        backend=backend,
        messenger="log",
        account="default",
        address="ada",
        recipient_key="ada",
        state="failed",
    )


def test_a_backend_is_made_by_keyboard_alone(visit):
    page = visit("backend/add/")
    press_until(page, "Tab", "a[href='?messenger=log']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/add/?messenger=log")
    press_until(page, "Tab", "#id_name")
    page.keyboard.type("Log: paid")
    press_until(page, "Tab", "#id_option_level")
    page.keyboard.type("war")
    press_until(page, "Tab", "input[name=_save]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/dsn/backend/")
    made = Backend.objects.get()
    assert (made.name, made.messenger, made.options) == ("Log: paid", "log", {"level": "warning"})


def test_the_focused_card_is_seen(visit):
    page = visit("backend/add/")
    press_until(page, "Tab", "a[href='?messenger=log']")
    card = page.locator(".dsn-card:focus-within")
    assert card.evaluate("(element) => getComputedStyle(element).outlineStyle") == "solid"


def test_the_whole_card_is_the_link(visit):
    page = visit("backend/add/")
    box = page.get_by_text("Notes each message in the log").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 5, box["y"] + 5)
    page.wait_for_url("**/add/?messenger=log")


def test_all_is_set_up_without_javascript(visit, site):
    page = visit("backend/add/", java_script_enabled=False)
    page.click("a[href='?messenger=log']")
    page.fill("#id_name", "Log: paid")
    page.click("input[name=_save]")
    page.goto(f"{site}/admin/dsn/trigger/add/")
    page.fill("#id_name", "Paid")
    page.select_option("#id_verb", "post_save")
    page.select_option("#id_action_object_model", "host.order")
    page.fill("#id_conditions-0-field", "status")
    page.select_option("#id_conditions-0-operator", "changed_to")
    page.fill("#id_conditions-0-value", "paid")
    page.fill("#id_subscriptions-0-name", "The customer")
    page.get_by_label("Log: paid").first.check()
    page.fill("input[name=subscriptions-0-recipient_users_keys]", str(User.objects.get().pk))
    page.fill("#id_subscriptions-0-recipient_paths", "customer")
    page.click("input[name=_save]")
    page.wait_for_url("**/dsn/trigger/")
    assert Trigger.objects.get().conditions.get().value == "paid"
    made = Subscription.objects.get()
    assert made.recipient_paths == ["customer"]
    assert [user.username for user in made.recipient_users.all()] == ["boss"]


@pytest.mark.usefixtures("rows")
def test_every_page_keeps_to_the_policy(visit, site, violations):
    page = visit("")
    for model in ("trigger", "backend", "subscription", "address", "storedtemplate"):
        page.goto(f"{site}/admin/dsn/{model}/add/", wait_until="networkidle")
    for model in ("trigger", "backend", "subscription", "address", "delivery", "event"):
        page.goto(f"{site}/admin/dsn/{model}/", wait_until="networkidle")
        page.locator("#result_list tbody a").first.click()
        page.wait_for_load_state("networkidle")
    assert violations == []


@pytest.mark.usefixtures("rows")
def test_a_missing_plugin_is_said_in_the_page(visit):
    page = visit("backend/")
    page.click("text=Orphan")
    assert "The messenger gone is not installed" in page.inner_text(".dsn-notices")
    assert '"room": 7' in page.inner_text(".dsn-json")


def test_the_chooser_follows_the_dark_theme(visit):
    light = visit("backend/add/", color_scheme="light").locator(".dsn-card").first
    dark = visit("backend/add/", color_scheme="dark").locator(".dsn-card").first
    read = "(element) => getComputedStyle(element).backgroundColor"
    assert light.evaluate(read) != dark.evaluate(read)


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("path", ["backend/add/", "backend/add/?messenger=log", "delivery/"])
def test_nothing_overflows_a_narrow_screen(visit, path):
    page = visit(path, viewport={"width": 390, "height": 800})
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0


def test_a_user_is_found_by_typing_her_name(visit, violations):
    User.objects.create_user("ada")
    page = visit("address/add/")
    page.click(".field-user .select2-selection")
    page.keyboard.type("ada")
    page.click(".select2-results__option >> text=ada")
    page.select_option("#id_messenger", "log")
    page.fill("#id_value", "ada")
    page.click("input[name=_save]")
    page.wait_for_url("**/dsn/address/")
    address = Address.objects.get()
    assert address.user is not None
    assert address.user.get_username() == "ada"
    assert violations == []
