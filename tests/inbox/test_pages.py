"""The pages: for one's own messages, without JavaScript, and changed by nothing but a POST."""

from __future__ import annotations

import re
import uuid
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from dsn_core import Action
from dsn_inbox.models import InboxMessage
from tests.inbox.posting import post, post_many

pytestmark = pytest.mark.django_db

CHANGES = ["mark_all_read", "mark_all_seen", "mark_read", "mark_unread", "delete", "open"]
BY_KEY = CHANGES[2:]


def url(name, *keys):
    return reverse(f"dsn_inbox:{name}", args=keys)


def path(name, row):
    return url(name, *([row.key] if name in BY_KEY else []))


def shown(client, query=""):
    return client.get(url("list") + query).content.decode()


def is_untouched(row):
    row.refresh_from_db()
    return (row.read_at, row.seen_at, row.deleted_at) == (None, None, None)


def test_the_list_shows_ones_own_and_changes_nothing(browser, ada, eve):
    row = post(ada, subject="For Ada")
    post(eve, subject="For Eve")
    page = shown(browser)
    assert "For Ada" in page
    assert "For Eve" not in page
    assert "1 unread message<" in page
    assert is_untouched(row)


def test_an_empty_list_says_so(browser):
    assert "There is nothing here." in shown(browser)


def test_words_are_escaped_and_html_is_not(browser, ada):
    post(ada, subject="<b>1</b>", text="<b>2</b>\nnext")
    post(ada, html="<b>3</b>")
    page = shown(browser)
    assert "&lt;b&gt;1&lt;/b&gt;" in page
    assert "<p>&lt;b&gt;2&lt;/b&gt;<br>next</p>" in page
    assert "<b>3</b>" in page


def test_older_ones_are_on_the_next_page(browser, ada):
    post_many(ada, 45)
    seen = []
    query = ""
    while True:
        page = shown(browser, query)
        seen.append(re.findall(r"No\. (\d+)", page))
        following = re.search(r'rel="next" href="[^"?]*([^"]*)"', page)
        if following is None:
            break
        query = following[1].replace("&amp;", "&")
    assert [len(numbers) for numbers in seen] == [20, 20, 5]
    assert [int(n) for numbers in seen for n in numbers] == list(range(44, -1, -1))


def test_the_unread_alone_are_shown_page_by_page_too(browser, ada):
    rows = post_many(ada, 30)
    for row in rows[:5]:
        browser.post(path("mark_read", row))
    page = shown(browser, "?unread=1")
    (following,) = re.findall(r'rel="next" href="[^"?]*([^"]*)"', page)
    assert "unread=1" in following
    assert re.findall(r"No\. (\d+)", shown(browser, following.replace("&amp;", "&"))) == [
        "9",
        "8",
        "7",
        "6",
        "5",
    ]


@pytest.mark.parametrize("query", ["?before=x", f"?before={uuid.UUID(int=5)}"])
def test_a_page_after_nothing_is_not_found(browser, query):
    assert browser.get(url("list") + query).status_code == 404


def test_a_click_on_the_link_goes_straight_there(browser, ada):
    post(ada, actions=(Action(label="See it", url="https://shop.example/7/"),))
    page = shown(browser)
    assert '<a href="https://shop.example/7/" rel="noopener noreferrer">Paid</a>' in page


def test_opening_marks_as_read_and_goes_there(browser, ada):
    row = post(ada, actions=(Action(label="See it", url="https://shop.example/7/"),))
    answer = browser.post(path("open", row))
    assert (answer.status_code, answer["Location"]) == (302, "https://shop.example/7/")
    row.refresh_from_db()
    assert row.read_at is not None


@pytest.mark.parametrize("actions", [(), (Action(label="Write", url="mailto:desk@shop.example"),)])
def test_opening_what_leads_to_no_page_comes_back(browser, ada, actions):
    row = post(ada, actions=actions)
    assert browser.post(path("open", row))["Location"] == "/inbox/"
    row.refresh_from_db()
    assert row.read_at is not None


