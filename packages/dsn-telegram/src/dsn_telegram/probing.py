"""What Telegram itself says about an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram.error import TelegramError

from dsn_core import Problem
from dsn_telegram import answers
from dsn_telegram.bots import OFFICE
from dsn_telegram.redacting import shorten, strike
from dsn_telegram.requesting import Answered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from telegram import WebhookInfo

    from dsn_telegram.accounts import Account


def probe(account: Account) -> Iterator[Problem]:
    """Who is the bot, and where do its updates go?"""
    try:
        bot = OFFICE.ask(account, lambda bot: bot.get_me())
        info = OFFICE.ask(account, lambda bot: bot.get_webhook_info())
    except TelegramError as error:
        yield _refused(error, account)
        return
    name = bot.username or ""
    if account.name and name.lower() != account.name.lower():
        yield Problem(
            message=f"The token is that of @{name}, not of @{account.name}",
            hint="Links lead to another bot than the one that sends. Correct 'username'.",
        )
    yield from _webhook_problems(info, account)


def _refused(error: TelegramError, account: Account) -> Problem:
    words = answers.plain_words(error, account)
    if not isinstance(error, Answered):
        return Problem(
            message=f"Telegram cannot be reached: {words}",
            hint="Is 'api_url' right, and may this machine reach it?",
        )
    if error.status in {401, 404}:
        hint = "Copy it from @BotFather again; /revoke gives a new one."
        return Problem(message=answers.token_words(words), hint=hint)
    return Problem(message=f"Telegram refused to answer: {words}")


def _webhook_problems(info: WebhookInfo, account: Account) -> Iterator[Problem]:
    url = strike(info.url, account.token, account.webhook_secret)
    if info.url and not account.webhook_secret:
        yield Problem(
            message=f"Updates go to {url}, but without a webhook_secret none is believed",
            hint="Set 'webhook_secret' and the webhook again, or delete the webhook and poll.",
        )
    if not info.url and account.webhook_secret:
        yield Problem(
            message="There is a webhook_secret, but Telegram knows of no webhook",
            hint="Set the webhook; until then dsn_poll fetches the updates.",
            serious=False,
        )
    if info.url and info.last_error_message:
        when = f" ({info.last_error_date:%F %T %Z})" if info.last_error_date else ""
        words = strike(info.last_error_message, account.token, account.webhook_secret)
        yield Problem(
            message=shorten(f"Telegram could not deliver an update to {url}: {words}{when}"),
            hint=f"{info.pending_update_count} updates wait; Telegram keeps them for a day.",
            serious=False,
        )
