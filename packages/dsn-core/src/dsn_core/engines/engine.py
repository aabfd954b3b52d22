"""An engine: who looks for work after the doorbell has rung."""

from __future__ import annotations

from abc import ABC, abstractmethod


class Engine(ABC):
    """Named by its dotted path in ``DSN["ENGINE"]``; one instance in each process.

    A ring only says "look now": what is to be done stands in rows, so a lost ring costs time but
    never a message.
    """

    @abstractmethod
    def ring(self) -> None:
        """Look for work, or tell somebody to. After a commit, in the thread that committed.

        It may raise: the doorbell keeps that from the caller, and rests after a few times.
        """
