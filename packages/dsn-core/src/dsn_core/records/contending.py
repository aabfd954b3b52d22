"""Trying a write again where the database says that somebody else was in the way."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, TypeVar

from django.db import InterfaceError, OperationalError

from dsn_core.models.alias import connection

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

TRIES = 8
LONGEST_PAUSE = 0.5
IN_THE_WAY = (
    "locked",
    "deadlock",
    "could not serialize",
    "lock wait timeout",
    "record has changed since last read",
)
"""How SQLite, PostgreSQL and MariaDB say it."""


def contend(write: Callable[[], T]) -> T:
    """The result of ``write``, tried again a bounded number of times while others are in the way.

    Not inside a transaction: there only its owner can begin again. Raises what ``write`` raises.
    """
    for attempt in range(1, TRIES):
        try:
            return write()
        except OperationalError as error:
            if connection().in_atomic_block or not is_in_the_way(error):
                raise
            _pause(attempt)
    return write()


def persist(write: Callable[[], T], *, is_lost: Callable[[], bool]) -> T:
    """As ``contend``, and over a connection that is lost: what was sent must be noted.

    Tried until ``is_lost()``; then it raises what ``write`` raises.
    """
    attempt = 0
    while True:
        try:
            return contend(write)
        except (OperationalError, InterfaceError):
            if connection().in_atomic_block or is_lost():
                raise
            attempt += 1
            connection().close_if_unusable_or_obsolete()
            _pause(attempt)


def is_in_the_way(error: OperationalError) -> bool:
    """Did another transaction stop this one, so that it may simply begin again?"""
    text = str(error).lower()
    return any(words in text for words in IN_THE_WAY)


def _pause(attempt: int) -> None:
    time.sleep(random.uniform(0.2, 1) * min(LONGEST_PAUSE, 0.01 * 2**attempt))
