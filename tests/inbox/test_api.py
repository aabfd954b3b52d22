"""The JSON API: its answers are frozen, and only ever about one's own messages."""

from __future__ import annotations

import json
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from dsn_core import Action
from dsn_inbox.models import InboxMessage
from tests.inbox.posting import post, post_many

pytestmark = pytest.mark.django_db


def url(name, *keys):
    return reverse(f"dsn_inbox:api_{name}", args=keys)


def listed(client, **query):
    return client.get(url("messages"), query).json()


def subjects(client, **query):
    return [message["subject"] for message in listed(client, **query)["messages"]]


def test_the_paths_are_frozen():
    key = uuid.UUID(int=7)
    assert url("unread") == "/inbox/api/unread/"
    assert url("messages") == "/inbox/api/messages/"
    assert url("mark_all_read") == "/inbox/api/read/"
    assert url("mark_all_seen") == "/inbox/api/seen/"
    assert url("message", key) == f"/inbox/api/messages/{key}/"
    assert url("mark_read", key) == f"/inbox/api/messages/{key}/read/"
    assert url("mark_unread", key) == f"/inbox/api/messages/{key}/unread/"
    assert url("delete", key) == f"/inbox/api/messages/{key}/delete/"


def test_the_unread_object_of_an_empty_inbox(browser):
    assert browser.get(url("unread")).json() == {"unread": 0, "unseen": 0, "latest": ""}


def test_the_unread_object_counts_and_names_the_newest(browser, ada):
    post(ada)
    newest = post(ada)
    assert browser.get(url("unread")).json() == {
        "unread": 2,
        "unseen": 2,
        "latest": str(newest.key),
    }


def test_a_message_is_told_whole(browser, ada):
    row = post(
        ada,
        options={"level": "warning"},
        verb="shop.paid",
        subject="Paid <1>",
        text="Thanks & bye",
        html="<p>Thanks &amp; <b>bye</b></p>",
        actions=(Action(label="See it", url="https://shop.example/7/"),),
    )
    assert listed(browser) == {
        "messages": [
            {
                "key": str(row.key),
                "subject": "Paid <1>",
                "text": "Thanks & bye",
                "html": "<p>Thanks &amp; <b>bye</b></p>",
                "level": "warning",
                "verb": "shop.paid",
                "actions": [{"label": "See it", "url": "https://shop.example/7/"}],
                "created_at": row.created_at.isoformat(),
                "seen": False,
                "read": False,
                "count": 1,
            }
        ],
        "next": None,
    }


def test_pages_follow_one_another_by_their_cursor(browser, ada):
    post_many(ada, 5)
    first = listed(browser, limit=2)
    assert [m["subject"] for m in first["messages"]] == ["No. 4", "No. 3"]
    second = listed(browser, limit=2, before=first["next"])
    assert [m["subject"] for m in second["messages"]] == ["No. 2", "No. 1"]
    last = listed(browser, limit=2, before=second["next"])
    assert ([m["subject"] for m in last["messages"]], last["next"]) == (["No. 0"], None)


def test_what_comes_in_between_moves_no_page(browser, ada):
    post_many(ada, 4)
    first = listed(browser, limit=2)
    post(ada, subject="Late")
    assert subjects(browser, limit=2, before=first["next"]) == ["No. 1", "No. 0"]


def test_a_page_goes_on_after_a_message_that_was_deleted_meanwhile(browser, ada):
    post_many(ada, 4)
    first = listed(browser, limit=2)
    browser.delete(url("message", first["next"]))
    assert subjects(browser, limit=2, before=first["next"]) == ["No. 1", "No. 0"]


def test_a_page_holds_twenty_and_at_most_a_hundred(browser, ada):
    rows = [InboxMessage(user=ada, subject=str(n)) for n in range(120)]
    InboxMessage.objects.bulk_create(rows)
    assert len(listed(browser)["messages"]) == 20
    assert len(listed(browser, limit=1000)["messages"]) == 100
    assert len(listed(browser, limit=-3)["messages"]) == 1


@pytest.mark.parametrize("query", [{"limit": "many"}, {"before": "yesterday"}])
def test_what_is_no_cursor_or_limit_is_a_bad_request(browser, query):
    answer = browser.get(url("messages"), query)
    assert (answer.status_code, list(answer.json())) == (400, ["error"])


