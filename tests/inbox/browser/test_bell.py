"""The bell, in a browser: live under both kinds of server, and usable by keyboard alone."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from dsn_inbox.models import InboxMessage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WITHIN_MS = 2_000


@pytest.fixture(autouse=True)
def quiet(complaints):
    """No script fails, and the policy refuses nothing."""
    yield
    assert complaints == []


def put(user, subject="Order 7 is paid", **fields):
    return InboxMessage.objects.create(user=user, subject=subject, text="Thanks.", **fields)


def badge(page):
    return page.locator("[data-dsn-badge]")


def test_the_badge_follows_a_save_within_two_seconds(site, visit, ada):
    page = visit(site)
    expect(badge(page)).to_be_hidden()
    page.wait_for_timeout(300)
    put(ada)
    expect(badge(page)).to_have_text("1", timeout=WITHIN_MS)
    expect(page.locator("summary")).to_have_attribute("aria-label", "Inbox, 1 unread")
    expect(page.locator("[role=status]")).to_have_text("Inbox, 1 unread")


def test_a_message_is_marked_as_read_by_keyboard_alone(site, visit, ada):
    first, second = put(ada, "First"), put(ada, "Second", actions=[{"label": "See", "url": "/x/"}])
    page = visit(site)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Second")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Second")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(badge(page)).to_have_text("1")
    expect(page.get_by_role("button", name="Mark as read: First")).to_be_focused()
    page.keyboard.press("Space")
    expect(badge(page)).to_be_hidden()
    expect(page.locator("summary")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".dsn-bell-panel")).to_be_hidden()
    assert not InboxMessage.objects.filter(pk__in=[first.pk, second.pk], read_at=None).exists()


def test_what_another_page_marks_is_marked_here(site, visit, ada):
    put(ada)
    page = visit(site)
    expect(badge(page)).to_have_text("1")
    InboxMessage.objects.for_user(ada).mark_read()
    expect(badge(page)).to_be_hidden(timeout=WITHIN_MS)


def test_nothing_of_anothers_is_shown(asgi, visit, ada, eve):
    page = visit(asgi)
    put(eve, "Eve's own")
    put(ada, "Ada's own")
    expect(badge(page)).to_have_text("1", timeout=WITHIN_MS)
    page.locator("summary").click()
    expect(page.locator(".dsn-bell-subject")).to_have_text(["Ada's own"])


def test_words_are_never_markup(asgi, visit, ada):
    put(ada, "<img src=x onerror=alert(1)>", html="<b>bold</b>")
    page = visit(asgi)
    page.locator("summary").click()
    expect(page.locator(".dsn-bell-subject")).to_have_text("<img src=x onerror=alert(1)>")


def test_opening_it_marks_all_as_seen_and_none_as_read(asgi, visit, ada):
    message = put(ada)
    page = visit(asgi)
    page.locator("summary").click()
    expect(page.locator(".dsn-bell-item")).to_have_count(1)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and not _fresh(message).seen_at:
        page.wait_for_timeout(50)
    assert _fresh(message).seen_at
    assert _fresh(message).read_at is None


def test_all_are_marked_by_one_button(asgi, visit, ada):
    put(ada, "First")
    put(ada, "Second")
    page = visit(asgi)
    page.locator("summary").click()
    page.get_by_role("button", name="Mark all as read").click()
    expect(badge(page)).to_be_hidden()
    assert not InboxMessage.objects.for_user(ada).unread().exists()


def test_without_a_script_it_opens_and_leads_to_the_list(wsgi, visit, ada):
    put(ada)
    page = visit(wsgi, java_script_enabled=False)
    expect(badge(page)).to_have_text("1")
    page.locator("summary").click()
    page.get_by_role("button", name="Mark all as read").click()
    expect(badge(page)).to_be_hidden()
    page.locator("summary").click()
    page.get_by_role("link", name="All messages").click()
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()


def test_under_asgi_nobody_polls(asgi, visit, ada):
    page = visit(asgi)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2_000)
    assert not [url for url in asked if "unread" in url]


def test_whoever_logs_out_is_told_nothing_more(wsgi, visit, ada, complaints):
    page = visit(wsgi)
    page.context.clear_cookies()
    with page.expect_response(lambda response: response.status == 401):
        page.wait_for_timeout(2_500)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2_000)
    assert asked == []
    complaints.clear()


def test_a_right_to_left_page_mirrors_it(asgi, visit, ada):
    put(ada, "تم الدفع")
    page = visit(f"{asgi}/?dir=rtl")
    page.locator("summary").click()
    expect(page.locator(".dsn-bell-item")).to_have_count(1)
    panel = page.locator(".dsn-bell-panel").bounding_box()
    assert panel["x"] >= 0
    assert panel["x"] + panel["width"] <= page.viewport_size["width"]


def _fresh(message):
    return InboxMessage.objects.get(pk=message.pk)
