"""Live counts: one look at the table a second for all who listen, however many they are.

A ``Watcher`` belongs to one event loop. It asks the database in a thread of its own, and wakes only
those listeners for whom something has changed. What that is, each then asks for herself.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

from django.db import close_old_connections, connections
from django.db.models import Count, Max, Q

from dsn_inbox.models import InboxMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

logger = logging.getLogger("dsn_inbox")

T = TypeVar("T")

LOOK_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
"""After so much silence a sign of life, by which a connection that is dead is noticed."""
MOST_IN_QUERY = 500

Mark = tuple[int, int, int]
"""What tells a change: how many are unread, how many unseen, and the newest unread one's id."""
NOTHING: Mark = (0, 0, 0)


class Listener:
    """Somebody who wants to hear of changes. ``told``: how many unread and unseen she knows of."""

    def __init__(self) -> None:
        self.told: tuple[int, int] | None = None
        self._changed = asyncio.Event()
        self._changed.set()

    async def has_changed(self) -> bool:
        """True at once, and whenever something has changed; False for a sign of life."""
        try:
            await asyncio.wait_for(self._changed.wait(), HEARTBEAT_SECONDS)
        except TimeoutError:
            return False
        self._changed.clear()
        return True

    def compare(self, mark: Mark, *, is_new: bool) -> None:
        """Wake her where the mark is a new one, or another than what she was told meanwhile."""
        if is_new or self.told not in (None, mark[:2]):
            self._changed.set()


class Watcher:
    """Looks for changes as long as anybody listens."""

    def __init__(self) -> None:
        self._listeners: dict[object, set[Listener]] = {}
        self._marks: dict[object, Mark] = {}
        self._task: asyncio.Task[None] | None = None
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="dsn-inbox-watcher")

    @contextmanager
    def listening(self, user_pk: object) -> Iterator[Listener]:
        """A listener for what becomes of one user's messages."""
        listener = Listener()
        self._listeners.setdefault(user_pk, set()).add(listener)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch())
        try:
            yield listener
        finally:
            self._forget(user_pk, listener)

    async def ask(self, question: Callable[[object], T], user: object) -> T:
        """What ``question`` says of ``user``; in the watcher's thread, on its one connection."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, _asked, question, user)

    def _forget(self, user_pk: object, listener: Listener) -> None:
        self._listeners[user_pk].discard(listener)
        if not self._listeners[user_pk]:
            del self._listeners[user_pk]
            self._marks.pop(user_pk, None)

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while self._listeners:
            users = list(self._listeners)
            try:
                marks = await loop.run_in_executor(self._executor, look, users)
            except Exception:  # who listens must still hear of the next change
                logger.exception("The inbox could not be looked at; again in a second.")
            else:
                for user_pk in users:
                    self._compare(user_pk, marks.get(user_pk, NOTHING))
            await asyncio.sleep(LOOK_SECONDS)

    def _compare(self, user_pk: object, mark: Mark) -> None:
        if user_pk not in self._listeners:
            return
        is_new = self._marks.get(user_pk) != mark
        self._marks[user_pk] = mark
        for listener in self._listeners[user_pk]:
            listener.compare(mark, is_new=is_new)


def hang_up() -> None:
    """Close this thread's connections: who listens for minutes needs none of her own."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


def _asked(question: Callable[[object], T], user: object) -> T:
    close_old_connections()
    try:
        return question(user)
    finally:
        close_old_connections()


def look(users: Sequence[object]) -> Mapping[object, Mark]:
    """The marks of those of ``users`` who have anything unread; in one query for 500 of them."""
    close_old_connections()
    try:
        return {pk: mark for some in _slices(users) for pk, mark in _marks(some).items()}
    finally:
        close_old_connections()


def _marks(users: Sequence[object]) -> Mapping[object, Mark]:
    rows = InboxMessage.objects.current().unread().filter(Q(("user_id__in", users))).order_by()
    found = rows.values_list("user_id").annotate(
        unread=Count("pk"), unseen=Count("pk", filter=Q(seen_at__isnull=True)), newest=Max("pk")
    )
    return {pk: (unread, unseen, newest) for pk, unread, unseen, newest in found}


def _slices(users: Sequence[object]) -> list[Sequence[object]]:
    return [users[start : start + MOST_IN_QUERY] for start in range(0, len(users), MOST_IN_QUERY)]


@cache
def _watchers() -> WeakKeyDictionary[asyncio.AbstractEventLoop, Watcher]:
    return WeakKeyDictionary()


def watcher() -> Watcher:
    """The one of the running event loop."""
    loop = asyncio.get_running_loop()
    found = _watchers().get(loop)
    if found is None:
        found = _watchers()[loop] = Watcher()
    return found
