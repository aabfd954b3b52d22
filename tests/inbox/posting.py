"""What the tests of dsn-inbox put into an inbox, and through what."""

from __future__ import annotations

import itertools
import uuid

from dsn_core import Envelope, Fields, Message
from dsn_inbox.messenger import Inbox
from dsn_inbox.options import Options

_numbers = itertools.count(1)


def envelope(user, *, key="", thread="", verb="", language="en", expires_at=None, **message):
    """An envelope for `user`, who may also be an address; `message` are fields of its Message."""
    address = user if isinstance(user, str) else str(user.pk)
    return Envelope(
        key=key or str(uuid.uuid4()),
        address=address,
        recipient=address,
        message=Message(**({"subject": "Paid", "text": "Order 7 is paid."} | message)),
        thread=thread,
        language=language,
        expires_at=expires_at,
        metadata={"verb": verb, "backend": "B"},
    )


def messenger(**options):
    """The messenger as the core would make it."""
    return Inbox(account=Fields(), options=Options(**options))


def post(user, *, options=None, **given):
    """Put one message into the inbox of `user`, and return its row."""
    from dsn_inbox.models import InboxMessage

    sent = envelope(user, **given)
    answer = messenger(**(options or {})).send(sent)
    assert getattr(answer, "provider_id", "") == sent.key, answer
    return InboxMessage.objects.get(key=sent.key)


def post_many(user, count, **given):
    """Messages numbered from 0, the oldest first."""
    return [post(user, **{"subject": f"No. {number}", **given}) for number in range(count)]
