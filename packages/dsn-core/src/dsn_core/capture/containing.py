"""Statements of ours that may fail inside the user's transaction without breaking it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from dsn_core.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

SAVEPOINT = "dsn_capture"


def needs_savepoint(connection: BaseDatabaseWrapper) -> bool:
    """Would a statement that fails break the transaction that is open? On SQLite it never does.

    Where the host has switched autocommit off, one is always open.
    """
    if connection.vendor == "sqlite":
        return False
    return connection.in_atomic_block or not connection.get_autocommit()


@contextmanager
def contained(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """What fails within it is rolled back alone, and raised. No counter sees the savepoint."""
    if not needs_savepoint(connection):
        yield
        return
    _run(connection, connection.ops.savepoint_create_sql(SAVEPOINT))
    try:
        yield
    except BaseException:
        undo(connection)
        raise
    _run(connection, connection.ops.savepoint_commit_sql(SAVEPOINT))


def undo(connection: BaseDatabaseWrapper) -> None:
    """Roll back to the savepoint. Raises nothing new where the transaction was broken before."""
    _run(connection, connection.ops.savepoint_rollback_sql(SAVEPOINT))
    _run(connection, connection.ops.savepoint_commit_sql(SAVEPOINT))


def _run(connection: BaseDatabaseWrapper, sql: str) -> None:
    with quiet(connection), connection.cursor() as cursor:
        cursor.execute(sql)
