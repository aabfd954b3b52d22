"""Whose messages, which, and how many; and what is done with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Self

    from dsn_inbox.models import InboxMessage

M = TypeVar("M", bound="InboxMessage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many messages are unread, and how many of those were not even seen."""

    unread: int = 0
    unseen: int = 0


class InboxQuerySet(models.QuerySet[M]):
    """Messages. ``for_user`` comes first: it leaves out what is another's, deleted or expired."""

    def for_user(self, user: object) -> Self:
        """What ``user``, a model instance, may see; nothing for somebody who is not logged in."""
        return self.kept_for(user).current()

    def current(self) -> Self:
        """Those that are neither deleted nor expired, whoever's."""
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=timezone.now()),
            deleted_at__isnull=True,
        )

    def kept_for(self, user: object) -> Self:
        """All rows of ``user``, also those that nobody is shown any more."""
        key = getattr(user, "pk", None)
        return self.none() if key is None else self.filter(user_id=key)

    def unread(self) -> Self:
        """Those that are not read."""
        return self.filter(read_at__isnull=True)

    def unseen(self) -> Self:
        """Those that were not even seen in a list. What is read is seen."""
        return self.filter(seen_at__isnull=True)

    def counts(self) -> Counts:
        """How many are unread and unseen, in one query."""
        found = self.unread().aggregate(
            unread=Count("pk"), unseen=Count("pk", filter=Q(seen_at__isnull=True))
        )
        return Counts(**found)

    def heads_for(self, user: object) -> Self:
        """The newest message of each entry of ``user``, the newest entry first.

        An entry is a message that stands alone, or all those with one ``group_key`` that are
        unread, or that were marked as read together.
        """
        newer = (
            self.model._default_manager.using(self.db)
            .all()
            .for_user(user)
            .filter(group_key=OuterRef("group_key"), pk__gt=OuterRef("pk"))
        )
        hidden = ~Q(group_key="") & (
            (Q(read_at__isnull=True) & Exists(newer.unread()))
            | Exists(newer.filter(read_at=OuterRef("read_at")))
        )
        return self.for_user(user).exclude(hidden).order_by("-pk")

    def entries(
        self, user: object, *, limit: int, before: int | None = None, unread: bool = False
    ) -> list[M]:
        """The newest ``limit`` entries of ``user``, each as its newest message, with its ``count``.

        ``before`` is a primary key: only older ones. At most two queries.
        """
        heads = self.heads_for(user)
        if before is not None:
            heads = heads.filter(pk__lt=before)
        if unread:
            heads = heads.unread()
        found = list(heads[:limit])
        self._count_entries(user, found)
        return found

    def entry(self, user: object, message: M) -> Self:
        """All messages of the entry whose newest is ``message``: none that came after it."""
        own = self.for_user(user)
        if not message.group_key:
            return own.filter(pk=message.pk)
        alike = own.filter(group_key=message.group_key, pk__lte=message.pk)
        if message.read_at is None:
            return alike.unread()
        return alike.filter(read_at=message.read_at)

    def mark_read(self) -> int:
        """Mark those that are unread as read, and so as seen. Returns how many."""
        now = timezone.now()
        return self.unread().update(read_at=now, seen_at=_first("seen_at", now))

    def mark_unread(self) -> int:
        """Mark those that are read as unread. They stay seen. Returns how many."""
        return self.filter(read_at__isnull=False).update(read_at=None)

    def mark_seen(self) -> int:
        """Mark those that are unseen as seen. Returns how many."""
        return self.unseen().update(seen_at=timezone.now())

    def discard(self) -> int:
        """Delete them for their reader: the words go at once. Returns how many.

        The bare row stays for some days, so that a delivery that is repeated after a crash does
        not bring back what was deleted. ``inbox_prune`` removes it.
        """
        now = timezone.now()
        return self.update(
            deleted_at=now,
            read_at=_first("read_at", now),
            seen_at=_first("seen_at", now),
            subject="",
            text="",
            html="",
            actions=[],
            thread="",
            group_key="",
        )

    def _count_entries(self, user: object, heads: list[M]) -> None:
        keys = {head.group_key for head in heads} - {""}
        if not keys:
            return
        alike = self.for_user(user).filter(group_key__in=keys).order_by()
        rows = alike.values_list("group_key", "read_at").annotate(count=Count("pk"))
        counted = {(key, read_at): count for key, read_at, count in rows}
        for head in heads:
            head.count = counted.get((head.group_key, head.read_at), 1)


def _first(field: str, now: datetime) -> Coalesce:
    """What stands in ``field`` already, or else ``now``."""
    return Coalesce(field, Value(now, output_field=models.DateTimeField()))
