"""Trying a trigger in a real browser: by keyboard, without JavaScript, under a policy."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from dsn_core.models import Backend, Event, StoredTemplate, Subscription, Trigger
from tests.browser.keys import press_until
from tests.host.models import Order

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def paid(transactional_db) -> Trigger:
    """Tells two people of paid orders, one of whom has no address."""
    words = {"subject": "Order {{ action_object.number }}", "text": "Dear {{ user.username }}"}
    StoredTemplate.objects.create(key="shop.paid", **words)
    made = Trigger.objects.watch(
        "post_save", Order, name="Paid", conditions=[("status", "changed_to", "paid")]
    )
    mail = Backend.objects.create(name="Mail", messenger="email", message_template="shop.paid")
    users = [User.objects.create(username=name) for name in ("ada", "bob")]
    User.objects.filter(username="ada").update(email="ada@example.org")
    Subscription.objects.subscribe(made, mail, users=users, name="Who hears")
    Order.objects.create(number="A-7")
    return made


def test_a_trigger_is_tried_from_its_page_by_keyboard_alone(visit, paid, violations):
    page = visit(f"trigger/{paid.pk}/change/")
    press_until(page, "Tab", ".object-tools a[href*='rehearsal']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rehearsal/")
    expect(page.locator("#content")).to_contain_text("The trigger would not count this. If it did:")
    press_until(page, "Tab", "#id_becomes-status")
    page.keyboard.type("paid")
    page.keyboard.press("Enter")
    page.wait_for_url("**becomes-status=paid*")
    expect(page.locator("#content")).to_contain_text("The trigger would count this.")
    rows = page.locator(".dsn-rehearsed tbody tr")
    expect(rows).to_have_text(
        ["adaada@example.orgyes", "bobno there is no address for this messenger"]
    )
    expect(page.locator(".dsn-words").last).to_have_text("Dear ada")
    assert violations == []
    assert not Event.objects.exists()


def test_it_needs_no_javascript_and_fits_a_narrow_screen(visit, paid):
    narrow = {"width": 390, "height": 800}
    page = visit(f"trigger/{paid.pk}/rehearsal/", java_script_enabled=False, viewport=narrow)
    page.fill("#id_thing", "4711")
    page.click(".dsn-ask button")
    expect(page.locator("[role=alert]")).to_contain_text("no host.Order with the key '4711'")
    page = visit(f"trigger/{paid.pk}/rehearsal/", viewport=narrow)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
