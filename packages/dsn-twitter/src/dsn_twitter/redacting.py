"""Keeping the keys of an account out of what is stored, shown and logged."""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from dsn_core import Accepted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsn_core import Refused
    from dsn_twitter.accounts import Account

LOGGERS = (
    "tweepy.client",
    "requests_oauthlib.oauth1_auth",
    "requests_oauthlib.oauth1_session",
    "oauthlib.oauth1.rfc5849",
    "oauthlib.oauth1.rfc5849.signature",
)
"""They write tokens, signatures and the words of messages into the log, at DEBUG."""
IN_HEADER = re.compile(r"(?i)\b(oauth_\w+=\"?|bearer\s+|basic\s+)[\w+/%=.~-]{8,}")
LONGEST = 500
SHORTEST = 4


class Discreet(logging.Filter):
    """Lets nothing of DEBUG pass. A filter stays, whatever level somebody sets afterwards."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Is it worth more than DEBUG?"""
        return record.levelno > logging.DEBUG


DISCREET = Discreet()


def quiet_loggers() -> None:
    """Keep the SDK from logging secrets. Saying it twice does no harm."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(DISCREET)


def strike_out(outcome: Accepted | Refused, account: Account) -> Accepted | Refused:
    """``outcome`` without the account's keys, should X or something in between repeat them."""
    if isinstance(outcome, Accepted):
        return replace(outcome, detail=_struck_out(outcome.detail, account))
    return replace(
        outcome, code=redact(outcome.code, account), reason=redact(outcome.reason, account)
    )


def _struck_out(detail: Mapping[str, object], account: Account) -> Mapping[str, object]:
    """``detail``, whose values are texts or lists of texts."""
    return {
        name: [redact(each, account) for each in value]
        if isinstance(value, list)
        else redact(str(value), account)
        for name, value in detail.items()
    }


def redact(text: str, account: Account) -> str:
    """``text`` on one line, cut to 500 characters, with the account's keys struck out."""
    for secret in sorted(_secrets(account), key=len, reverse=True):
        text = text.replace(secret, "***").replace(quote(secret, safe=""), "***")
    return " ".join(IN_HEADER.sub(r"\1***", text).split())[:LONGEST]


def _secrets(account: Account) -> list[str]:
    keys = (
        account.consumer_key,
        account.consumer_secret,
        account.access_token,
        account.access_token_secret,
    )
    return [key for key in keys if len(key) >= SHORTEST]
