"""Removes for good what nobody sees any more, in slices, so that no transaction is long."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import router
from django.db.models import Q
from django.utils import timezone

from dsn_inbox.models import InboxMessage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from dsn_inbox.mailbox import InboxQuerySet

SLICE = 2000
"""Rows that one statement looks at."""
TOMBSTONE = timedelta(days=7)
"""How long a deleted message's bare row stays: longer than any delivery is repeated."""


def prune(*, days: int | None = None, read_only: bool = False) -> int:
    """Remove what has expired, and what was deleted a week ago; returns how many rows.

    With ``days`` also what is older than so many days, or with ``read_only`` only what of that
    has been read. Each slice is a transaction of its own.
    """
    doomed = _doomed(timezone.now(), days=days, read_only=read_only)
    return sum(rows.filter(doomed).delete()[0] for rows in _slices())


def _doomed(now: datetime, *, days: int | None, read_only: bool) -> Q:
    doomed = Q(expires_at__lte=now) | Q(deleted_at__lte=now - TOMBSTONE)
    if days is None:
        return doomed
    # A deleted one stays its week, however old the message was.
    old = Q(created_at__lte=now - timedelta(days=days), deleted_at__isnull=True)
    return doomed | (old & Q(read_at__isnull=False) if read_only else old)


def _slices() -> Iterator[InboxQuerySet[InboxMessage]]:
    """The whole table along its primary key: each row is looked at once, whatever is removed."""
    rows = InboxMessage.objects.using(router.db_for_write(InboxMessage)).order_by("pk")
    after = 0
    while page := list(rows.filter(pk__gt=after).values_list("pk", flat=True)[:SLICE]):
        yield rows.filter(pk__gt=after, pk__lte=page[-1])
        after = page[-1]
