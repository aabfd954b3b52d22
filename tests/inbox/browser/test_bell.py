"""The bell, in a browser: live under both kinds of server, and usable by keyboard alone."""

from __future__ import annotations

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


def let_a_minute_pass(page):
    """For the page's timers; what it has asked for is answered before and after."""
    answered = "fetch('/').then((answer) => answer.text())"
    page.evaluate(answered)
    page.clock.run_for(60_000)
    page.evaluate(answered)


def test_the_badge_follows_a_save_within_two_seconds(site, visit, ada):
    page = visit(site)
    expect(badge(page)).to_be_hidden()
    put(ada)
    expect(badge(page)).to_have_text("1", timeout=WITHIN_MS)
    expect(page.locator("summary")).to_have_attribute("aria-label", "Inbox, 1 unread")


def test_a_new_number_is_read_out_while_the_bell_is_closed(asgi, visit, ada):
    page = visit(asgi)
    for _ in range(2):
        put(ada)
        expect(page.get_by_role("status")).to_have_text("Inbox, 1 unread")
        InboxMessage.objects.for_user(ada).mark_read()
        # Else the same words, once more, would be no change that is read out.
        expect(page.get_by_role("status")).to_be_empty()


def test_a_key_that_is_held_down_while_something_comes_in_still_counts(asgi, visit, ada):
    put(ada, "First")
    page = visit(asgi)
    page.locator("summary").click()
    page.get_by_role("button", name="Mark as read: First").focus()
    page.keyboard.down("Space")
    put(ada, "Second")
    expect(page.locator(".dsn-bell-subject")).to_have_text(["Second", "First"])
    expect(page.get_by_role("button", name="Mark as read: First")).to_be_focused()
    page.keyboard.up("Space")
    expect(page.get_by_role("button", name="Mark as read: First")).to_be_hidden()
    expect(badge(page)).to_have_text("1")


def test_who_stood_on_what_is_gone_stands_on_the_bell(asgi, visit, ada):
    put(ada, "Stays")
    gone = put(ada, "Goes")
    page = visit(asgi)
    page.locator("summary").click()
    page.get_by_role("button", name="Mark as read: Goes").focus()
    InboxMessage.objects.filter(pk=gone.pk).discard()
    expect(page.locator(".dsn-bell-subject")).to_have_text(["Stays"])
    expect(page.locator("summary")).to_be_focused()


def test_an_answer_that_comes_late_puts_nothing_old_in_place(asgi, visit, ada):
    put(ada, "First")
    page = visit(asgi)
    late = []

    def hold(route):
        late.append(route)

    page.route("**/api/messages/?*", hold, times=1)
    page.locator("summary").click()
    put(ada, "Second")
    expect(page.locator(".dsn-bell-subject")).to_have_text(["Second", "First"])
    with page.expect_response("**/api/messages/?*"):
        late.pop().fulfill(json={"messages": []})
    page.evaluate("new Promise((done) => setTimeout(done))")
    expect(page.locator(".dsn-bell-subject")).to_have_text(["Second", "First"])


@pytest.mark.parametrize("what", ["messages/?*", "messages/*/read/"])
def test_what_did_not_work_is_said_with_what_to_do(asgi, visit, ada, complaints, what):
    put(ada, "First")
    page = visit(asgi)
    page.route(f"**/api/{what}", lambda route: route.abort(), times=1)
    page.locator("summary").click()
    if "read" in what:
        page.get_by_role("button", name="Mark as read: First").click()
    alert = page.get_by_role("alert")
    expect(alert).to_have_text("That did not work. Load the page again.")
    page.locator("summary").click()
    page.locator("summary").click()
    expect(page.get_by_role("link", name="All messages")).to_be_visible()
    expect(alert).to_be_hidden()
    complaints[:] = [one for one in complaints if "ERR_FAILED" not in one]


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
    with page.expect_response("**/api/seen/"):
        page.locator("summary").click()
    message.refresh_from_db()
    assert message.seen_at
    assert message.read_at is None


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


def test_under_asgi_nobody_polls(asgi, visit, asked):
    page = visit(asgi, clock=True)
    let_a_minute_pass(page)
    assert not [url for url in asked if "unread" in url]


def test_whoever_logs_out_is_told_nothing_more(wsgi, visit, asked, complaints):
    page = visit(wsgi, clock=True)
    page.context.clear_cookies()
    with page.expect_response(lambda response: response.status == 401):
        page.clock.run_for(2_500)
    asked.clear()
    let_a_minute_pass(page)
    assert not [url for url in asked if "unread" in url]
    complaints.clear()


def test_a_right_to_left_page_mirrors_it(asgi, visit, ada):
    put(ada, "تم الدفع")
    page = visit(f"{asgi}/?dir=rtl")
    page.locator("summary").click()
    expect(page.locator(".dsn-bell-item")).to_have_count(1)
    panel = page.locator(".dsn-bell-panel").bounding_box()
    assert panel["x"] >= 0
    assert panel["x"] + panel["width"] <= page.viewport_size["width"]
