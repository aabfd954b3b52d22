"""Both messengers of X do what DSN expects of one."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from dsn_core import Refusal, Scope
from dsn_core.testing import DRIP, Answer, Arrived, MessengerContract
from dsn_twitter import connecting
from dsn_twitter.messenger import DirectMessage, Post
from dsn_twitter.testing import DUPLICATE, NOT_TO_THEM, TOO_MANY, UNAUTHORIZED, XServer
from tests.twitter.posting import ADA


class Contract(MessengerContract):
    """What is the same for both."""

    server_type = XServer
    retry_after = 7
    drips = DRIP

    @pytest.fixture(autouse=True)
    def hurry(self, monkeypatch):
        monkeypatch.setattr(connecting, "TIMEOUT", 0.8)

    @property
    def throttled(self):
        """X names the moment, not the seconds."""
        reset = str(int(time.time()) + self.retry_after)
        return replace(
            TOO_MANY, headers={"x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
        )

    def account(self, server):
        return server.account


class TestPost(Contract):
    messenger = Post
    refusals = {
        "words that it has had": (DUPLICATE, Refusal.MESSAGE),
        "wrong keys": (UNAUTHORIZED, Refusal.ACCOUNT, Scope.ACCOUNT),
        "a fault of its own": (Answer(status=503), Refusal.IN_DOUBT),
    }

    def arrived(self, server):
        return [Arrived(address="", text=post.text, id=post.id) for post in server.posts]


class TestDirectMessage(Contract):
    messenger = DirectMessage
    addresses = (ADA, "12", "2244994946")
    spellings = {f" {ADA} ": ADA}
    not_addresses = ("", "@ada", "12345678901234567890")
    refusals = {
        "a person who wants none": (NOT_TO_THEM, Refusal.ADDRESS),
        "wrong keys": (UNAUTHORIZED, Refusal.ACCOUNT, Scope.ACCOUNT),
        "a fault of its own": (Answer(status=503), Refusal.IN_DOUBT),
    }

    def arrived(self, server):
        return [
            Arrived(address=sent.participant_id, text=sent.text, id=sent.id)
            for sent in server.direct_messages
        ]
