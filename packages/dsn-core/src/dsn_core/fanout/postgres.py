"""What PostgreSQL does better: a page of rows written, and looked for, as a few arrays.

Only what psycopg 2 and 3 both understand, with parameters bound by the client or the server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dsn_core.models.delivery import Delivery
from dsn_core.states import State

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper

    from dsn_core.fanout.columns import Column
    from dsn_core.fanout.storing import Pair
    from dsn_core.models.event import Event


_TABLE = Delivery._meta.db_table

PROBES = f"""
SELECT v.backend, v.value, found.recipient_key
FROM unnest(%s::bigint[], %s::text[]) AS v(backend, value)
CROSS JOIN LATERAL (
    SELECT d.recipient_key FROM "{_TABLE}" d
    WHERE {{event}} = %s AND d.backend_id = v.backend AND d.{{name}} = v.value {{and_among}}
    LIMIT 1
) AS found
"""
# One probe of an index for each value, whatever the statistics say. They know little of a new
# event, so the planner takes a few rows for granted: joined freely, or with two indexes to choose
# from, it may read through all that are stored. LIMIT keeps the join, and only one index fits.
RECIPIENTS = PROBES.format(event="d.event_id", name="recipient_key", and_among="")
HOLDERS = PROBES.format(
    event="d.event_id + 0",  # see ``IndexApart``
    name="address",
    and_among=f"AND NOT (d.state = '{State.SUPPRESSED.value}')",
)


def insert(database: BaseDatabaseWrapper, columns: Sequence[Column]) -> None:
    """Insert the rows that are not there yet; what all of them have alike is sent once.

    A third of the time that as many ``VALUES`` take.
    """
    quote = database.ops.quote_name
    alike = [column for column in columns if column.is_alike]
    others = [column for column in columns if not column.is_alike]
    names = ", ".join(quote(str(column.field.column)) for column in (*others, *alike))
    constants = "".join(f", %s::{_kind(database, column)}" for column in alike)
    arrays = ", ".join(f"%s::{_kind(database, column)}[]" for column in others)
    given: list[Any] = [column.first(database) for column in alike]
    given += [list(column.values) for column in others]
    with database.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(_TABLE)} ({names}) "
            f"SELECT v.*{constants} FROM unnest({arrays}) AS v ON CONFLICT DO NOTHING",
            given,
        )


def look_up(
    database: BaseDatabaseWrapper, event: Event, statement: str, pairs: Collection[Pair]
) -> list[tuple[int, str, str]]:
    """Each of ``pairs`` for which ``statement`` finds a row of ``event``, with its recipient key.

    ``RECIPIENTS`` takes backends and recipient keys, ``HOLDERS`` backends and addresses.
    """
    backends = [backend for backend, _value in pairs]
    values = [value for _backend, value in pairs]
    with database.cursor() as cursor:
        cursor.execute(statement, [backends, values, event.pk])
        return list(cursor.fetchall())


def _kind(database: BaseDatabaseWrapper, column: Column) -> str:
    """The column's type without its length: a cast to that would cut silently."""
    return str(column.field.db_type(database)).partition("(")[0]
