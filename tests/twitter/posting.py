"""What the tests of dsn-twitter send, and through what."""

from __future__ import annotations

import contextlib
import socket

from dsn_core import Envelope, Fields, Message
from dsn_twitter.accounts import Account, PostOptions
from dsn_twitter.messenger import DirectMessage, Post

ADA = "783214"
KEY = "5f0c7a52-58b2-4b6f-9a3c-0d5b3e1f2a77"
KEYS = {
    "consumer_key": "consumerkey123",
    "consumer_secret": "consumersecret123",
    "access_token": "1234-accesstoken",
    "access_token_secret": "accesstokensecret123",
}


def envelope(text="Order 7 is paid.", *, address=ADA, doubted=False, **message):
    """An envelope with `text`; `message` are the other fields of its Message."""
    words = Message(text=text, **message)
    return Envelope(key=KEY, address=address, doubted=doubted, message=words)


def post(server=None, *, links=True, reply_settings="everyone", **account):
    """The messenger that posts, as the core would make it."""
    values = {**(server.account if server else KEYS), **account}
    options = PostOptions(links=links, reply_settings=reply_settings)
    return Post(account=Account(**values), options=options)


def dm(server=None, **account):
    """The messenger that sends direct messages, as the core would make it."""
    values = {**(server.account if server else KEYS), **account}
    return DirectMessage(account=Account(**values), options=Fields())


def free_port():
    """A port of this machine at which nothing listens."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
