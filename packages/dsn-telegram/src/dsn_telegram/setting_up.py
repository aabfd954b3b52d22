"""Telling Telegram where its updates go.

Example, in ``manage.py shell``::

    from dsn_telegram.setting_up import set_webhook

    set_webhook("https://shop.example/dsn/telegram/default/")
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar

from telegram.error import TelegramError

from dsn_telegram import answers
from dsn_telegram.accounts import Account
from dsn_telegram.bots import OFFICE
from dsn_telegram.updates import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from telegram import Bot

T = TypeVar("T")


class SetUpFailed(RuntimeError):
    """Telegram did not change the webhook; the message says why."""


def set_webhook(url: str, *, account: str = "default") -> None:
    """Let Telegram post updates to ``url``, which is public and HTTPS.

    ``account`` is one of ``settings.DSN["MESSENGERS"]["telegram"]``; its ``webhook_secret`` goes
    with each update. Raises ``LookupError`` where there is no such account, ``ValueError`` where it
    has no secret, and ``SetUpFailed`` in Telegram's words.
    """
    ours = _account(account)
    if not ours.webhook_secret:
        raise ValueError("The account has no webhook_secret, without which no update is believed.")
    _ask(
        ours,
        lambda bot: bot.set_webhook(
            url, secret_token=ours.webhook_secret, allowed_updates=list(KINDS)
        ),
    )


def delete_webhook(*, account: str = "default") -> None:
    """Let ``dsn_poll`` fetch the updates; those that wait are kept. Raises as ``set_webhook``."""
    _ask(_account(account), lambda bot: bot.delete_webhook())


def _account(name: str) -> Account:
    from django.conf import settings

    accounts = getattr(settings, "DSN", {}).get("MESSENGERS", {}).get("telegram", {})
    if name not in accounts:
        raise LookupError(f"DSN['MESSENGERS']['telegram'] has no account {name!r}.")
    known = {item.name for item in fields(Account)}  # A rate, for one, is core's.
    return Account(**{field: value for field, value in accounts[name].items() if field in known})


def _ask(account: Account, work: Callable[[Bot], Coroutine[object, object, T]]) -> None:
    try:
        OFFICE.ask(account, work)
    except TelegramError as error:
        raise SetUpFailed(answers.plain_words(error, account)) from None
