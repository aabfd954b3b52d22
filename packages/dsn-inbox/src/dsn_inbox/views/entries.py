"""The one door to messages by key: only a person's own are behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from dsn_inbox.models import InboxMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsn_inbox.mailbox import InboxQuerySet


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some entries, and the key to give for those that follow; None after the last."""

    messages: Sequence[InboxMessage]
    next: UUID | None


def own_message(user: object, key: UUID) -> InboxMessage | None:
    """The message, if it is there and this user's: what is another's is as if it were not."""
    return InboxMessage.objects.for_user(user).filter(key=key).first()


def own_entry(user: object, key: UUID) -> InboxQuerySet[InboxMessage] | None:
    """All messages of the entry whose newest is this one; None as above."""
    message = own_message(user, key)
    return None if message is None else InboxMessage.objects.all().entry(user, message)


def latest_key(user: object) -> UUID | None:
    """The key of the newest message that the user may see."""
    rows = InboxMessage.objects.for_user(user).order_by("-pk")
    return rows.values_list("key", flat=True).first()


def own_until(user: object, until: str) -> InboxQuerySet[InboxMessage] | None:
    """The user's messages up to the one with the key ``until``; all of them where it is empty.

    What came in after a page was made is not to be marked by that page. None where there is no
    such message of hers.
    """
    own = InboxMessage.objects.for_user(user)
    if not until:
        return own
    try:
        place = _place_of(user, UUID(until))
    except ValueError:
        return None
    return None if place is None else own.filter(pk__lte=place)


def page_of(user: object, *, limit: int, before: UUID | None, unread: bool) -> Page | None:
    """``limit`` entries older than ``before``, a message's key; None where it is not hers.

    A message that has been deleted meanwhile still says where to go on.
    """
    place = None
    if before is not None:
        place = _place_of(user, before)
        if place is None:
            return None
    found = InboxMessage.objects.all().entries(user, limit=limit + 1, before=place, unread=unread)
    shown = found[:limit]
    return Page(messages=shown, next=shown[-1].key if len(found) > limit else None)


def _place_of(user: object, key: UUID) -> int | None:
    """Where in the user's inbox the message stands, or stood before it was deleted."""
    rows = InboxMessage.objects.kept_for(user).filter(key=key)
    return rows.values_list("pk", flat=True).first()
