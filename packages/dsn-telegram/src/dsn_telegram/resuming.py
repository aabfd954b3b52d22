"""Remembering how far a message of several parts has come.

Only in this process: where another one tries it again, or this one was started anew, it begins
at the first part.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from dsn_telegram.composing import Part

MOST = 1000
"""Messages that are remembered; the oldest is forgotten first."""


class Unfinished:
    """The ids of the parts that were sent, by the delivery's key, while the parts stay the same."""

    def __init__(self) -> None:
        self.unlock()
        self._sent: OrderedDict[str, tuple[int, tuple[str, ...]]] = OrderedDict()

    def unlock(self) -> None:
        """In a forked child: nobody is left who would release the lock."""
        self._lock = threading.Lock()

    def keep(self, key: str, parts: tuple[Part, ...], ids: tuple[str, ...]) -> None:
        """The first ``ids`` of ``parts`` have arrived."""
        with self._lock:
            self._sent[key] = (hash(parts), ids)
            while len(self._sent) > MOST:
                self._sent.popitem(last=False)

    def take(self, key: str, parts: tuple[Part, ...]) -> tuple[str, ...]:
        """What was kept, once; nothing where the words have changed since."""
        with self._lock:
            fingerprint, ids = self._sent.pop(key, (0, ()))
        return ids if fingerprint == hash(parts) else ()


UNFINISHED: Final = Unfinished()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=UNFINISHED.unlock)
