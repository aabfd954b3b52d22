"""Sets up what is watched, and measures what reading it costs a process that starts."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection

from bench.interleaving import Case
from bench.promises import AtMostTimes
from dsn_core.capture.index import load_index
from dsn_core.capture.reading import ConditionRow, Row
from dsn_core.models import Backend, Condition, Subscription, Trigger

if TYPE_CHECKING:
    from collections.abc import Iterator

MANY = 10_000
FIRST_KEY = 1_000_000


def watch_many(objects: int, *, changes: bool = False) -> None:
    """Watch as many orders, each with a subscription; none of them is ever saved."""
    console = Backend.objects.create(name="c", messenger="console", message_template="dsn.plain")
    triggers = Trigger.objects.bulk_create(
        Trigger(
            name=f"order {number}",
            verb="post_save",
            action_object_model="host.order",
            action_object_pk=str(FIRST_KEY + number),
        )
        for number in range(objects)
    )
    subscriptions = Subscription.objects.bulk_create(
        Subscription(name=trigger.name, trigger=trigger) for trigger in triggers
    )
    through = Subscription.backends.through
    through.objects.bulk_create(
        through(subscription=subscription, backend=console) for subscription in subscriptions
    )
    if changes:
        Condition.objects.bulk_create(
            Condition(trigger=trigger, field="status", operator="changed_to", value="paid")
            for trigger in triggers
        )


def read_plainly() -> None:
    """The same rows, and nothing done with them."""
    list(Trigger.objects.order_by().values_list(*Row._fields))
    list(Condition.objects.order_by().values_list(*ConditionRow._fields))


def load() -> None:
    """As a process does when it first uses the database."""
    load_index(connection)


@contextmanager
def startup() -> Iterator[Case]:
    """Reading ten thousand triggers, each with a condition, into the index."""
    watch_many(MANY, changes=True)
    yield Case(
        floor_name="reading the same rows",
        ours=load,
        floor=read_plainly,
        promise=AtMostTimes(1.5),
    )
