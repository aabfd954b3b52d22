"""One event loop in a thread of its own, and one bot for each account, for the whole process.

A bot belongs to the loop in which it first spoke, and making one costs 44 ms: so all threads that
send share these.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Final, TypeVar

from telegram.error import TelegramError

from dsn_telegram.redacting import Censor
from dsn_telegram.requesting import CONNECT, READ, WRITE, make_bot

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Coroutine

    from telegram import Bot

    from dsn_telegram.accounts import Account

T = TypeVar("T")

DEADLINE = CONNECT + WRITE + READ + 5.0
"""Seconds after which nobody waits for an answer any more, however slowly it drips in."""
FAREWELL = 2.0
"""Seconds that closing may take when the process ends."""


UNREADABLE = (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError)
"""What python-telegram-bot raises where an answer is not in the form that it knows."""


class Unanswered(TelegramError):
    """Telegram was asked and has not answered in time."""


class Unreadable(TelegramError):
    """Telegram was asked and has answered, in words that python-telegram-bot cannot read."""


class Office:
    """Owns the loop, its thread and the bots; made anew after a fork."""

    def __init__(self) -> None:
        self._censor = Censor()
        self._left_behind: list[object] = []
        self._tls: ssl.SSLContext | None = None
        self._begin()

    def ask(self, account: Account, work: Callable[[Bot], Coroutine[object, object, T]]) -> T:
        """What ``work`` gives for the account's bot. Raises ``TelegramError``."""
        loop, bot = self._open(account)
        future = asyncio.run_coroutine_threadsafe(work(bot), loop)
        try:
            return future.result(DEADLINE)
        except (CancelledError, TimeoutError):
            future.cancel()
            raise Unanswered(f"no answer within {DEADLINE:.0f} seconds") from None
        except UNREADABLE as error:
            # Not "from error": what could not be read may hold anything.
            raise Unreadable(f"the answer cannot be read: {type(error).__name__}") from None

    def prepare(self, account: Account) -> None:
        """Have the account's bot ready, so that the first question need not wait for it."""
        self._open(account)

    def forget(self) -> None:
        """In a forked child: begin anew, and leave the parent's loop and connections alone.

        They are kept, not closed: its sockets and what watches them are the parent's too.
        """
        self._left_behind.append((self._loop, self._bots))
        self._begin()

    def close(self) -> None:
        """Hang up and stop the loop. The next question opens them again."""
        with self._lock:
            loop, thread, bots = self._loop, self._thread, self._bots
            self._begin()
        if loop is None or thread is None or not thread.is_alive():
            return
        asyncio.run_coroutine_threadsafe(_hang_up(list(bots.values()), loop), loop)
        thread.join(FAREWELL)
        if not thread.is_alive():
            loop.close()

    def _begin(self) -> None:
        # A lock that another thread held at the fork would never be released in the child.
        self._lock = threading.Lock()
        self._pid = os.getpid()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._bots: dict[tuple[str, str], Bot] = {}

    def _open(self, account: Account) -> tuple[asyncio.AbstractEventLoop, Bot]:
        if self._pid != os.getpid():  # A fork of which Python was not told.
            self.forget()
        key = (account.base, account.token)
        loop, bot = self._loop, self._bots.get(key)
        if loop is not None and bot is not None:
            return loop, bot
        with self._lock:
            return self._running(), self._bots.get(key) or self._hire(key)

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(
                target=self._loop.run_forever, name="dsn-telegram", daemon=True
            )
            self._thread.start()
        return self._loop

    def _hire(self, key: tuple[str, str]) -> Bot:
        import httpx

        self._tls = self._tls or httpx.create_ssl_context()
        api_url, token = key
        self._censor.learn(token)
        bot = make_bot(api_url, token, self._tls)
        self._bots[key] = bot
        return bot


async def _hang_up(bots: list[Bot], loop: asyncio.AbstractEventLoop) -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    for bot in bots:
        await bot.request.shutdown()
    await loop.shutdown_default_executor()
    loop.call_soon(loop.stop)


OFFICE: Final = Office()
atexit.register(OFFICE.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=OFFICE.forget)
