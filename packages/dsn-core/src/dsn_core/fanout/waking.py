"""Waking: events that wait for a plugin are due again as soon as it is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from dsn_core.fanout.causes import missing
from dsn_core.models.alias import alias
from dsn_core.models.event import Event
from dsn_core.plugins.catalog import catalog
from dsn_core.states import EventState

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_REASONS = 100
"""So many different reasons are looked at in one go; the others have their turn later."""


def wake() -> int:
    """Make due what waited for something that is installed again; returns how many there were.

    One query where nothing waits for later.
    """
    now = timezone.now()
    waiting = Event.objects.using(alias()).filter(state=EventState.PENDING, next_at__gt=now)
    reasons = waiting.exclude(reason="").order_by().values_list("reason", flat=True).distinct()
    back = set(_causes_that_are_gone())
    ready = [reason for reason in reasons[:MOST_REASONS] if back.intersection(reason.split("\n"))]
    return waiting.filter(reason__in=ready).update(next_at=now) if ready else 0


def _causes_that_are_gone() -> Iterator[str]:
    offers = catalog().offers
    yield from (missing("messenger", key) for key in offers["messenger"])
    yield from (missing("recipient source", key) for key in offers["recipient_source"])
