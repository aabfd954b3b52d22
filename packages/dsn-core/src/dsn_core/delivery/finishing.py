"""Many outcomes in one statement, each fenced by its lease: who has lost it changes nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import F

from dsn_core.models import Delivery
from dsn_core.models.alias import alias, connection
from dsn_core.records.transitions import deliveries
from dsn_core.states import State, ensure_follows

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from uuid import UUID

    from django.db.backends.base.base import BaseDatabaseWrapper

    from dsn_core.records.transitions import Change

POSTGRES_TYPES = {
    "id": "bigint",
    "uncounted": "integer",
    "doubted": "boolean",
    "detail": "jsonb",
    "next_at": "timestamptz",
    "finished_at": "timestamptz",
}
"""Columns that are not text."""
COPIED = (
    "state code reason provider_id detail doubted address next_at finished_at".split()  # noqa: SIM905
)


def finish(lease: UUID, changes: Sequence[Change], now: dt.datetime) -> set[int]:
    """Write ``changes`` to those rows that ``lease`` still holds; returns their ids."""
    for change in changes:
        ensure_follows(State.SENDING, change.state)
    if not changes:
        return set()
    if connection().vendor == "postgresql" or _sqlite_can(connection()):
        return _in_one_statement(lease, changes, now)
    return _one_by_one(lease, changes, now)


def _sqlite_can(database: BaseDatabaseWrapper) -> bool:
    return database.vendor == "sqlite" and database.features.can_return_columns_from_insert


def _in_one_statement(lease: UUID, changes: Sequence[Change], now: dt.datetime) -> set[int]:
    database = connection()
    rows = [_as_json(database, change, now) for change in changes]
    field = Delivery._meta.get_field("lease")
    leased = field.get_db_prep_value(lease, database)
    parameters = [json.dumps(rows, cls=DjangoJSONEncoder), leased, State.SENDING.value]
    with database.cursor() as cursor:
        cursor.execute(_statement(database), parameters)
        return {row[0] for row in cursor.fetchall()}


def _as_json(database: BaseDatabaseWrapper, change: Change, now: dt.datetime) -> dict[str, object]:
    columns = change.columns(now)
    for name in ("next_at", "finished_at"):
        moment = cast("dt.datetime | None", columns[name])
        columns[name] = moment and str(database.ops.adapt_datetimefield_value(moment))
    named = {name: columns[name] for name in COPIED}
    return {"id": change.delivery.pk, "uncounted": int(change.uncounted), **named}


def _statement(database: BaseDatabaseWrapper) -> str:
    table = database.ops.quote_name(Delivery._meta.db_table)
    names = ["id", "uncounted", *COPIED]
    if database.vendor == "postgresql":
        typed = ", ".join(f"{name} {POSTGRES_TYPES.get(name, 'text')}" for name in names)
        given = f"jsonb_to_recordset(%s::jsonb) AS v({typed})"
    else:
        picked = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in names)
        given = f"(SELECT {picked} FROM json_each(%s)) AS v"
    copied = ", ".join(f"{name} = v.{name}" for name in COPIED)
    return (
        f"UPDATE {table} AS d SET {copied}, attempts = d.attempts - v.uncounted, "
        f"lease = NULL, lease_until = NULL FROM {given} "
        "WHERE d.id = v.id AND d.lease = %s AND d.state = %s "
        f"RETURNING {'d.' if database.vendor == 'postgresql' else ''}id"
    )


def _one_by_one(lease: UUID, changes: Sequence[Change], now: dt.datetime) -> set[int]:
    with transaction.atomic(using=alias()):
        return {change.delivery.pk for change in changes if _finish_one(lease, change, now)}


def _finish_one(lease: UUID, change: Change, now: dt.datetime) -> bool:
    mine = deliveries().filter(pk=change.delivery.pk, lease=lease, state=State.SENDING)
    counted = F("attempts") - int(change.uncounted)
    return mine.update(attempts=counted, **change.columns(now)) == 1
