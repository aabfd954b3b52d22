"""Queries of our own housekeeping, which no host's query counter or query log may see."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def quiet(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Within it, ``assertNumQueries``, the debug log and execute wrappers see no query of ours."""
    before = connection.force_debug_cursor, connection.queries_log, connection.execute_wrappers
    hidden: deque[Any] = deque(maxlen=1)
    connection.force_debug_cursor, connection.queries_log = False, hidden
    connection.execute_wrappers = []
    try:
        yield
    finally:
        connection.force_debug_cursor, connection.queries_log, connection.execute_wrappers = before
