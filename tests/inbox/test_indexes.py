"""A list and a count touch only one person's rows, however many there are."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import Count

from dsn_inbox.models import InboxMessage

# ANALYZE ends the transaction on MariaDB, so there is none to roll back.
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def crowd(ada, eve):
    """Many messages, most of them somebody else's and read."""
    from django.utils import timezone

    now = timezone.now()
    InboxMessage.objects.bulk_create(
        InboxMessage(
            user=ada if number % 50 == 0 else eve,
            read_at=None if number % 7 == 0 else now,
            group_key=f"g{number % 3}" if number % 2 else "",
        )
        for number in range(5000)
    )
    with connection.cursor() as cursor:
        mysql = connection.vendor == "mysql"
        cursor.execute("ANALYZE TABLE dsn_inbox_inboxmessage" if mysql else "ANALYZE")
    return ada


def plan(rows):
    return rows.explain()


def test_the_unread_count_scans_an_index(crowd):
    rows = InboxMessage.objects.for_user(crowd).unread().values("user").annotate(Count("pk"))
    assert "dsn_inbox_unread" in plan(rows.order_by())
    assert "Seq Scan" not in plan(rows.order_by())


def test_the_list_scans_indexes(crowd):
    words = plan(InboxMessage.objects.all().heads_for(crowd)[:20])
    assert "dsn_inbox_list" in words or "dsn_inbox_group" in words
    assert "Seq Scan" not in words
    assert "SCAN" not in words
    assert "TEMP B-TREE" not in words
