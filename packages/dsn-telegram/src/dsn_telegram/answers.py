"""From Telegram's answer, or its silence, to the outcome that DSN stores.

The words are those of the Bot API server (https://github.com/tdlib/telegram-bot-api); it has no
codes but the HTTP status.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from telegram.error import InvalidToken

from dsn_core import Refusal, Refused, Scope
from dsn_telegram.redacting import shorten, strike
from dsn_telegram.requesting import Answered, ProxyUnusable

if TYPE_CHECKING:
    from telegram.error import TelegramError

    from dsn_telegram.accounts import Account
    from dsn_telegram.addresses import Chat

THREAD_NOT_FOUND = "message thread not found"
CANNOT_PARSE = "can't parse entities"

UNREACHABLE_CHAT = (
    "chat not found",  # Also "private chat not found".
    "user not found",
    "peer_id_invalid",
    "user_id_invalid",
    "chat_id is empty",
    "group is deactivated",
    "chat_write_forbidden",
    "have no rights to send a message",
    "channel_private",
    "user_is_blocked",
    "user_deactivated",
    THREAD_NOT_FOUND,
)
"""In a 400: this chat takes no message of the bot. In capitals, the words of Telegram's core."""
CLOSED_TO_THE_BOT = (
    "bot was blocked by the user",
    "user is deactivated",
    "bot can't initiate conversation",
    "bot was kicked",
    "bot is not a member",
    "group chat was deleted",
    "can't send messages to bots",
)
"""In a 403."""
OPTED_OUT = ("bot was blocked by the user", "bot was kicked", "user_is_blocked")
"""The person, or the group, wants no more; should she think better of it, an update says so."""
FROZEN = "frozen_method_invalid"
OVERLOADED = frozenset({502, 503, 504})
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
"""The request did not leave this machine."""
NO_ADDRESS = (
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.LocalProtocolError,
    UnicodeEncodeError,
)
"""There is no such ``api_url``, or none can be made with this token."""


def says(error: TelegramError, words: str) -> bool:
    """Has Telegram refused with ``words``?"""
    return isinstance(error, Answered) and words in error.description.lower()


def moved_to(error: TelegramError) -> int | None:
    """The supergroup that the group has become, where that is why Telegram refused."""
    return error.number("migrate_to_chat_id") if isinstance(error, Answered) else None


def refused(error: TelegramError, chat: Chat, account: Account) -> Refused:
    """What a message's failure means for what happens next."""
    if isinstance(error, Answered):
        return _of_answer(error, chat, account)
    return _of_silence(error, account)


def token_words(words: str) -> str:
    """What to say to somebody whose token was refused."""
    return f"Telegram does not know this token: {words}"


def plain_words(error: TelegramError, account: Account) -> str:
    """What was said, or did not happen, without the secrets of ``account``."""
    words = error.description if isinstance(error, Answered) else _silence_words(error, account)
    return shorten(strike(words, account.token, account.webhook_secret))


def _of_answer(error: Answered, chat: Chat, account: Account) -> Refused:
    words = plain_words(error, account)
    refusal = _meaning(error, chat)
    if error.status in {401, 404}:
        words = token_words(words) if error.spoken else f"{account.place} is no Bot API: {words}"
    wait = error.number("retry_after")
    return Refused(
        refusal=refusal,
        code=str(error.status),
        reason=words,
        retry_after=float(wait) if wait is not None else None,
        scope=_who_waits(error, refusal, chat),
        opted_out=refusal is Refusal.ADDRESS and any(says(error, each) for each in OPTED_OUT),
    )


def _meaning(error: Answered, chat: Chat) -> Refusal:
    if error.status >= 500:
        return Refusal.IN_DOUBT
    if error.status in {401, 404}:
        return Refusal.ACCOUNT
    if error.status == 413:
        return Refusal.MESSAGE
    if error.status == 400 and error.spoken:
        return _of_bad_request(error)
    if error.status == 403 and error.spoken:
        closed = chat.is_group or any(says(error, words) for words in CLOSED_TO_THE_BOT)
        return Refusal.ADDRESS if closed else Refusal.MESSAGE
    return Refusal.RETRY


def _of_bad_request(error: Answered) -> Refusal:
    if says(error, FROZEN):
        return Refusal.ACCOUNT
    if any(says(error, words) for words in UNREACHABLE_CHAT):
        return Refusal.ADDRESS
    return Refusal.MESSAGE


def _who_waits(error: Answered, refusal: Refusal, chat: Chat) -> Scope:
    """A 429 does not say which limit it is about.

    A group's own limit (20 a minute) is by far the lower one, so there it is taken for the
    group's; a person's chat is seldom what is flooded, so there it is the bot's 30 a second.
    """
    if error.status == 429:
        return Scope.ADDRESS if chat.is_group else Scope.ACCOUNT
    waits = error.status in OVERLOADED or refusal is Refusal.ACCOUNT
    return Scope.ACCOUNT if waits else Scope.MESSAGE


def _of_silence(error: TelegramError, account: Account) -> Refused:
    cause = error.__cause__
    refusal, scope = Refusal.IN_DOUBT, Scope.MESSAGE
    if isinstance(cause, NO_ADDRESS) or isinstance(error, InvalidToken | ProxyUnusable):
        refusal, scope = Refusal.ACCOUNT, Scope.ACCOUNT
    elif isinstance(cause, NOT_SENT):
        busy = isinstance(cause, httpx.PoolTimeout)
        refusal, scope = Refusal.RETRY, Scope.MESSAGE if busy else Scope.ACCOUNT
    code = type(cause or error).__name__
    return Refused(refusal=refusal, code=code, reason=plain_words(error, account), scope=scope)


def _silence_words(error: TelegramError, account: Account) -> str:
    cause = error.__cause__
    words = str(cause or error) or str(error)
    return f"{account.place}: {words or type(cause or error).__name__}"
