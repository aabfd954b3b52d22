"""What the template tags show of the inbox of the request's user."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from django.template.loader import render_to_string

from dsn_inbox.mailbox import Counts
from dsn_inbox.models import InboxMessage

if TYPE_CHECKING:
    from typing import Self

    from django.http import HttpRequest
    from django.utils.safestring import SafeString

MEMO = "_dsn_inbox_counts"
"""The request's own attribute: what is remembered ends with it, and no two people share it."""


def counts_of(request: HttpRequest | None) -> Counts:
    """What the request's user has not read or seen; asked once per request and user."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return Counts()
    whose, counts = getattr(request, MEMO, (None, None))
    if counts is None or whose != user.pk:
        counts = InboxMessage.objects.for_user(user).counts()
        setattr(request, MEMO, (user.pk, counts))
    return counts


class MessageList(Sequence[InboxMessage]):
    """Entries that a template can go through, or print as they are."""

    def __init__(self, messages: Sequence[InboxMessage], request: HttpRequest | None) -> None:
        self._messages = messages
        self._request = request

    @classmethod
    def of(cls, request: HttpRequest | None, *, limit: int, unread: bool = False) -> Self:
        """The newest ``limit`` entries of the request's user."""
        user = getattr(request, "user", None)
        found = InboxMessage.objects.all().entries(user, limit=max(0, limit), unread=unread)
        return cls(found, request)

    @overload
    def __getitem__(self, index: int) -> InboxMessage: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[InboxMessage]: ...
    def __getitem__(self, index: int | slice) -> InboxMessage | Sequence[InboxMessage]:
        return self._messages[index]

    def __len__(self) -> int:
        return len(self._messages)

    def __html__(self) -> SafeString:
        """The list as HTML, its texts escaped."""
        context = {"inbox_messages": self._messages}
        return render_to_string("dsn_inbox/messages.html", context, request=self._request)

    __str__ = __html__
