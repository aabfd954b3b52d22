"""Claiming a batch of due deliveries: nobody else sends them while the lease lasts."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from dsn_core.conf import config
from dsn_core.delivery.choosing import claim_with_slots
from dsn_core.delivery.slots import TOLERANCE, outlook
from dsn_core.models import AccountState, Backend, Delivery
from dsn_core.models.alias import alias, connection
from dsn_core.plugins.rates import limits
from dsn_core.records.clock import Clock, from_now
from dsn_core.records.contending import contend
from dsn_core.records.transitions import deliveries
from dsn_core.states import State, sources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet

BATCH = 100
LANES = (0, 1, 2)
"""Lane 0 goes first. A few fixed ones: the index answers each with its due rows only."""
SUSPECTS = (9,)
"""Where those go that have been lost repeatedly: one of them may be what kills the workers, so
they are sent one at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Some deliveries that are ours until the lease ends.

    ``begun`` and ``ends`` are moments on ``time.monotonic()``; the end is that before any renewal.
    """

    lease: uuid.UUID
    deliveries: tuple[Delivery, ...]
    clock: Clock
    begun: float
    ends: float


def claim_due(limit: int = BATCH, lanes: Sequence[int] = LANES) -> Claim | None:
    """Lease at most ``limit`` due deliveries that may go now, the oldest first; None without any.

    Where no account is paced, that is one statement for each lane.
    """
    lease, seconds = uuid.uuid4(), config().lease_seconds
    begun = time.monotonic()
    known = limits()
    seen = outlook(known) if known else None
    if seen is not None and seen.is_restricted:
        claimed = claim_with_slots(seen, lease, limit, lanes, seconds)
    else:
        claimed = _claim_freely(lease, limit, lanes, seconds)
    if not claimed:
        return None
    return Claim(
        lease=lease,
        deliveries=tuple(claimed),
        clock=_clock(claimed[-1], seconds),
        begun=begun,
        ends=begun + seconds,
    )


def _claim_freely(
    lease: uuid.UUID, limit: int, lanes: Sequence[int], seconds: float
) -> list[Delivery]:
    claimed: list[Delivery] = []
    for lane in lanes:
        if len(claimed) < limit:
            claimed += _claim_lane(lease, lane, limit - len(claimed), seconds)
    return claimed


def _clock(row: Delivery, seconds: float) -> Clock:
    until = row.lease_until
    assert until is not None
    return Clock(offset=until - dt.timedelta(seconds=seconds) - timezone.now())


def _claim_lane(lease: uuid.UUID, lane: int, limit: int, seconds: float) -> list[Delivery]:
    database = connection()
    returning = database.features.can_return_columns_from_insert
    if database.vendor == "postgresql" or (database.vendor == "sqlite" and returning):
        rows = contend(lambda: _claim_at_once(database, lease, lane, limit, seconds))
    else:
        rows = contend(lambda: _claim_in_steps(database, lease, lane, limit, seconds))
    return sorted(rows, key=lambda row: (row.next_at, row.pk))


def _claim_at_once(
    database: BaseDatabaseWrapper, lease: uuid.UUID, lane: int, limit: int, seconds: float
) -> list[Delivery]:
    """One statement. MATERIALIZED, so that no plan can run the inner query twice."""
    clock = _SQLITE if database.vendor == "sqlite" else _POSTGRES
    table = database.ops.quote_name(Delivery._meta.db_table)
    columns = ", ".join(field.get_attname() for field in Delivery._meta.concrete_fields)
    statement = (
        f"WITH due AS MATERIALIZED (SELECT id FROM {table} WHERE state = %s AND lane = %s "
        f"AND next_at <= {clock['due']} {_not_told_to_wait(database, clock['now'])} "
        f"ORDER BY next_at, id LIMIT %s {clock['locking']}) "
        f"UPDATE {table} SET state = %s, lease = %s, lease_until = {clock['until']}, "
        f"attempts = attempts + 1 WHERE id IN (SELECT id FROM due) RETURNING {columns}"
    )
    (origin,) = sources(State.SENDING)
    now = database.ops.adapt_datetimefield_value(timezone.now())
    leased = Delivery._meta.get_field("lease").get_db_prep_value(lease, database)
    until = _until(database, seconds)
    told = [now] if database.vendor == "sqlite" else []
    given = [origin.value, lane, now, *told, limit, State.SENDING.value, leased, until]
    return list(Delivery.objects.using(alias()).raw(statement, given))


def _not_told_to_wait(database: BaseDatabaseWrapper, now: str) -> str:
    """Passes over what goes through an account that the service wants to wait."""
    backends, states = (
        database.ops.quote_name(model._meta.db_table) for model in (Backend, AccountState)
    )
    return (
        f"AND (backend_id IS NULL OR backend_id NOT IN (SELECT b.id FROM {backends} AS b "
        f"JOIN {states} AS s ON s.messenger = b.messenger AND s.account = b.account "
        f"WHERE s.next_slot > {now}))"
    )


_SQLITE = {"due": "%s", "now": "%s", "locking": "", "until": "%s"}
_POSTGRES = {
    "due": (
        "GREATEST(statement_timestamp(), LEAST(%s, statement_timestamp() + "
        f"interval '{TOLERANCE.total_seconds()} seconds'))"
    ),
    "now": "statement_timestamp()",
    "locking": "FOR UPDATE SKIP LOCKED",
    "until": "statement_timestamp() + %s * interval '1 second'",
}


def _until(database: BaseDatabaseWrapper, seconds: float) -> object:
    if database.vendor == "postgresql":
        return seconds
    until = timezone.now() + dt.timedelta(seconds=seconds)
    return database.ops.adapt_datetimefield_value(until)


def _claim_in_steps(
    database: BaseDatabaseWrapper, lease: uuid.UUID, lane: int, limit: int, seconds: float
) -> list[Delivery]:
    with transaction.atomic(using=alias()):
        due = _due(lane).order_by("next_at", "id")
        if database.features.has_select_for_update:
            due = due.select_for_update(
                skip_locked=database.features.has_select_for_update_skip_locked
            )
        chosen = list(due.values_list("pk", flat=True)[:limit])
        deliveries().filter(pk__in=chosen, state__in=sources(State.SENDING)).update(
            state=State.SENDING,
            lease=lease,
            lease_until=from_now(seconds),
            attempts=F("attempts") + 1,
        )
    return list(deliveries().filter(pk__in=chosen, lease=lease)) if chosen else []


def _due(lane: int) -> QuerySet[Delivery]:
    told = AccountState.objects.using(alias()).filter(
        next_slot__gt=from_now(),
        messenger=OuterRef("messenger"),
        account=OuterRef("account"),
    )
    waiting = Backend.objects.using(alias()).filter(Exists(told))
    return (
        deliveries()
        .filter(state=State.QUEUED, lane=lane, next_at__lte=from_now())
        .filter(Q(backend=None) | ~Q(backend__in=waiting.values("pk")))
    )
