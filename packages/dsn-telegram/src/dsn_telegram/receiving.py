"""Reading a webhook, after making sure that Telegram sent it."""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING

from dsn_core import Forged
from dsn_telegram.counting import whole
from dsn_telegram.updates import read

if TYPE_CHECKING:
    from dsn_core import Linked, Moved, OptedIn, OptedOut, Webhook
    from dsn_telegram.accounts import Account

HEADER = "x-telegram-bot-api-secret-token"
"""Carries the secret that was given to setWebhook: https://core.telegram.org/bots/api#setwebhook"""


def receive(webhook: Webhook, account: Account) -> list[Linked | Moved | OptedIn | OptedOut]:
    """What the update reports, if anything. Raises ``Forged`` where Telegram did not send it."""
    _verify(whole(webhook.headers.get(HEADER, "")), account.webhook_secret)
    try:
        update: object = json.loads(webhook.body)
    except (ValueError, RecursionError):
        raise Forged("The body is not JSON, so that Telegram did not send it") from None
    if not isinstance(update, dict):
        raise Forged("The body is not an update of Telegram's")
    return list(read(update, account.name))


def _verify(given: str, secret: str) -> None:
    if not secret:
        raise Forged("The account has no webhook_secret, so that anybody could have sent this")
    if not given:
        raise Forged("The X-Telegram-Bot-Api-Secret-Token header is missing")
    if not hmac.compare_digest(given.encode(), secret.encode()):
        raise Forged("The X-Telegram-Bot-Api-Secret-Token header is not the account's secret")
