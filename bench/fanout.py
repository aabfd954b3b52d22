"""What fan-out costs, beside a bare ``bulk_create`` of the very rows that it writes.

The floor reads nothing, judges nothing and joins nobody: its objects are made before it is timed.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Group, User
from django.core.management.color import no_style
from django.db import connection

from bench.interleaving import Case, timed
from bench.promises import AtMostTimes, Shown
from dsn_core.fanout import fan_out_next
from dsn_core.models import Backend, Delivery, Event, Subscription, Trigger
from dsn_core.models.payload import encode
from dsn_core.states import EventState
from tests.host.models import Order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model

COUNT = 10_000
BATCH = 1_000
MOST = 1.25
OWN = {"id", "key"}
"""What each row has for itself."""


def empty_table() -> None:
    """Take all deliveries away, so that each round finds the indexes as small."""
    tables = [Delivery._meta.db_table]
    connection.ops.execute_sql_flush(
        connection.ops.sql_flush(no_style(), tables, allow_cascade=True)
    )


def named() -> tuple[Trigger, Order]:
    """A trigger and an order that name everybody: as users, as a group, by a path, or twice."""
    made = (User(username=f"user{n}", email=f"user{n}@example.org") for n in range(COUNT))
    User.objects.bulk_create(made, batch_size=BATCH)
    keys = list(User.objects.order_by("pk").values_list("pk", flat=True))
    order, group = Order.objects.create(), Group.objects.create(name="Front desk")
    trigger = Trigger.objects.create(name="Bench", verb="bench", action_object_model="host.order")
    subscription = Subscription.objects.create(
        name="Bench", trigger=trigger, recipient_paths=["watchers"]
    )
    subscription.backends.add(Backend.objects.create(name="Bench", messenger="console"))
    subscription.recipient_groups.add(group)
    half = len(keys) // 2
    _join(Order.watchers.through, "order_id", order.pk, keys[:half])
    _join(Subscription.recipient_users.through, "subscription_id", subscription.pk, keys[::4])
    _join(User.groups.through, "group_id", group.pk, keys[half - half // 4 :])
    return trigger, order


def _join(through: type[Model], column: str, pk: int, keys: list[int]) -> None:
    rows = (through(**{column: pk, "user_id": key}) for key in keys)
    through._base_manager.bulk_create(rows, batch_size=BATCH)


@contextmanager
def recipients() -> Iterator[Case]:
    """Ten thousand people, each named once or twice."""
    trigger, order = named()

    def happen(state: EventState) -> Event:
        empty_table()
        payload = {"action_object": encode(order)}
        return Event.objects.create(
            verb="bench", trigger_ids=[trigger.pk], payload=payload, state=state
        )

    def ours() -> float:
        event = happen(EventState.PENDING)
        seconds = timed(fan_out_next)
        if event.deliveries.count() != COUNT:
            raise RuntimeError("Not everybody was planned for.")
        return seconds

    ours()
    names = [field.attname for field in Delivery._meta.concrete_fields]
    names = [name for name in names if name not in OWN]
    values = list(Delivery.objects.order_by("pk").values_list(*names))

    def bare() -> float:
        event = happen(EventState.DONE)
        rows = [_row(names, one, event) for one in values]
        return timed(lambda: Delivery.objects.bulk_create(rows, batch_size=BATCH))

    yield Case(
        floor_name="a bare bulk_create",
        count=COUNT,
        ours=ours,
        floor=bare,
        promise=AtMostTimes(MOST) if connection.vendor == "postgresql" else Shown(),
    )


def _row(names: list[str], values: tuple[Any, ...], event: Event) -> Delivery:
    return Delivery(**dict(zip(names, values, strict=True)) | {"event_id": event.pk})
