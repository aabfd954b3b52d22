"""Keeping tokens out of what is stored and shown."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsn_sms.accounts import Account

LONGEST = 500
SHORTEST = 3


def redact(text: str, account: Account) -> str:
    """``text`` on one line, cut to 500 characters, with each form of the secrets struck out."""
    for form in sorted(_forms(account), key=len, reverse=True):
        text = text.replace(form, "***")
    return " ".join(text.split())[:LONGEST]


def _forms(account: Account) -> Iterator[str]:
    """Each secret as it is, and as it stands in HTTP's basic authorization."""
    for user, secret in (
        (account.account_sid, account.auth_token),
        (account.api_key, account.api_secret),
    ):
        if len(secret) >= SHORTEST:
            yield secret
            yield b64encode(f"{user}:{secret}".encode()).decode()
