"""Storing: a page's rows written and looked for, by PostgreSQL's own way or by the portable one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models.constants import OnConflict

from dsn_core.fanout import postgres
from dsn_core.fanout.keys import chunks, page_size
from dsn_core.models.alias import alias, connection
from dsn_core.models.delivery import Delivery
from dsn_core.states import State

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Field, QuerySet

    from dsn_core.fanout.columns import Column
    from dsn_core.models.event import Event

Pair = tuple[int, str]
"""A backend, and a recipient key or an address."""


def insert(columns: Sequence[Column]) -> None:
    """Insert the rows that are not there yet."""
    database = connection()
    if database.vendor == "postgresql":
        postgres.insert(database, columns)
    else:
        _insert(database, columns)


def _insert(database: BaseDatabaseWrapper, columns: Sequence[Column]) -> None:
    quote, fields = database.ops.quote_name, [column.field for column in columns]
    verb, suffix = _unless_there(database, fields)
    names = ", ".join(quote(str(field.column)) for field in fields)
    statement = (
        f"{verb} {quote(Delivery._meta.db_table)} ({names}) "
        f"VALUES ({', '.join(['%s'] * len(fields))})"
    )
    rows = zip(*(column.prepared(database) for column in columns), strict=True)
    with database.cursor() as cursor:
        cursor.executemany(f"{statement} {suffix}".strip(), list(rows))


def _unless_there(
    database: BaseDatabaseWrapper, fields: Sequence[Field[Any, Any]]
) -> tuple[str, str]:
    """How a statement begins and ends that leaves a row which is there as it is."""
    operations = database.ops
    if database.vendor == "mysql":
        # INSERT IGNORE would say nothing of a row whose subscription has just been deleted either.
        name = operations.quote_name("event_id")
        return "INSERT INTO", f"ON DUPLICATE KEY UPDATE {name} = {name}"
    verb = operations.insert_statement(on_conflict=OnConflict.IGNORE)
    return verb, operations.on_conflict_suffix_sql(fields, OnConflict.IGNORE, [], [])


def stored(event: Event, pairs: Collection[Pair]) -> set[Pair]:
    """Which of these backends and recipient keys have a row of ``event``."""
    database = connection()
    if database.vendor == "postgresql":
        found = postgres.look_up(database, event, postgres.RECIPIENTS, pairs)
    else:
        found = _look_up(_rows_of(event), "recipient_key", pairs)
    return {(backend, key) for backend, key, _key in found}


def holders(event: Event, pairs: Collection[Pair]) -> dict[Pair, str]:
    """Who gets the message of ``event`` at these backends and addresses: her recipient key."""
    database = connection()
    if database.vendor == "postgresql":
        found = postgres.look_up(database, event, postgres.HOLDERS, pairs)
    else:
        found = _look_up(_rows_of(event).exclude(state=State.SUPPRESSED), "address", pairs)
    return {(backend, address): key for backend, address, key in found}


def _rows_of(event: Event) -> QuerySet[Delivery]:
    return Delivery.objects.using(alias()).filter(event=event.pk)


def _look_up(
    rows: QuerySet[Delivery], name: str, pairs: Collection[Pair]
) -> list[tuple[int, str, str]]:
    rows = rows.filter(backend__in={backend for backend, _value in pairs})
    found: list[tuple[int, str, str]] = []
    for chunk in chunks({value for _backend, value in pairs}, page_size(alias())):
        held = rows.filter(**{f"{name}__in": chunk})
        found += held.values_list("backend_id", name, "recipient_key")
    return found
