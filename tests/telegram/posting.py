"""What the tests of dsn-telegram send, and through what."""

from __future__ import annotations

import contextlib
import json
import socket

from dsn_core import Envelope, Message, Webhook
from dsn_telegram.accounts import Account, Options
from dsn_telegram.messenger import Telegram
from dsn_telegram.testing import TOKEN

ADA = "4711"
GROUP = "-1001234567890"
KEY = "5f0c7a52-58b2-4b6f-9a3c-0d5b3e1f2a77"
SECRET = "s3cret-of-the-webhook"
HEADER = "x-telegram-bot-api-secret-token"


def envelope(address=ADA, *, key=KEY, **message):
    """An envelope for `address`; `message` are the fields of its Message."""
    return Envelope(key=key, address=address, message=Message(**message or {"text": "Hi"}))


def messenger(options=None, **account):
    """The messenger as the core would make it."""
    values = {"token": TOKEN, "username": "shop_bot", "webhook_secret": SECRET} | account
    return Telegram(account=Account(**values), options=options or Options())


def through(server, **options):
    """The messenger whose account is `server`; `options` are those of a Backend."""
    return messenger(Options(**options), **server.account)


def send(server, address=ADA, *, key=KEY, options=None, **message):
    """The outcome of a message to `address`."""
    return through(server, **options or {}).send(envelope(address, key=key, **message))


def webhook(update, secret=SECRET):
    """The request by which Telegram brings `update`, a JSON value or the raw bytes."""
    body = update if isinstance(update, bytes) else json.dumps(update).encode()
    headers = {} if secret is None else {HEADER: secret}
    url = "https://shop.example/dsn/telegram/default/"
    return Webhook(method="POST", url=url, headers=headers, body=body)


def free_port():
    """A port of this machine at which nothing listens."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
