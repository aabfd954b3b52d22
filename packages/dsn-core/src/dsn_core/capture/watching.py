"""The watch: which index holds now, for this process and inside each transaction.

A shared index holds what is committed. A transaction in which triggers were edited has an index
of its own, bound to its connection by marks in the transaction: when a mark is gone, the edits
beside it were rolled back, which is found without a query.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from django.db import Error, connections

from dsn_core.capture.containing import contained
from dsn_core.capture.hearing import contain_errors
from dsn_core.capture.index import Index, load_index
from dsn_core.capture.reading import read_revision
from dsn_core.commits import CommitMark
from dsn_core.conf import config
from dsn_core.exceptions import DSNError
from dsn_core.models.alias import alias
from dsn_core.models.alias import connection as dsn_connection
from dsn_core.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.backends.base.base import BaseDatabaseWrapper

logger = logging.getLogger("dsn_core.capture")


@dataclass(slots=True)
class Private:
    """The index inside one transaction, None while it has to be read again."""

    index: Index | None = None
    marks: list[tuple[tuple[str, ...], CommitMark]] = field(default_factory=list)


class Watch:
    """Owns the indexes. ``on_change`` is called whenever another set of senders is watched, and
    ``on_stale`` whenever what is connected may no longer be enough."""

    def __init__(self, on_change: Callable[[], None], on_stale: Callable[[], None]) -> None:
        self._on_change = on_change
        self._on_stale = on_stale
        self._lock = threading.RLock()
        self._shared: Index | None = None
        self._look_at = 0.0
        self._privates: WeakKeyDictionary[BaseDatabaseWrapper, Private] = WeakKeyDictionary()

    @property
    def is_current(self) -> bool:
        """Is every index read that somebody may ask for?"""
        privates = list(self._privates.values())
        return self._shared is not None and all(private.index for private in privates)

    def current(self) -> Index:
        """The index that holds here and now; read, or looked at again, when it is time."""
        if self._privates:
            private = self._private_index()
            if private is not None:
                return private
        if self._shared is None or time.monotonic() >= self._look_at:
            self._look()
        return self._shared or Index()

    def indexes(self) -> Iterable[Index]:
        """Every index that is read: together they say what must be connected."""
        indexes = [self._shared, *(private.index for private in list(self._privates.values()))]
        return [index for index in indexes if index is not None]

    def edited(self, using: str) -> None:
        """Triggers were edited on ``using``, perhaps in a transaction that is still open."""
        if using != alias():
            return
        connection = connections[using]
        if connection.in_atomic_block:
            self._mark(connection)
        else:
            self._shared = None
        self._on_stale()

    def forget(self) -> None:
        """Read everything again at the next use."""
        self._shared = None
        for private in list(self._privates.values()):
            private.index = None
        self._on_stale()

    def refresh(self) -> None:
        """Look at the revision now, whenever the last look was."""
        self._look_at = 0.0
        self.current()

    def refresh_if_open(self) -> None:
        """Look at the revision if it is time and a connection is open: a health check, which
        needs no database, must not open one."""
        if dsn_connection().connection is not None:
            self.current()

    def _mark(self, connection: BaseDatabaseWrapper) -> None:
        private = self._privates.setdefault(connection, Private())
        private.index = None
        level = tuple(connection.savepoint_ids)
        if any(known == level and mark.is_set() for known, mark in private.marks):
            return
        mark = CommitMark(connection, lambda: self._committed(connection))
        private.marks.append((level, mark))

    def _committed(self, connection: BaseDatabaseWrapper) -> None:
        # A test that runs the callbacks of a transaction which it will roll back is no commit.
        if not connection.in_atomic_block:
            self._privates.pop(connection, None)
            self._shared = None
            self._on_stale()

    def _private_index(self) -> Index | None:
        connection = dsn_connection()
        private = self._privates.get(connection)
        if private is None:
            return None
        standing = [(level, mark) for level, mark in private.marks if mark.is_set()]
        if len(standing) < len(private.marks):
            private.marks, private.index = standing, None
        if not standing:
            self._drop(connection)
            return None
        if private.index is None:
            self._read_private(connection, private)
        return private.index

    @contain_errors
    def _read_private(self, connection: BaseDatabaseWrapper, private: Private) -> None:
        private.index = load_index(connection)
        self._on_change()

    def _drop(self, connection: BaseDatabaseWrapper) -> None:
        """Rolled back, or just being committed: the revision tells which, at the next look."""
        self._privates.pop(connection, None)
        self._look_at = 0.0
        self._on_change()

    @contain_errors
    def _look(self) -> None:
        # Contained here, not around each receiver: most signals need no look, and are not to pay.
        with self._lock:
            if self._shared is not None and time.monotonic() < self._look_at:
                return
            self._look_at = time.monotonic() + self._patience()
            found = self._read()
            if found is not self._shared:
                self._shared = found
                self._on_change()

    def _patience(self) -> float:
        try:
            seconds = config().refresh_seconds
        except DSNError:
            seconds = 1.0
        return float("inf") if seconds is None else seconds

    def _read(self) -> Index:
        connection = dsn_connection()
        if self._shared is None:
            return load_index(connection)
        if self._shared.tables_missing:
            # Asking inside a transaction would break it, where the tables are still missing.
            return self._shared if connection.in_atomic_block else load_index(connection)
        try:
            with quiet(connection), contained(connection):
                unchanged = read_revision(connection) == self._shared.revision
        except Error as error:
            logger.warning("The revision of the triggers cannot be read: %s", error)
            return self._shared
        return self._shared if unchanged else load_index(connection)
