"""A switch that turns capture off while DSN itself works: it must never feed itself."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_paused: ContextVar[bool] = ContextVar("dsn_capture_paused", default=False)


@contextmanager
def capture_paused() -> Iterator[None]:
    """Within it, in this thread or task, no signal is captured."""
    token = _paused.set(True)
    try:
        yield
    finally:
        _paused.reset(token)


def is_capture_paused() -> bool:
    """Is this thread or task inside ``capture_paused``?"""
    return _paused.get()
