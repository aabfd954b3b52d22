"""Writes an Event by one INSERT that cannot break the user's transaction, and rings."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from django.db import connections, transaction
from django.db.models.sql import InsertQuery
from django.utils import timezone

from dsn_core.capture.containing import SAVEPOINT, contained, needs_savepoint, undo
from dsn_core.doorbell import ring
from dsn_core.models import Event
from dsn_core.models.alias import alias

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Field


def write(event: Event, using: str) -> None:
    """Write ``event``, which happened on the database alias ``using``.

    Where DSN's tables are on another alias, it is written when that transaction is committed:
    what is rolled back must send nothing. Raises ``django.db.Error``, the transaction unbroken.
    """
    home = alias()
    if using != home and connections[using].in_atomic_block:
        transaction.on_commit(partial(_write_apart, event, home), using=using, robust=True)
        return
    _write(event, home, atomic=using == home and connections[home].in_atomic_block)


def _write_apart(event: Event, home: str) -> None:
    _write(event, home, atomic=False)


def _write(event: Event, home: str, *, atomic: bool) -> None:
    connection = connections[home]
    event.atomic = atomic
    event.captured_at = event.next_at = timezone.now()
    parameters = [
        field.get_db_prep_save(getattr(event, field.attname), connection) for field in _fields()
    ]
    _insert(connection, parameters)
    ring(home)


def _fields() -> list[Field[object, object]]:
    return [field for field in Event._meta.concrete_fields if not field.primary_key]


@cache
def _sql(home: str) -> str:
    """The INSERT, as Django's own compiler writes it for this database."""
    query = InsertQuery(Event)
    query.insert_values(_fields(), [Event()])
    [(sql, _parameters)] = query.get_compiler(using=home).as_sql()
    return str(sql)


def _insert(connection: BaseDatabaseWrapper, parameters: list[Any]) -> None:
    if not needs_savepoint(connection):
        _execute(connection, _sql(connection.alias), parameters)
    elif _takes_several_statements(connection):
        _insert_in_one_string(connection, parameters)
    else:
        with contained(connection):
            _execute(connection, _sql(connection.alias), parameters)


def _takes_several_statements(connection: BaseDatabaseWrapper) -> bool:
    options = connection.settings_dict.get("OPTIONS") or {}
    return connection.vendor == "postgresql" and not options.get("server_side_binding")


def _insert_in_one_string(connection: BaseDatabaseWrapper, parameters: list[Any]) -> None:
    """Savepoint, INSERT and release in one round trip: a third of the time of three."""
    before = connection.ops.savepoint_create_sql(SAVEPOINT)
    after = connection.ops.savepoint_commit_sql(SAVEPOINT)
    try:
        _execute(connection, f"{before}; {_sql(connection.alias)}; {after}", parameters)
    except BaseException:
        undo(connection)
        raise


def _execute(connection: BaseDatabaseWrapper, sql: str, parameters: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