def test_a_form_comes_back_to_where_it_was(browser, ada):
    row = post(ada)
    for target in ("?unread=1", "older", "#top"):
        answer = browser.post(path("mark_read", row), {"next": target})
        assert (answer.status_code, answer["Location"]) == (302, target)
    answer = browser.post(path("mark_read", row), {"next": "/inbox/?unread=1"})
    assert (answer.status_code, answer["Location"]) == (302, "/inbox/?unread=1")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:x", ""])
def test_a_form_sends_nobody_to_another_site(browser, ada, target):
    row = post(ada)
    assert browser.post(path("mark_read", row), {"next": target})["Location"] == "/inbox/"


def test_each_button_does_what_it_says(browser, ada):
    row = post(ada)
    browser.post(path("mark_all_seen", row))
    row.refresh_from_db()
    assert (row.seen_at is None, row.read_at is None) == (False, True)
    browser.post(path("mark_read", row))
    assert "Mark as unread" in shown(browser)
    browser.post(path("mark_unread", row))
    assert "Mark as read" in shown(browser)
    browser.post(path("mark_all_read", row))
    assert "0 unread messages" in shown(browser)
    browser.post(path("delete", row))
    assert "There is nothing here." in shown(browser)


@pytest.mark.parametrize("name", CHANGES)
def test_no_get_changes_anything(browser, ada, name):
    row = post(ada)
    assert browser.get(path(name, row)).status_code == 405
    assert browser.head(path(name, row)).status_code == 405
    assert is_untouched(row)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_needs_the_token_against_forgery(settings, ada, name):
    row = post(ada)
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    assert client.post(path(name, row)).status_code == 403
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if "Csrf" not in m]
    assert client.post(path(name, row)).status_code == 403
    assert is_untouched(row)


def test_the_page_s_own_forms_bear_the_token(ada):
    row = post(ada, actions=(Action(label="See it", url="/7/"),))
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    page = shown(client)
    forms = re.findall(r'<form method="post" action="([^"]+)">(.*?)</form>', page, re.DOTALL)
    assert len(forms) == 4
    for action, inner in forms:
        (token,) = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', inner)
        assert client.post(action, {"csrfmiddlewaretoken": token}).status_code in (302, 404)
    row.refresh_from_db()
    assert row.deleted_at is not None


@pytest.mark.parametrize("name", ["list", *CHANGES])
def test_who_is_not_logged_in_is_sent_to_do_so(ada, name):
    row = post(ada)
    method = Client().get if name == "list" else Client().post
    answer = method(path(name, row))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=")
    assert is_untouched(row)


@pytest.mark.parametrize("name", CHANGES)
def test_who_was_logged_out_meanwhile_comes_back_to_the_page_of_the_form(ada, name):
    row = post(ada)
    for given, page in ({"next": "/inbox/?unread=1"}, "/inbox/?unread=1"), ({}, "/inbox/"):
        client = Client()
        answer = client.post(path(name, row), given)
        (back,) = parse_qs(urlsplit(answer["Location"]).query)["next"]
        assert back == page
        client.force_login(ada)
        assert client.get(back).status_code == 200


@pytest.mark.parametrize("name", BY_KEY)
def test_anothers_message_is_not_told_from_one_that_is_not_there(stranger, ada, name):
    row = post(ada, actions=(Action(label="See it", url="/7/"),))
    theirs, nobodys = (
        stranger.post(url(name, key)) for key in (row.key, uuid.UUID(int=row.key.int ^ 1))
    )
    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert theirs.content == nobodys.content
    assert is_untouched(row)


def test_anothers_message_is_no_place_to_go_on_from(stranger, ada):
    row = post(ada)
    assert stranger.get(f"/inbox/?before={row.key}").status_code == 404


@pytest.mark.parametrize("name", ["mark_all_read", "mark_all_seen"])
def test_marking_all_marks_only_ones_own(stranger, ada, name):
    row = post(ada)
    stranger.post(url(name))
    assert is_untouched(row)


def test_no_cache_keeps_the_page(browser):
    assert "no-store" in browser.get(url("list"))["Cache-Control"]
    assert "private" in browser.get(url("list"))["Cache-Control"]


