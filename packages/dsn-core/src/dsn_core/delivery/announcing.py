"""Tells the host's receivers what has been recorded, and the rows in memory what they now are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core import signals
from dsn_core.models import Delivery
from dsn_core.states import State

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from django.dispatch import Signal

    from dsn_core.records.transitions import Change

ANNOUNCED: Mapping[State, Signal] = {
    State.SENT: signals.delivery_sent,
    State.DELIVERED: signals.delivery_sent,
    State.FAILED: signals.delivery_failed,
    State.UNKNOWN: signals.delivery_in_doubt,
    State.HELD: signals.delivery_held,
    State.CANCELLED: signals.delivery_cancelled,
}


def announce(changes: Sequence[Change], now: dt.datetime) -> None:
    """Send the signal of each change that has one. Never raises."""
    for change in changes:
        signal = ANNOUNCED.get(change.state)
        if signal is not None and signal.has_listeners(Delivery):
            signal.send_robust(sender=Delivery, delivery=_renewed(change, now))


def _renewed(change: Change, now: dt.datetime) -> Delivery:
    row = change.delivery
    for name, value in change.columns(now).items():
        setattr(row, name, value)
    row.attempts -= int(change.uncounted)
    return row
