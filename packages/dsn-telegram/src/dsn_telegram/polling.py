"""Fetching updates, for a machine that Telegram cannot reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram.error import TelegramError

from dsn_telegram import answers
from dsn_telegram.bots import OFFICE
from dsn_telegram.requesting import Answered
from dsn_telegram.updates import KINDS, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from telegram import Update

    from dsn_core import Linked, Moved, OptedIn, OptedOut
    from dsn_telegram.accounts import Account

LIMIT = 100
"""Updates at a time, the most that Telegram gives: https://core.telegram.org/bots/api#getupdates"""
CONFLICT = 409


class PollFailed(RuntimeError):
    """Telegram did not hand out the updates; nothing of them is lost."""


class WebhookIsSet(PollFailed):
    """Updates go to a webhook, or another process is fetching them."""


def poll(account: Account) -> Iterator[Linked | Moved | OptedIn | OptedOut]:
    """All that has happened, until there is nothing more for now.

    Telegram forgets an update when a later one is asked for: by then its reports are stored.
    """
    offset = None
    while updates := _fetch(account, offset):
        for update in updates:
            yield from read(update.to_dict(), account.name)
        offset = updates[-1].update_id + 1


def _fetch(account: Account, offset: int | None) -> Sequence[Update]:
    try:
        return OFFICE.ask(
            account,
            lambda bot: bot.get_updates(
                offset=offset, limit=LIMIT, timeout=0, allowed_updates=list(KINDS)
            ),
        )
    except TelegramError as error:
        # Not "from error": what caused it may hold the address, and so the token.
        raise _failure(error, account) from None


def _failure(error: TelegramError, account: Account) -> PollFailed:
    words = answers.plain_words(error, account)
    if not isinstance(error, Answered):
        return PollFailed(f"Telegram could not be asked for updates: {words}")
    if error.status == CONFLICT:
        return WebhookIsSet(
            "Telegram gives no updates to dsn_poll while a webhook is set or another process "
            f"fetches them; use one of them. It says: {words}"
        )
    if error.status in {401, 404}:
        return PollFailed(answers.token_words(words))
    return PollFailed(f"Telegram refused to give updates: {words}")
