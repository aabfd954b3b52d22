"""Who fans out an event: claimed with a lease, and every write of a planner fenced by it."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import connections, transaction
from django.db.models import DateTimeField, F, Q, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from dsn_core.conf import config
from dsn_core.models.alias import alias
from dsn_core.models.event import Event
from dsn_core.records.clock import from_now, moment
from dsn_core.states import EventState

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from dsn_core.records.clock import Moment

LONGEST_DELAY = 3600.0
"""Seconds between two tries of an event that cannot be fanned out whole."""


def claim() -> Event | None:
    """Lease the oldest event that is due, and count the attempt; None where none is due."""
    using = alias()
    if not connections[using].features.has_select_for_update_skip_locked:
        return _claim_unlocked(using)
    with transaction.atomic(using=using):
        event = _due(using).select_for_update(skip_locked=True).first()
        return event if event is not None and _take(event, using) else None


def _claim_unlocked(using: str) -> Event | None:
    # No transaction: one that reads first and writes then is refused while another writes.
    while (event := _due(using).first()) is not None:
        if _take(event, using):
            return event
    return None


def _due(using: str) -> QuerySet[Event]:
    # An event is made due by some process's clock, which may be ahead of the database's.
    now = Greatest(moment(), Value(timezone.now()), output_field=DateTimeField())
    due = Event.objects.using(using).filter(state=EventState.PENDING, next_at__lte=now)
    return due.filter(_is_free()).order_by("next_at", "id")


def _is_free() -> Q:
    return Q(lease__isnull=True) | Q(lease_until__lt=from_now())


def _lease_end() -> Moment:
    return from_now(config().lease_seconds)


def _take(event: Event, using: str) -> bool:
    lease = uuid.uuid4()
    rows = Event.objects.using(using).filter(pk=event.pk, state=EventState.PENDING)
    taken = rows.filter(_is_free()).update(
        lease=lease, lease_until=_lease_end(), attempts=F("attempts") + 1
    )
    event.lease, event.attempts = lease, event.attempts + 1
    return taken == 1


def _update(event: Event, **values: Any) -> bool:
    """Write to the event where the lease is still ours."""
    rows = Event.objects.using(alias()).filter(pk=event.pk, lease=event.lease)
    return rows.filter(state=EventState.PENDING).update(**values) == 1


def _release(event: Event, **values: Any) -> bool:
    return _update(event, lease=None, lease_until=None, **values)


def advance(event: Event, cursor: dict[str, object]) -> bool:
    """Store how far the fan-out has come and renew the lease. False where it is ours no longer."""
    return _update(event, cursor=cursor, lease_until=_lease_end())


def finish(event: Event, reason: str) -> bool:
    """It is fanned out whole; ``reason`` says what was left out on purpose."""
    return _release(event, state=EventState.DONE, cursor={}, reason=reason)


def hand_back(event: Event) -> bool:
    """Leave the rest, from the stored cursor on, to whoever claims it next. No attempt counts."""
    return _release(event, attempts=F("attempts") - 1)


def defer(event: Event, reason: str) -> bool:
    """Go on later, from the stored cursor on, for the cause in ``reason``."""
    due = timezone.now() + timedelta(seconds=delay(event.attempts))
    return _release(event, reason=reason, next_at=due)


def start_over(event: Event, reason: str) -> bool:
    """Try the whole event again later, for the causes in ``reason``."""
    due = timezone.now() + timedelta(seconds=delay(event.attempts))
    return _release(event, reason=reason, next_at=due, cursor={})


def delay(attempts: int) -> float:
    """Seconds until the next try: from one, doubling, with jitter, up to ``LONGEST_DELAY``."""
    longest = min(LONGEST_DELAY, 2.0 ** min(attempts, 20))
    # Not for secrecy: it only keeps workers from coming back all at once.
    return random.uniform(longest / 2, longest)
