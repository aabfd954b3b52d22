"""The page of previews in a real browser: by keyboard, without JavaScript, under a policy."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from dsn_core.models import Backend, Event, StoredTemplate, Subscription, Trigger
from dsn_core.models.payload import encode
from tests.browser.keys import press_until
from tests.host.models import Order

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGE = "backend/preview/"


@pytest.fixture
def channels(transactional_db, settings) -> Subscription:
    """One event, and two backends that tell of it."""
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    StoredTemplate.objects.create(
        key="shop.paid",
        subject="Order {{ action_object.number }} is paid",
        text="Dear {{ user.username }},\nwe have received your money.",
        html="<p>Dear <b>{{ user.username }}</b>, thank you.</p>",
    )
    StoredTemplate.objects.create(key="shop.paid", language="ar", text="تم دفع الطلب")
    trigger = Trigger.objects.watch("post_save", Order, name="Paid")
    made = [
        Backend.objects.create(name=name, messenger=messenger, message_template="shop.paid")
        for name, messenger in (("Mail: paid", "email"), ("Log: paid", "log"))
    ]
    Event.objects.create(
        verb="post_save",
        trigger_ids=[trigger.pk],
        payload={"action_object": encode(Order(pk=7, number="7"))},
        captured_at=timezone.now(),
    )
    return Subscription.objects.subscribe(trigger, *made, name="Who hears")


def test_one_event_is_read_on_every_channel_by_keyboard_alone(visit, channels, violations):
    page = visit(f"subscription/{channels.pk}/change/")
    press_until(page, "Tab", ".object-tools a[href*='preview']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/preview/?subscription=*")
    assert page.locator(".dsn-preview").count() == 2
    assert page.frame_locator(".dsn-frame").locator("b").inner_text() == "boss"
    press_until(page, "Tab", "#id_language")
    page.keyboard.type("Arab")
    press_until(page, "Tab", ".dsn-ask button")
    page.keyboard.press("Enter")
    page.wait_for_url("**language=ar*")
    words = page.locator(".dsn-preview pre.dsn-words").first
    assert "تم دفع الطلب" in words.inner_text()
    assert words.evaluate("(element) => getComputedStyle(element).direction") == "rtl"
    assert violations == []


def test_it_is_asked_without_javascript(visit, channels):
    page = visit(f"{PAGE}?subscription={channels.pk}", java_script_enabled=False)
    page.select_option("#id_user", "")
    page.click(".dsn-ask button")
    page.wait_for_url("**user=&*")
    assert "Dear ," in page.inner_text(".dsn-previews")


def test_a_message_runs_nothing_and_fetches_nothing(visit, channels):
    StoredTemplate.objects.filter(language="").update(
        html="<script>parent.document.title = 'caught'</script><p>x</p>"
        "<img src='/admin/nowhere.png'>"
    )
    answered: list[str] = []
    page = visit("backend/")
    # What the policy forbids is announced as a request, too, but never made.
    page.on("response", lambda response: answered.append(response.url))
    page.goto(page.url.replace("backend/", f"{PAGE}?subscription={channels.pk}"))
    page.wait_for_load_state("networkidle")
    assert page.frame_locator(".dsn-frame").locator("p").inner_text() == "x"
    assert page.title() != "caught"
    assert not [url for url in answered if "nowhere" in url]


def test_it_follows_the_dark_theme_and_a_narrow_screen(visit, channels):
    path = f"{PAGE}?subscription={channels.pk}"
    light = visit(path, color_scheme="light").locator(".dsn-preview").first
    page = visit(path, color_scheme="dark", viewport={"width": 390, "height": 800})
    read = "(element) => getComputedStyle(element).backgroundColor"
    assert light.evaluate(read) != page.locator(".dsn-preview").first.evaluate(read)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


@pytest.mark.parametrize("system", ["light", "dark"])
def test_html_without_colours_takes_those_of_the_admin_s_own_switch(
    visit, channels, violations, system
):
    page = visit(f"{PAGE}?subscription={channels.pk}", color_scheme=system)
    inside = page.frame_locator(".dsn-frame").locator("p")
    for theme, letters in (("dark", "rgb(255, 255, 255)"), ("light", "rgb(0, 0, 0)")):
        page.evaluate("(theme) => document.documentElement.dataset.theme = theme", theme)
        expect(inside).to_have_css("color", letters)
    assert violations == []


def test_html_with_colours_of_its_own_stays_on_white(visit, channels):
    StoredTemplate.objects.filter(language="").update(html="<p bgcolor='#fff'>x</p>")
    page = visit(f"{PAGE}?subscription={channels.pk}", color_scheme="dark")
    style = page.locator(".dsn-frame").evaluate("(e) => getComputedStyle(e).backgroundColor")
    assert style == "rgb(255, 255, 255)"
    inside = page.frame_locator(".dsn-frame").locator("p")
    assert inside.evaluate("(element) => getComputedStyle(element).color") == "rgb(0, 0, 0)"
