"""The one door to messages by key: only a person's own are behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.http import Http404

from dsn_inbox.models import InboxMessage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsn_inbox.mailbox import InboxQuerySet


class NoSuchMessage(Http404):
    """You have no such message."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some entries, and the key to give for those that follow; None after the last."""

    messages: Sequence[InboxMessage]
    next: UUID | None


def own_message(user: object, key: UUID) -> InboxMessage:
    """The message. Raises ``NoSuchMessage``, of another's as of one that is not there."""
    message = InboxMessage.objects.for_user(user).filter(key=key).first()
    if message is None:
        raise NoSuchMessage
    return message


def own_entry(user: object, key: UUID) -> InboxQuerySet[InboxMessage]:
    """All messages of the entry whose newest is this one. Raises ``NoSuchMessage``."""
    return InboxMessage.objects.all().entry(user, own_message(user, key))


def latest_key(user: object) -> UUID | None:
    """The key of the newest message that the user may see."""
    rows = InboxMessage.objects.for_user(user).order_by("-pk")
    return rows.values_list("key", flat=True).first()


def own_until(user: object, until: str) -> InboxQuerySet[InboxMessage]:
    """The user's messages up to the one with the key ``until``; all of them where it is empty.

    What came in after a page was made is not to be marked by that page. Raises ``NoSuchMessage``.
    """
    own = InboxMessage.objects.for_user(user)
    return own.filter(pk__lte=_place_of(user, key_of(until))) if until else own


def page_of(user: object, *, limit: int, before: UUID | None, unread: bool) -> Page:
    """``limit`` entries older than ``before``, a message's key. Raises ``NoSuchMessage``.

    A message that has been deleted meanwhile still says where to go on.
    """
    place = None if before is None else _place_of(user, before)
    found = InboxMessage.objects.all().entries(user, limit=limit + 1, before=place, unread=unread)
    shown = found[:limit]
    return Page(messages=shown, next=shown[-1].key if len(found) > limit else None)


def key_of(text: str) -> UUID:
    """The key that is written so. Raises ``NoSuchMessage``: no message has another."""
    try:
        return UUID(text)
    except ValueError:
        raise NoSuchMessage from None


def _place_of(user: object, key: UUID) -> int:
    """Where in the user's inbox the message stands, or stood before it was deleted."""
    rows = InboxMessage.objects.kept_for(user).filter(key=key)
    place = rows.values_list("pk", flat=True).first()
    if place is None:
        raise NoSuchMessage
    return place
