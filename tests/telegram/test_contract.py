"""Telegram does what DSN expects of a messenger."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dsn_core import OptedIn, OptedOut, Refusal, Scope
from dsn_core.testing import Arrived, MessengerContract
from dsn_telegram import requesting
from dsn_telegram.messenger import Telegram
from dsn_telegram.testing import TelegramServer, refusal
from tests.telegram.posting import ADA, GROUP, SECRET, webhook


class TestTelegram(MessengerContract):
    messenger = Telegram
    addresses = (ADA, "4712", GROUP)
    spellings = {f" {ADA} ": ADA, "@Shop_News": "@shop_news"}
    not_addresses = ("", "ada", "+4915112345678", "https://t.me/shop_news", "0", "4711:5")
    throttled = refusal(429, "Too Many Requests: retry after 7", {"retry_after": 7})
    retry_after = 7
    refusals = {
        "a person who has blocked the bot": (
            refusal(403, "Forbidden: bot was blocked by the user"),
            Refusal.ADDRESS,
        ),
        "an unknown chat": (refusal(400, "Bad Request: chat not found"), Refusal.ADDRESS),
        "an empty text": (refusal(400, "Bad Request: message text is empty"), Refusal.MESSAGE),
        "an unknown token": (refusal(401, "Unauthorized"), Refusal.ACCOUNT, Scope.ACCOUNT),
        "a fault of its own": (refusal(500, "Internal Server Error"), Refusal.IN_DOUBT),
    }
    signs_body = False

    @pytest.fixture
    def server(self, monkeypatch):
        monkeypatch.setattr(requesting, "READ", 1.0)
        with TelegramServer() as server:
            yield server

    def account(self, server):
        return {**server.account, "webhook_secret": SECRET}

    def arrived(self, server):
        return [
            Arrived(
                address=str(sent.chat_id), text=sent.text, id=f"{sent.chat_id}:{sent.message_id}"
            )
            for sent in server.messages
        ]

    def webhooks(self, server, sent):
        for update, report, reason in (
            (server.block(int(ADA)), OptedOut, "blocked the bot"),
            (server.unblock(int(ADA)), OptedIn, "unblocked the bot"),
        ):
            at = datetime.fromtimestamp(update["my_chat_member"]["date"], UTC)
            number = str(update["update_id"])
            yield webhook(update), [report(address=ADA, reason=reason, at=at, id=number)]
