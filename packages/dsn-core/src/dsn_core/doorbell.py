"""The doorbell: tells the configured engine, after the commit, that there is something to do.

A ring may be lost: what is to be done stands in rows, and every engine also looks by itself.
"""

from __future__ import annotations

import logging
import threading
import time
import weakref
from functools import cache
from typing import TYPE_CHECKING, Protocol

from django.core.signals import setting_changed
from django.db import connections
from django.utils.module_loading import import_string

from dsn_core.commits import CommitMark
from dsn_core.conf import INLINE, WORKER, config

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger("dsn_core.doorbell")

MOST_FAILURES = 3
REST_SECONDS = 30.0


class Ringable(Protocol):
    """What the doorbell needs of an engine."""

    def ring(self) -> None:
        """Look for work."""


class Breaker:
    """After a few failures in a row it lets nobody through for a while."""

    def __init__(self) -> None:
        self._failures = 0
        self._rests_until = float("-inf")

    def is_closed(self) -> bool:
        """May it be tried?"""
        return time.monotonic() >= self._rests_until

    def succeeded(self) -> None:
        """It works."""
        self._failures = 0

    def failed(self) -> bool:
        """It does not; True where this opens the breaker."""
        self._failures += 1
        if self._failures < MOST_FAILURES:
            return False
        self._rests_until = time.monotonic() + REST_SECONDS
        return True


class _Ring(CommitMark):
    """A mark that is forgotten with the transaction: only Django's list of callbacks holds it."""

    __slots__ = ("__weakref__",)


class Doorbell:
    """Rings once in a transaction, however often it is pressed."""

    def __init__(self) -> None:
        self._rings: weakref.WeakKeyDictionary[BaseDatabaseWrapper, weakref.ref[_Ring]] = (
            weakref.WeakKeyDictionary()
        )
        self._lock = threading.Lock()
        self._breaker = Breaker()

    def press(self, using: str) -> None:
        """Ring after the commit on this alias; at once where no transaction is open.

        Not where autocommit is off: Django has no callback for such a commit.
        """
        connection = connections[using]
        if not connection.in_atomic_block and not connection.get_autocommit():
            return  # Nobody is told of a commit that the host makes by hand: a sweep finds it.
        with self._lock:
            last = self._rings.get(connection)
        ring = None if last is None else last()
        if ring is not None and ring.is_set():
            return
        ring = _Ring(connection, self.answer)
        with self._lock:
            self._rings[connection] = weakref.ref(ring)

    def answer(self) -> None:
        """Call the engine, unless it has failed too often. Never raises."""
        if not self._breaker.is_closed():
            return
        try:
            engine_at(config().engine).ring()
        except Exception as error:
            if self._breaker.failed():
                logger.exception(
                    "The engine failed %s times in a row (%s); it is left alone for %.0f s. "
                    "Nothing is lost: what is due waits for a worker.",
                    MOST_FAILURES,
                    type(error).__name__,
                    REST_SECONDS,
                )
        else:
            self._breaker.succeeded()


@cache
def engine_at(path: str) -> Ringable:
    """The engine at this dotted path. Raises ``ImportError``."""
    engine: Ringable = import_string(path)()
    return engine


@cache
def doorbell() -> Doorbell:
    """This process's doorbell."""
    return Doorbell()


def load_engine() -> None:
    """Import an engine that is not core's plainest: it may register something, such as a task.

    Never raises: what cannot be imported cannot be rung either, and is told then.
    """
    try:
        path = config().engine
        if path not in (INLINE, WORKER):
            engine_at(path)
    except Exception as error:  # noqa: BLE001  # a site starts whatever its settings say
        logger.warning("The engine cannot be loaded: %s", type(error).__name__)


def ring(using: str) -> None:
    """Say that there is something to do, once what was written on ``using`` is committed.

    Never raises, and rings once in a transaction.
    """
    try:
        doorbell().press(using)
    except Exception:
        logger.exception("The doorbell could not be rung; what is due waits for a worker.")


def _forget(*, setting: str, **_: object) -> None:
    if setting == "DSN":
        engine_at.cache_clear()
        doorbell.cache_clear()


setting_changed.connect(_forget, dispatch_uid="dsn.doorbell")