def test_a_full_page_takes_as_many_queries_as_one_message(browser, ada, django_assert_num_queries):
    post(ada, options={"group": "verb"}, verb="v")
    browser.get(url("list"))
    session_user_list_groups_and_count = 5
    with django_assert_num_queries(session_user_list_groups_and_count):
        browser.get(url("list"))
    for number in range(30):
        post(ada, options={"group": "verb"}, verb=f"v{number % 25}")
    with django_assert_num_queries(session_user_list_groups_and_count):
        browser.get(url("list"))


def test_marking_all_leaves_what_came_after_the_page_was_made(browser, ada):
    post_many(ada, 45)
    for query in ("", "?unread=1", f"?before={InboxMessage.objects.all()[30].key}"):
        page = shown(browser, query)
        (until,) = re.findall(r'name="until" value="([^"]+)"', page)
        late = post(ada)
        browser.post(url("mark_all_read"), {"until": until})
        assert list(InboxMessage.objects.for_user(ada).unread()) == [late]


@pytest.mark.parametrize("until", ["x", str(uuid.UUID(int=5))])
def test_marking_all_until_nothing_is_not_found(browser, ada, until):
    row = post(ada)
    for name in ("mark_all_read", "mark_all_seen"):
        assert browser.post(url(name), {"until": until}).status_code == 404
    assert is_untouched(row)


def test_no_form_leads_off_the_site_where_a_policy_may_forbid_it(browser, ada):
    post(ada, actions=(Action(label="See it", url="https://shop.example/7/"),))
    assert "Open and mark as read" not in shown(browser)
    post(ada, actions=(Action(label="See it", url="/7/"),))
    assert shown(browser).count("Open and mark as read") == 1


def test_a_strict_content_security_policy_finds_nothing_to_forbid(browser, ada):
    post(ada, html="<p style='color:red'>x</p>", actions=(Action(label="See it", url="/7/"),))
    page = shown(browser)
    assert re.findall(r"<script|<style| style=| on\w+=|javascript:", page) == []
    assert re.findall(r'<link rel="stylesheet" href="([^"]+)"', page) == [
        "/static/dsn_inbox/inbox.css"
    ]


def test_words_bring_their_own_direction(browser, ada, settings):
    post(ada, subject="שלום", text="مرحبا")
    page = shown(browser)
    assert re.search(r'<h2 [^>]*dir="auto">', page)
    assert re.search(r'<div class="dsn-inbox-words" dir="auto">', page)
    assert '<html lang="en" dir="ltr">' in page
    settings.LANGUAGES = [*settings.LANGUAGES, ("he", "Hebrew")]
    answer = browser.get(url("list"), headers={"accept-language": "he"})
    assert '<html lang="he" dir="rtl">' in answer.content.decode()


def test_what_is_unread_or_urgent_is_said_in_words_too(browser, ada):
    post(ada, options={"level": "warning"})
    page = shown(browser)
    assert '<bdi class="dsn-inbox-mark">Unread</bdi>' in page
    assert '<span class="dsn-inbox-level">warning</span>' in page


def test_every_button_is_told_apart_by_its_message(browser, ada):
    row = post(ada)
    page = shown(browser)
    buttons = re.findall(r"<button[^>]*>", page[page.index("<article") :])
    assert len(buttons) == 2
    assert all(f'aria-describedby="dsn-inbox-{row.key}"' in button for button in buttons)


def test_a_message_without_a_subject_has_a_heading(browser, ada):
    post(ada, subject="")
    post(ada, subject="", actions=(Action(label="See it", url="/7/"),))
    headings = re.findall(r"<h2[^>]*>(.*?)</h2>", shown(browser))
    mark = '<bdi class="dsn-inbox-mark">Unread</bdi> '
    assert headings == [
        f'{mark}<a href="/7/" rel="noopener noreferrer">See it</a>',
        f"{mark}Message",
    ]


def test_rows_made_by_hand_are_messages_too(browser, ada):
    InboxMessage.objects.create(user=ada, subject="By hand")
    assert "By hand" in shown(browser)
