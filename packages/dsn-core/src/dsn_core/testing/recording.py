"""What stands in for messengers: it keeps what they would have sent, and answers as it is told."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

from dsn_core.contract.messenger import Messenger
from dsn_core.contract.outcome import Accepted, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

    from dsn_core.contract.message import Envelope
    from dsn_core.contract.messenger import Problem
    from dsn_core.contract.report import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One envelope, and the key and account of the messenger that would have sent it."""

    messenger: str
    account: str
    envelope: Envelope


@dataclass(slots=True, kw_only=True)
class Order:
    """What is to be answered instead, so many times (None: always), to whom it is about."""

    outcome: Refused
    is_about: Callable[[str, Envelope], bool]
    times: int | None


class Tape:
    """What all recorders of a process were given. They run in threads of their own."""

    def __init__(self) -> None:
        self._taken: list[Taken] = []
        self._orders: list[Order] = []
        self._lock = threading.Lock()

    def answer(self, messenger: Messenger, envelope: Envelope) -> Accepted | Refused:
        """Refuse as ordered, or else keep it. The service's id is the delivery's own key."""
        with self._lock:
            for order in self._orders:
                if order.times != 0 and order.is_about(messenger.key, envelope):
                    order.times = None if order.times is None else order.times - 1
                    return order.outcome
            self._taken.append(
                Taken(messenger=messenger.key, account=messenger.account_name, envelope=envelope)
            )
        return Accepted(provider_id=envelope.key)

    def order(self, order: Order) -> None:
        """From now on. What was ordered first comes first."""
        with self._lock:
            self._orders.append(order)

    def withdraw(self, order: Order) -> None:
        """It does not count any more."""
        with self._lock:
            self._orders.remove(order)

    def take(self) -> list[Taken]:
        """All that was kept since the last time."""
        with self._lock:
            taken, self._taken = self._taken, []
        return taken


class Recorder(Messenger):
    """Comes before a messenger in a class of both: it has that one's words, but sends nothing.

    It waits for no slot, opens no connection, and asks its service nothing.
    """

    tape: ClassVar[Tape]
    rate = None
    rate_per_address = None
    concurrency = 1
    address_rate = Messenger.address_rate
    send_many = Messenger.send_many

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """There is nothing to close."""

    def send(self, envelope: Envelope) -> Accepted | Refused:
        """Keep it, or refuse it as ordered."""
        return self.tape.answer(self, envelope)

    def poll(self) -> Iterable[Report]:
        """Nobody is asked."""
        return ()

    def probe(self) -> Iterable[Problem]:
        """Nobody is asked."""
        return ()


def recorder_of(messenger: type[Messenger], tape: Tape) -> type[Messenger]:
    """``messenger`` itself, but that what it would send goes on ``tape``.

    Its addresses, limits, options and abilities are its own, and so the words are.
    """
    named = {"__module__": messenger.__module__, "__doc__": messenger.__doc__, "tape": tape}
    return type(messenger.__name__, (Recorder, messenger), named)
