"""A mark in a transaction: is it still there, was it rolled back, has it been committed?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.backends.base.base import BaseDatabaseWrapper


class CommitMark:
    """One ``on_commit`` callback of a connection, which can be found again without a query.

    A savepoint that is rolled back takes the marks set in it away, as it takes the rows written
    in it; a mark that is gone therefore means that what was done beside it is gone.
    """

    __slots__ = ("_connection", "_position", "_then")

    def __init__(self, connection: BaseDatabaseWrapper, then: Callable[[], None]) -> None:
        """Set the mark; ``then`` runs after the commit, at once where no transaction is open."""
        self._connection = connection
        self._then = then
        self._position = len(connection.run_on_commit)
        transaction.on_commit(self.run, using=connection.alias, robust=True)

    def run(self) -> None:
        """What Django calls after the commit."""
        self._then()

    def is_set(self) -> bool:
        """Is the transaction in which the mark was set still open, and not rolled back?

        The position is a hint: callbacks before it may have gone with a savepoint.
        """
        waiting = self._connection.run_on_commit
        if self._position < len(waiting) and self._owns(waiting[self._position][1]):
            return True
        for position, entry in enumerate(waiting):
            if self._owns(entry[1]):
                self._position = position
                return True
        return False

    def _owns(self, callback: object) -> bool:
        return getattr(callback, "__self__", None) is self
