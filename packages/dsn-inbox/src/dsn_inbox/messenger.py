"""The inbox as a messenger. Django is loaded at the first send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core import Fields, Messenger
from dsn_inbox.options import Options

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dsn_core import Accepted, Envelope, Problem, Refused


class Inbox(Messenger[Fields, Options]):
    """Puts a message into its recipient's inbox on this site: one row, whose key is the delivery's.

    An address is a user's primary key as text. The ``provider_id`` is the row's key, and what is
    stored has arrived, so that an accepted message is delivered.
    """

    key = "inbox"
    label = "Inbox"
    channel = "inbox"
    description = "On this site itself: a bell, a list, and an unread count."
    address_label = "Primary key of a user"
    user_field = "pk"
    supports_subject = True
    supports_html = True
    supports_actions = True
    idempotent = True

    def send(self, envelope: Envelope) -> Accepted | Refused:
        """Store one message; sent a second time, it is the same message."""
        return next(self.send_many([envelope]))

    def send_many(self, envelopes: Sequence[Envelope]) -> Iterator[Accepted | Refused]:
        """Store the messages, many with one statement; each outcome follows its row's commit."""
        from dsn_inbox.standing import refusal

        refused = refusal()
        if refused is not None:
            yield from (refused for _ in envelopes)
            return
        from dsn_inbox.storing import store

        yield from store(envelopes, self.options)

    def normalize_address(self, raw: str) -> str:
        """A user's primary key, as Python writes it. Raises ``InvalidAddress``.

        Whether there is such a user is asked when a message is sent.
        """
        from dsn_inbox.addresses import normalize

        return normalize(raw)

    def check(self) -> Iterable[Problem]:
        """Is the app installed?"""
        from dsn_inbox.standing import check

        return check()

    def probe(self) -> Iterable[Problem]:
        """Is the app installed, and is its table there?"""
        from dsn_inbox.standing import probe

        return probe()
