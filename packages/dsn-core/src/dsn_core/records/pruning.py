"""Deletes what is over and old, in small bites, so that nobody who works beside it waits."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from dsn_core.models import AddressSlot, Delivery, Event, InboundReport, Link
from dsn_core.models.alias import alias, connection
from dsn_core.records.clock import from_now
from dsn_core.records.contending import contend
from dsn_core.states import FINAL, EventState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from django.db.models import Model, QuerySet

BATCH = 500
LONGEST_REST = 0.25
REPEATED_FOR = dt.timedelta(days=7)
"""For so long a service may report the same thing again; its report is known by the row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Rows of one model that may go: those that are ``over``.

    What goes is older than ``before`` by its ``age``. Where that grows with the id, ``in_order``,
    no older one follows a whole page of younger ones.
    """

    name: str
    model: type[Model]
    over: Q
    age: str
    before: dt.datetime
    in_order: bool = True

    @property
    def rows(self) -> QuerySet[Model]:
        """All of them, also those that stay."""
        return self.model._default_manager.using(alias()).order_by("pk")


def kinds(before: dt.datetime, *, in_thought: bool = False) -> tuple[Kind, ...]:
    """What is pruned, in order: an event goes after its deliveries.

    ``in_thought``: only counted, so that an event goes with deliveries that are still there.

    A delivery stays while its event's fan-out is not done: the row is what keeps a recipient from
    being planned again.
    """
    now = timezone.now()
    reported = min(before, now - REPEATED_FOR)
    return (
        Kind(
            name="deliveries",
            model=Delivery,
            over=_finished(before),
            age="created_at",
            before=before,
        ),
        Kind(
            name="events",
            model=Event,
            over=_forgotten(before, in_thought=in_thought),
            age="captured_at",
            before=before,
        ),
        Kind(
            name="reports",
            model=InboundReport,
            over=Q(applied_at__lt=reported),
            age="received_at",
            before=reported,
        ),
        Kind(
            name="links",
            model=Link,
            over=Q(expires_at__lt=before),
            age="expires_at",
            before=before,
            in_order=False,
        ),
        Kind(
            name="address slots",
            model=AddressSlot,
            over=Q(planned_until__lt=from_now()),  # by the clock by which they are planned
            age="planned_until",
            before=now,
            in_order=False,
        ),
    )


def _finished(before: dt.datetime) -> Q:
    unplanned = Event.objects.using(alias()).filter(pk=OuterRef("event"))
    aged = Q(finished_at__lt=before) | Q(finished_at=None, created_at__lt=before)
    final = Q(state__in=[state.value for state in sorted(FINAL)])
    return final & aged & Q(~Exists(unplanned.exclude(state=EventState.DONE)))


def _forgotten(before: dt.datetime, *, in_thought: bool) -> Q:
    left = Delivery.objects.using(alias()).filter(event=OuterRef("pk"))
    left = left.exclude(_finished(before)) if in_thought else left
    return Q(~Exists(left), state=EventState.DONE, captured_at__lt=before)


def never() -> bool:
    """Nobody has said stop."""
    return False


def prune(kind: Kind, *, batch: int = BATCH, stopped: Callable[[], bool] = never) -> Iterator[int]:
    """Delete what is over, a page of ``batch`` rows at a time; how many went, page by page.

    Between two pages it rests for as long as the last one took, so that others can write.
    """
    for page in _pages(kind, batch):
        if stopped():
            return
        began = time.monotonic()
        yield contend(partial(_delete, kind, page))
        time.sleep(min(LONGEST_REST, time.monotonic() - began))


def count(kind: Kind, *, batch: int = BATCH, stopped: Callable[[], bool] = never) -> Iterator[int]:
    """How many would go, page by page; nothing is changed."""
    for page in _pages(kind, batch):
        if stopped():
            return
        yield kind.rows.filter(kind.over, pk__in=page).count()


def _pages(kind: Kind, size: int) -> Iterator[Sequence[int]]:
    """The ids of all rows, old ones first, as far as there may be some to delete.

    By the id, for no index knows when a row was finished: each statement reads ``size`` rows.
    """
    last = 0
    while True:
        page = kind.rows.filter(pk__gt=last).values_list("pk", kind.age)[:size]
        found = list(page)
        aged = [pk for pk, at in found if at < kind.before]
        if not found or (kind.in_order and not aged):
            return
        last = found[-1][0]
        yield aged


def _delete(kind: Kind, page: Sequence[int]) -> int:
    over = kind.rows.filter(kind.over, pk__in=page)
    with transaction.atomic(using=alias()):
        # What somebody changes or deletes just now is his: the next run comes by again.
        features = connection().features
        if features.has_select_for_update:
            over = over.select_for_update(skip_locked=features.has_select_for_update_skip_locked)
        chosen = list(over.values_list("pk", flat=True))
        if not chosen:
            return 0
        # Whatever refers to a row, be it a host's table, goes the way that its model says.
        gone = kind.rows.order_by().filter(kind.over, pk__in=chosen).delete()[1]
    return gone.get(kind.model._meta.label, 0)
