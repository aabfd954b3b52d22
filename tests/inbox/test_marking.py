"""When a message was first seen or read is kept, whatever is done with it afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from dsn_core import Action
from dsn_inbox.models import InboxMessage
from tests.inbox.posting import post

pytestmark = pytest.mark.django_db


@pytest.fixture
def seen_at(ada):
    """When Ada's one message was seen; it is not read."""
    at = timezone.now() - timedelta(hours=2)
    post(ada)
    InboxMessage.objects.update(seen_at=at)
    return at


@pytest.fixture
def read_at(seen_at):
    """When it was read."""
    at = seen_at + timedelta(hours=1)
    InboxMessage.objects.update(read_at=at)
    return at


def times():
    return InboxMessage.objects.values_list("seen_at", "read_at").get()


def test_reading_what_was_seen_keeps_when_that_was(ada, seen_at):
    assert InboxMessage.objects.for_user(ada).mark_read() == 1
    seen, read = times()
    assert seen == seen_at
    assert read > seen_at


def test_marking_again_what_is_read_changes_nothing(ada, seen_at, read_at):
    own = InboxMessage.objects.for_user(ada)
    assert (own.mark_read(), own.mark_seen()) == (0, 0)
    assert times() == (seen_at, read_at)


def test_what_is_unread_again_stays_seen(ada, seen_at, read_at):
    own = InboxMessage.objects.for_user(ada)
    assert (own.mark_unread(), own.mark_unread()) == (1, 0)
    assert times() == (seen_at, None)


def test_the_bare_row_of_what_was_deleted_tells_when_it_was_read_and_no_word(ada):
    row = post(
        ada,
        options={"group": "thread"},
        thread="shop.order:7",
        html="<p>Secret</p>",
        actions=(Action(label="Secret", url="/secret/"),),
    )
    at = timezone.now() - timedelta(hours=1)
    InboxMessage.objects.update(seen_at=at, read_at=at)
    assert InboxMessage.objects.for_user(ada).discard() == 1
    row.refresh_from_db()
    assert (row.seen_at, row.read_at) == (at, at)
    assert (row.subject, row.text, row.html, row.actions) == ("", "", "", [])
    assert (row.thread, row.group_key) == ("", "")
