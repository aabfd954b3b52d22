"""Time that passes when a test says so: delays, postponements and retries happen now."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db.models import F

from dsn_core.models import AccountState, AddressSlot, Delivery, Event, InboundReport, Link
from dsn_core.models.alias import alias
from dsn_core.states import EventState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import Model

MOMENTS: Mapping[type[Model], tuple[str, ...]] = {
    AccountState: ("next_slot",),
    AddressSlot: ("next_slot", "planned_until"),
    Delivery: ("next_at", "lease_until", "expires_at"),
    Event: ("next_at", "lease_until"),
    InboundReport: ("next_at",),
    Link: ("expires_at",),
}
"""By model, the moments that something waits for, or lasts until."""


def let_time_pass(delta: dt.timedelta) -> None:
    """Make it ``delta`` later for all that DSN waits for. Nothing is done about it yet.

    A database's clock cannot be set, so the moments are moved instead: each of ``MOMENTS`` to
    ``delta`` earlier, as they would lie from a later now. So are those from which a time is still
    to be counted: when a pending event happened, and when a waiting report came in. What has
    happened otherwise stays when it was, and so do ``timezone.now()`` and ``{% now %}``.

    Example: ``let_time_pass(timedelta(hours=8))``
    """
    for model, names in MOMENTS.items():
        _move(model, names, delta)
    _move(Event, ("captured_at",), delta, state=EventState.PENDING)
    _move(InboundReport, ("received_at",), delta, applied_at=None)


def _move(model: type[Model], names: tuple[str, ...], delta: dt.timedelta, **which: object) -> None:
    rows = model._base_manager.using(alias()).filter(**which)
    rows.update(**{name: F(name) - delta for name in names})


class Clock:
    """The clock of an outbox.

    Example: ``dsn_clock.advance(hours=8)``
    """

    def __init__(self, perform: Callable[[], object]) -> None:
        """``perform`` does all that is due."""
        self._perform = perform

    def advance(self, delta: dt.timedelta | None = None, /, **units: float) -> None:
        """Let so much time pass, at once, and do all that is due then.

        ``delta``, or ``units`` as ``timedelta`` takes them. What is due now is done before. It is
        one leap: what is refused once more waits anew. Raises ``TypeError`` for a number without
        its unit or for nothing, ``ValueError`` for going back.

        Example: ``advance(minutes=10)``, ``advance(timedelta(days=1))``
        """
        given: object = delta
        if not (isinstance(given, dt.timedelta) or (given is None and units)):
            raise TypeError("Say the unit: advance(minutes=10).")
        passed = (delta or dt.timedelta()) + dt.timedelta(**units)
        if passed <= dt.timedelta():
            raise ValueError(f"Time passes forwards only; {passed} is not ahead.")
        self._perform()
        let_time_pass(passed)
        self._perform()