def test_only_the_unread_can_be_asked_for(browser, ada):
    read, _ = post_many(ada, 2)
    browser.post(url("mark_read", read.key))
    assert subjects(browser, unread=1) == ["No. 1"]
    assert subjects(browser) == ["No. 1", "No. 0"]


def test_reading_and_unreading_answer_with_the_unread_object(browser, ada):
    row, newest = post_many(ada, 2)
    assert browser.post(url("mark_read", row.key)).json() == {
        "unread": 1,
        "unseen": 1,
        "latest": str(newest.key),
    }
    assert browser.post(url("mark_unread", row.key)).json()["unread"] == 2


def test_seen_and_read_are_told_apart(browser, ada):
    post_many(ada, 2)
    assert browser.post(url("mark_all_seen")).json()["unseen"] == 0
    (newest, _) = listed(browser)["messages"]
    assert (newest["seen"], newest["read"]) == (True, False)
    assert browser.get(url("unread")).json()["unread"] == 2


def test_what_is_read_is_seen(browser, ada):
    row = post(ada)
    browser.post(url("mark_read", row.key))
    (message,) = listed(browser)["messages"]
    assert (message["seen"], message["read"]) == (True, True)


def test_all_are_read_at_once(browser, ada):
    post_many(ada, 3)
    assert browser.post(url("mark_all_read")).json()["unread"] == 0


@pytest.mark.parametrize("how", ["DELETE", "POST"])
def test_a_message_is_deleted_and_its_words_are_gone(browser, ada, how):
    row = post(ada, text="A secret", html="<p>A secret</p>", thread="shop.order:7")
    name = {"DELETE": "message", "POST": "delete"}[how]
    answer = browser.generic(how, url(name, row.key))
    assert answer.json() == {"unread": 0, "unseen": 0, "latest": ""}
    assert subjects(browser) == []
    row.refresh_from_db()
    assert (row.subject, row.text, row.html, row.actions, row.thread) == ("", "", "", [], "")


EVERY = [
    ("GET", "unread", False),
    ("GET", "messages", False),
    ("POST", "mark_all_read", False),
    ("POST", "mark_all_seen", False),
    ("DELETE", "message", True),
    ("POST", "mark_read", True),
    ("POST", "mark_unread", True),
    ("POST", "delete", True),
]
CHANGES = [each for each in EVERY if each[0] != "GET"]
BY_KEY = [each for each in EVERY if each[2]]


@pytest.mark.parametrize(("method", "name", "has_key"), EVERY)
def test_nobody_gets_anything_without_logging_in(ada, method, name, has_key):
    row = post(ada)
    answer = Client().generic(method, url(name, *[row.key] * has_key))
    assert (answer.status_code, answer.json()) == (401, {"error": "Log in first."})
    row.refresh_from_db()
    assert (row.read_at, row.seen_at, row.deleted_at) == (None, None, None)


@pytest.mark.parametrize(("method", "name", "has_key"), EVERY)
def test_no_cache_keeps_an_answer(browser, ada, method, name, has_key):
    row = post(ada)
    for client in (browser, Client()):
        answer = client.generic(method, url(name, *[row.key] * has_key))
        parts = {part.strip() for part in answer["Cache-Control"].split(",")}
        assert parts == {"private", "no-store"}


@pytest.mark.parametrize(("method", "name", "has_key"), EVERY)
def test_another_method_is_not_allowed_and_changes_nothing(browser, ada, method, name, has_key):
    row = post(ada)
    for other in {"GET", "POST", "PUT", "PATCH", "DELETE"} - {method}:
        answer = browser.generic(other, url(name, *[row.key] * has_key))
        assert answer.status_code == 405
        assert method in answer["Allow"]
    row.refresh_from_db()
    assert (row.read_at, row.seen_at, row.deleted_at) == (None, None, None)


@pytest.mark.parametrize(("method", "name", "has_key"), CHANGES)
def test_a_change_needs_the_token_against_forgery(ada, method, name, has_key):
    row = post(ada)
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    assert client.generic(method, url(name, *[row.key] * has_key)).status_code == 403
    row.refresh_from_db()
    assert (row.read_at, row.seen_at, row.deleted_at) == (None, None, None)


