"""What the tests of dsn-email send, and through what."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path

from dsn_core import Envelope, Message
from dsn_email.accounts import Account, Options
from dsn_email.messenger import Email

ADA = "ada@example.org"
KEY = "5f0c7a52-58b2-4b6f-9a3c-0d5b3e1f2a77"
CERTIFICATE = Path(__file__).with_name("certificate.pem")
"""A certificate for localhost, signed by itself, and its key."""


def envelope(address=ADA, *, key=KEY, thread="", attempt=1, **message):
    """An envelope for `address`; `message` are the fields of its Message."""
    words = {"subject": "Paid", "text": "Order 7 is paid."} | message
    return Envelope(
        key=key, address=address, thread=thread, attempt=attempt, message=Message(**words)
    )


def messenger(account=None, options=None, name="default"):
    """The messenger as the core would make it."""
    return Email(account=account or Account(), options=options or Options(), account_name=name)


def through(server, *, options=None, domain="", from_email="", **smtp):
    """The messenger whose account is `server`; `smtp` are more options of Django's backend."""
    account = Account(
        options={**server.options, "timeout": 5, **smtp}, domain=domain, from_email=from_email
    )
    return messenger(account, options)


def free_port():
    """A port of this machine at which nothing listens."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
