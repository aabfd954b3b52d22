"""When it is worth looking again: what waits for a slot, and until when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, Min, OuterRef, Q

from dsn_core.delivery.choosing import LONGEST_PLAN
from dsn_core.delivery.claiming import LANES, SUSPECTS
from dsn_core.delivery.queues import heads
from dsn_core.delivery.slots import outlook
from dsn_core.models import AddressSlot, Delivery
from dsn_core.models.alias import alias
from dsn_core.plugins.rates import limits
from dsn_core.records.transitions import deliveries
from dsn_core.states import PACED, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet

    from dsn_core.delivery.slots import Account, Outlook, Way

SOON = dt.timedelta(seconds=10)
"""A worker looks so far ahead for who has been given a time of its own."""
LONGEST_GATHERING = dt.timedelta(seconds=0.1)
"""A few slots are let gather before they are used, where they come fast: half a burst at most."""
WAITING_LANES = (*LANES, *SUSPECTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """So many deliveries wait until then at least for an account, or for addresses of it."""

    account: Account
    count: int
    until: dt.datetime


def next_slot_in() -> float | None:
    """Seconds until something that waits for a slot may go; None where nothing does.

    One query where nothing is paced or told to wait, two or three more where something is.
    """
    seen = outlook(limits())
    moments = [at for _, at in _expected(seen, SOON)]
    return max(0.0, (min(moments) - seen.now).total_seconds()) if moments else None


def waiting_for_slots() -> list[Queue]:
    """What is left, by account, however late its time is. Counts all that waits."""
    seen = outlook(limits())
    moments: dict[Account, dt.datetime] = {}
    for way, at in _expected(seen, LONGEST_PLAN):
        moments[way.account] = min(at, moments.get(way.account, at))
    return [
        Queue(account=account, count=_waiting(seen, account).count(), until=at)
        for account, at in moments.items()
    ]


def _waiting(seen: Outlook, account: Account) -> QuerySet[Delivery]:
    backends = [way.backend or 0 for way in seen.ways if way.account == account]
    queued = deliveries().filter(backend_id__in=backends, state=State.QUEUED)
    return queued.filter(Q(next_at__lte=seen.due) | Q(code=PACED))


def _expected(seen: Outlook, ahead: dt.timedelta) -> Iterator[tuple[Way, dt.datetime]]:
    """When something may go, way by way; nothing of ways on which nothing waits."""
    if not seen.is_restricted:
        return
    first = heads(seen, WAITING_LANES, seen.now + ahead)
    moments = dict(deliveries().filter(pk__in=first).values_list("pk", "next_at"))
    for pk, way in first.items():
        if pk in moments:
            yield way, _expected_on(way, moments[pk], seen)


def _expected_on(way: Way, due: dt.datetime, seen: Outlook) -> dt.datetime:
    if way.next_slot is not None and way.waits(seen.now):
        return max(due, way.next_slot + _gathering(way))
    if due > seen.now:
        return due
    return _busy_until(way, seen) or seen.now


def _gathering(way: Way) -> dt.timedelta:
    pace = way.pace
    none = dt.timedelta(0)
    return none if pace is None else min(pace.interval * (pace.burst // 2), LONGEST_GATHERING)


def _busy_until(way: Way, seen: Outlook) -> dt.datetime | None:
    """The first slot of those addresses for which something is due on this way."""
    messenger, account = way.account
    due = deliveries().filter(
        backend_id=way.backend or 0,
        state=State.QUEUED,
        next_at__lte=seen.due,
        address=OuterRef("address"),
    )
    slots = AddressSlot.objects.using(alias()).filter(
        Exists(due), messenger=messenger, account=account, next_slot__gt=seen.now
    )
    first: dt.datetime | None = slots.aggregate(first=Min("next_slot"))["first"]
    return first


def in_words(queues: Iterable[Queue]) -> Iterator[str]:
    """One line for each."""
    for queue in queues:
        messenger, account = queue.account
        yield (
            f"{queue.count} deliveries wait for {messenger}:{account}; "
            f"the next may go at {queue.until:%F %T %Z}."
        )
