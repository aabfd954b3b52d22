"""What the tests of dsn-sms send, and through what."""

from __future__ import annotations

import contextlib
import socket

from dsn_core import Envelope, Message, Webhook
from dsn_sms.accounts import Account, Options
from dsn_sms.messenger import SMS

ADA = "+4915112345678"
SHOP = "+15005550006"
KEY = "5f0c7a52-58b2-4b6f-9a3c-0d5b3e1f2a77"
SERVICE = "MG0123456789abcdef0123456789abcdef"
CALLBACK = "https://shop.example/dsn/sms/default/"


def envelope(text="Order 7 is paid.", address=ADA, **fields):
    """An envelope with `text` for `address`."""
    return Envelope(key=KEY, address=address, message=Message(text=text), **fields)


def messenger(account, **options):
    """The messenger as the core would make it."""
    return SMS(account=account, options=Options(**options))


def account_at(server, **fields):
    """An account whose Twilio is `server`."""
    return Account(**{"from_number": SHOP, **server.credentials, **fields})


def through(server, *, options=None, **fields):
    """The messenger whose Twilio is `server`; `fields` are the account's."""
    return messenger(account_at(server, **fields), **(options or {}))


def posted(url, form, headers, *, method="POST", query=None, body=b""):
    """A webhook as the core hands it over."""
    return Webhook(
        method=method,
        url=url,
        headers={name.lower(): value for name, value in headers.items()},
        form={name: (value,) for name, value in form.items()},
        query=query or {},
        body=body,
    )


def free_port():
    """A port of this machine at which nothing listens."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
