"""Reads the enabled triggers as plain rows: no objects are made of what may never be asked for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import F, TextField
from django.db.models.functions import Cast

from dsn_core.capture.containing import contained
from dsn_core.models import Condition, Revision, Trigger
from dsn_core.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet


class Row(NamedTuple):
    """A trigger as it is read: the columns, in this order."""

    id: int
    verb: str
    match: str
    include_children: bool
    action_object_model: str
    action_object_pk: str
    action_object_value: str
    actor_object_model: str
    actor_object_pk: str
    actor_object_value: str
    target_model: str
    target_pk: str
    target_value: str


class ConditionRow(NamedTuple):
    """A condition as it is read; its value is still JSON, None for a null of the database."""

    trigger_id: int
    field: str
    operator: str
    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """Every enabled trigger, and the conditions of each by its id."""

    revision: UUID | None = None
    triggers: Sequence[Row] = ()
    conditions: Mapping[int, Sequence[ConditionRow]] = field(default_factory=dict)


def read_revision(connection: BaseDatabaseWrapper) -> UUID | None:
    """The revision as this connection sees it. Raises ``django.db.Error``."""
    with quiet(connection):
        rows = Revision.objects.using(connection.alias).values_list("value", flat=True)
        return next(iter(rows[:1]), None)


def read_stored(connection: BaseDatabaseWrapper) -> Stored:
    """Three queries at most, seen by no counter. Raises ``django.db.Error``."""
    with quiet(connection), contained(connection):
        # The revision first: an edit that comes between is noticed at the next look.
        revision = read_revision(connection)
        enabled = Trigger.objects.filter(enabled=True).order_by()
        triggers = [Row._make(row) for row in _rows(connection, enabled.values_list(*Row._fields))]
        conditions = _read_conditions(connection) if triggers else {}
    return Stored(revision=revision, triggers=triggers, conditions=conditions)


def _read_conditions(connection: BaseDatabaseWrapper) -> Mapping[int, Sequence[ConditionRow]]:
    of_enabled = Condition.objects.filter(trigger__enabled=True)
    columns = of_enabled.values_list(
        "trigger_id", "field", "operator", Cast("value", TextField())
    ).order_by(F("trigger_id"), F("position"))
    found: dict[int, list[ConditionRow]] = defaultdict(list)
    for row in _rows(connection, columns):
        found[row[0]].append(ConditionRow._make(row))
    return found


def _rows(
    connection: BaseDatabaseWrapper, columns: QuerySet[Any, tuple[object, ...]]
) -> Sequence[tuple[Any, ...]]:
    """As the driver gives them: the ORM's converters cost as much as the query."""
    sql, parameters = columns.query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