@pytest.mark.parametrize(("method", "name", "has_key"), CHANGES)
def test_the_token_is_asked_for_without_the_middleware_too(settings, ada, method, name, has_key):
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if "Csrf" not in m]
    row = post(ada)
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    assert client.generic(method, url(name, *[row.key] * has_key)).status_code == 403


@pytest.mark.parametrize(("method", "name", "has_key"), BY_KEY)
def test_anothers_message_is_not_told_from_one_that_is_not_there(
    stranger, ada, eve, method, name, has_key
):
    row = post(ada)
    post(eve)
    theirs = stranger.generic(method, url(name, row.key))
    nobodys = stranger.generic(method, url(name, uuid.uuid4()))
    assert theirs.status_code == 404
    assert (theirs.status_code, theirs.content) == (nobodys.status_code, nobodys.content)
    assert sorted(theirs.headers.items()) == sorted(nobodys.headers.items())
    before = (row.read_at, row.seen_at, row.deleted_at, row.subject)
    row.refresh_from_db()
    assert (row.read_at, row.seen_at, row.deleted_at, row.subject) == before


def test_anothers_message_is_neither_listed_nor_counted_nor_a_cursor(stranger, ada):
    row = post(ada)
    assert listed(stranger) == {"messages": [], "next": None}
    assert stranger.get(url("unread")).json() == {"unread": 0, "unseen": 0, "latest": ""}
    theirs = stranger.get(url("messages"), {"before": row.key})
    nobodys = stranger.get(url("messages"), {"before": uuid.uuid4()})
    assert (theirs.status_code, theirs.content) == (404, nobodys.content)


@pytest.mark.parametrize("name", ["mark_all_read", "mark_all_seen"])
def test_marking_all_marks_only_ones_own(stranger, ada, eve, name):
    theirs, own = post(ada), post(eve)
    stranger.post(url(name))
    theirs.refresh_from_db()
    own.refresh_from_db()
    assert (theirs.read_at, theirs.seen_at) == (None, None)
    assert own.seen_at is not None


@pytest.mark.parametrize(
    ("name", "mark"), [("mark_all_read", "unread"), ("mark_all_seen", "unseen")]
)
def test_marking_all_until_a_message_leaves_what_came_after_it(browser, ada, name, mark):
    _, shown, _ = post_many(ada, 3)
    assert browser.post(url(name), {"until": shown.key}).json()[mark] == 1


def test_marking_all_until_a_message_goes_on_after_it_was_deleted(browser, ada):
    _, shown, _ = post_many(ada, 3)
    browser.delete(url("message", shown.key))
    assert browser.post(url("mark_all_read"), {"until": shown.key}).json()["unread"] == 1


@pytest.mark.parametrize("name", ["mark_all_read", "mark_all_seen"])
def test_marking_all_until_anothers_message_marks_nothing(stranger, ada, eve, name):
    theirs = post(ada)
    own = post(eve)
    answers = [stranger.post(url(name), {"until": key}) for key in (theirs.key, uuid.uuid4(), "x")]
    assert {(answer.status_code, answer.content) for answer in answers} == {
        (404, answers[1].content)
    }
    own.refresh_from_db()
    assert (own.read_at, own.seen_at) == (None, None)


def test_counting_takes_two_queries_and_a_list_as_many_for_one_as_for_twenty(
    browser, ada, django_assert_num_queries
):
    browser.get(url("unread"))
    post(ada, options={"group": "verb"}, verb="v")
    session_and_user = 2
    with django_assert_num_queries(session_and_user + 2):
        browser.get(url("unread"))
    with django_assert_num_queries(session_and_user + 2):
        assert len(listed(browser)["messages"]) == 1
    for number in range(25):
        post(ada, options={"group": "verb"}, verb=f"v{number % 22}")
    with django_assert_num_queries(session_and_user + 2):
        assert len(listed(browser)["messages"]) == 20


def test_what_is_told_is_json_whatever_the_words(browser, ada):
    post(ada, subject="</script>\u2028 👩‍👩‍👧 שלום", text='"\\')
    (message,) = json.loads(browser.get(url("messages")).content)["messages"]
    assert message["subject"] == "</script>\u2028 👩‍👩‍👧 שלום"
