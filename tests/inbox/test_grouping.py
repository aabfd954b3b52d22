"""Messages that belong together are one entry, and stay rows of their own."""

from __future__ import annotations

import pytest

from dsn_inbox.grouping import group_key
from dsn_inbox.models import InboxMessage
from tests.inbox.posting import envelope, post

pytestmark = pytest.mark.django_db
COMMENTED = {"options": {"group": "thread_verb"}, "verb": "blog.commented", "thread": "blog.post:7"}


def entries(user, **given):
    found = InboxMessage.objects.all().entries(user, **{"limit": 20, **given})
    return [(message.subject, message.count) for message in found]


def comment(user, who, **given):
    return post(user, subject=f"{who} commented", **{**COMMENTED, **given})


@pytest.mark.parametrize(
    ("group", "key"),
    [
        ("none", ""),
        ("thread", "blog.post:7"),
        ("verb", "blog.commented"),
        ("thread_verb", "blog.commented blog.post:7"),
    ],
)
def test_what_belongs_together_is_said_by_the_backend(ada, group, key):
    sent = envelope(ada, verb="blog.commented", thread="blog.post:7")
    assert group_key(sent, group) == key


@pytest.mark.parametrize("group", ["thread", "thread_verb"])
def test_what_is_about_no_object_stands_alone(ada, group):
    assert group_key(envelope(ada, verb="v"), group) == ""


def test_a_long_key_stays_told_apart():
    keys = {group_key(envelope("1", thread="x" * 400 + end), "thread") for end in "ab"}
    assert {len(key) for key in keys} == {64}
    assert len(keys) == 2


def test_three_comments_are_one_entry_with_the_newest_s_words(ada, browser):
    for who in ("Bo", "Cy", "Di"):
        comment(ada, who)
    assert entries(ada) == [("Di commented", 3)]
    assert InboxMessage.objects.count() == 3
    page = browser.get("/inbox/").content.decode()
    assert "and 2 more like this" in page
    assert "Bo commented" not in page
    (message,) = browser.get("/inbox/api/messages/").json()["messages"]
    assert (message["subject"], message["count"]) == ("Di commented", 3)


def test_two_have_one_other(ada, browser):
    comment(ada, "Bo")
    comment(ada, "Cy")
    assert "and 1 more like this" in browser.get("/inbox/").content.decode()


def test_each_message_counts_as_unread(ada):
    comment(ada, "Bo")
    comment(ada, "Cy")
    assert InboxMessage.objects.for_user(ada).counts().unread == 2


def test_other_things_other_posts_and_other_people_are_other_entries(ada, eve):
    comment(ada, "Bo")
    comment(ada, "Cy", thread="blog.post:8")
    comment(ada, "Di", verb="blog.liked")
    comment(eve, "Ed")
    post(ada, subject="Alone")
    post(ada, subject="Alone too")
    assert [count for _, count in entries(ada)] == [1] * 5
    assert entries(eve) == [("Ed commented", 1)]


def test_an_entry_stands_where_its_newest_does(ada):
    comment(ada, "Bo")
    post(ada, subject="Between")
    comment(ada, "Cy")
    assert entries(ada) == [("Cy commented", 2), ("Between", 1)]


def test_marking_an_entry_marks_all_of_it_and_it_stays_one(ada, browser):
    comment(ada, "Bo")
    newest = comment(ada, "Cy")
    assert browser.post(f"/inbox/api/messages/{newest.key}/read/").json()["unread"] == 0
    assert entries(ada) == [("Cy commented", 2)]
    assert browser.post(f"/inbox/api/messages/{newest.key}/unread/").json()["unread"] == 2
    assert entries(ada) == [("Cy commented", 2)]


def test_what_came_after_the_entry_was_shown_is_not_marked_with_it(ada, browser):
    comment(ada, "Bo")
    shown = comment(ada, "Cy")
    comment(ada, "Di")
    assert browser.post(f"/inbox/api/messages/{shown.key}/read/").json()["unread"] == 1
    assert entries(ada) == [("Di commented", 1), ("Cy commented", 2)]


def test_what_is_new_does_not_join_what_was_read(ada):
    comment(ada, "Bo")
    InboxMessage.objects.for_user(ada).mark_read()
    comment(ada, "Cy")
    assert entries(ada) == [("Cy commented", 1), ("Bo commented", 1)]
    assert entries(ada, unread=True) == [("Cy commented", 1)]


def test_an_entry_that_is_deleted_takes_none_of_another_time_along(ada, browser):
    first = comment(ada, "Bo")
    browser.post(f"/inbox/api/messages/{first.key}/read/")
    second = comment(ada, "Cy")
    browser.post(f"/inbox/api/messages/{second.key}/read/")
    third = comment(ada, "Di")
    assert entries(ada) == [("Di commented", 1), ("Cy commented", 1), ("Bo commented", 1)]
    browser.delete(f"/inbox/api/messages/{third.key}/")
    assert entries(ada) == [("Cy commented", 1), ("Bo commented", 1)]
    browser.delete(f"/inbox/api/messages/{second.key}/")
    assert entries(ada) == [("Bo commented", 1)]


def test_deleting_an_entry_deletes_all_of_it(ada, browser):
    comment(ada, "Bo")
    newest = comment(ada, "Cy")
    browser.delete(f"/inbox/api/messages/{newest.key}/")
    assert entries(ada) == []


def test_opening_an_entry_reads_all_of_it(ada, browser):
    comment(ada, "Bo")
    newest = comment(ada, "Cy")
    browser.post(f"/inbox/open/{newest.key}/")
    assert InboxMessage.objects.for_user(ada).counts().unread == 0


def test_one_persons_entry_is_not_marked_by_anothers(ada, eve, browser):
    theirs = comment(eve, "Bo")
    own = comment(ada, "Bo")
    browser.post(f"/inbox/api/messages/{own.key}/read/")
    theirs.refresh_from_db()
    assert theirs.read_at is None


def test_entries_go_on_over_pages_without_being_told_twice(ada):
    rows = []
    for number in range(12):
        comment(ada, f"C{number}")
        rows.append(post(ada, subject=f"P{number}"))
    first = InboxMessage.objects.all().entries(ada, limit=3)
    assert [m.subject for m in first] == ["P11", "C11 commented", "P10"]
    rest = entries(ada, before=first[-1].pk)
    assert [subject for subject, _ in rest] == [f"P{n}" for n in range(9, -1, -1)]
