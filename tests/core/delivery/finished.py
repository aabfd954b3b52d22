"""Deliveries that were finished long ago, by the million: one statement makes them."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils import timezone

from dsn_core.models import Backend, Delivery, Event
from dsn_core.states import EventState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.db.models import Model

OF_ONE_EVENT = 10
LONG_AGO = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a database counts, and how it writes what is counted."""

    series: str
    key: str
    text: str = "k.n"
    quote: str = '"'
    begin: str = ""
    """Before it: each foreign key would be looked up for each row."""
    end: str = ""

    def numbers(self, count: int, name: str) -> str:
        """A table with the column ``n``, from 1 to ``count``."""
        return f"({self.series.format(count=count)}) AS {name}"


DIALECTS: Mapping[str, Dialect] = {
    "postgresql": Dialect(
        series="SELECT n FROM generate_series(1, {count}) AS n",
        key="lpad(to_hex({number}), 32, '0')::uuid",
        text="k.n::text",
        begin="SET LOCAL session_replication_role = replica",
        end="ANALYZE dsn_event, dsn_delivery",
    ),
    "sqlite": Dialect(
        series=(
            "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) "
            "SELECT n FROM s"
        ),
        key="printf('%%032x', {number})",
    ),
    "mysql": Dialect(
        series="SELECT seq AS n FROM seq_1_to_{count}",
        key="lpad(hex({number}), 32, '0')",
        quote="`",
        begin="SET foreign_key_checks = 0",
        end="SET foreign_key_checks = 1",
    ),
}


def backend_of_old() -> Backend:
    """The backend through which all of them went."""
    backend, _ = Backend.objects.get_or_create(
        name="Old", defaults={"messenger": "log", "message_template": "dsn.plain"}
    )
    return backend


def finish_many(count: int, subscription: int | None = None) -> None:
    """Make as many deliveries that were sent long ago, ten of each event; once in a database."""
    dialect, events = DIALECTS[connection.vendor], count // OF_ONE_EVENT
    then = connection.ops.adapt_datetimefield_value(timezone.now() - LONG_AGO)
    with transaction.atomic(), indexed_later(Delivery), connection.cursor() as cursor:
        if dialect.begin:
            cursor.execute(dialect.begin)
        cursor.execute(_events(dialect, events), [True, then, then, EventState.DONE.value])
        cursor.execute(_deliveries(dialect, events), [subscription, False, then, then, then])
        if dialect.end:
            cursor.execute(dialect.end)


@contextmanager
def indexed_later(model: type[Model]) -> Iterator[None]:
    """Within it PostgreSQL fills no index; making them at the end takes a fraction of the time.

    Elsewhere such a statement would end the transaction of the test.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.check_constraints()  # what is to be looked at still would be in the way
    with connection.schema_editor() as editor:
        for index in model._meta.indexes:
            editor.remove_index(model, index)
        yield
        for index in model._meta.indexes:
            editor.add_index(model, index)


def _events(dialect: Dialect, count: int) -> str:
    """Their ids are negative, so that no new one meets them."""
    cursor = f"{dialect.quote}cursor{dialect.quote}"
    return (
        "INSERT INTO dsn_event (id, verb, trigger_ids, payload, actor, reason, attempts, "
        f"{cursor}, atomic, captured_at, next_at, state) "
        f"SELECT -e.n, 'old', '[]', '{{}}', '', '', 1, '{{}}', %s, %s, %s, %s "
        f"FROM {dialect.numbers(count, 'e')}"
    )


def _deliveries(dialect: Dialect, events: int) -> str:
    key = f"{dialect.quote}key{dialect.quote}"
    each = dialect.key.format(number=f"{OF_ONE_EVENT} * e.n + k.n")
    return (
        f"INSERT INTO dsn_delivery (event_id, backend_id, recipient_key, address, {key}, "
        "messenger, account, user_pk, state, lane, attempts, provider_id, code, reason, detail, "
        "subscription_id, doubted, next_at, created_at, finished_at) "
        f"SELECT -e.n, {backend_of_old().pk}, {dialect.text}, {dialect.text}, {each}, "
        "'log', 'default', '', 'sent', 1, 1, '', '', '', '{}', %s, %s, %s, %s, %s "
        f"FROM {dialect.numbers(events, 'e')} CROSS JOIN {dialect.numbers(OF_ONE_EVENT, 'k')}"
    )


def queue_some(count: int) -> list[Delivery]:
    """Make as many that are due, of an event of their own."""
    event = Event.objects.create(verb="new", state=EventState.DONE)
    return Delivery.objects.bulk_create(
        Delivery(
            event=event,
            backend=backend_of_old(),
            messenger="log",
            account="default",
            address=f"new {number}",
            recipient_key=f"new {number}",
        )
        for number in range(count)
    )
