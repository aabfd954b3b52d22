"""Rows for the tests of the daily work, in whatever state they want them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType

from dsn_core.models import Backend, Delivery, Event, Subscription, Trigger

if TYPE_CHECKING:
    from collections.abc import Sequence

DELIVERIES = "/admin/dsn/delivery/"


def make_event(**fields: Any) -> Event:
    """Order 8 has been paid by the boss."""
    payload = {
        "action_object": {
            "$": "object",
            "model": "host.order",
            "pk": 8,
            "db": "default",
            "fields": {"status": "paid", "total": {"$": "decimal", "v": "19.90"}},
        },
        "changes": {"status": ["new", "paid"]},
    }
    return Event.objects.create(
        **({"verb": "post_save", "payload": payload, "actor": "boss", "state": "done"} | fields)
    )


def make_delivery(event: Event | None = None, **fields: Any) -> Delivery:
    """One to Ada, by the log."""
    trigger, _ = Trigger.objects.get_or_create(
        name="Paid", verb="post_save", action_object_model="host.order"
    )
    backend, _ = Backend.objects.get_or_create(name="Log: paid", messenger="log")
    subscription, _ = Subscription.objects.get_or_create(name="The customer", trigger=trigger)
    values: dict[str, Any] = {
        "event": event or make_event(),
        "backend": backend,
        "subscription": subscription,
        "messenger": "log",
        "account": "default",
        "address": "ada@example.org",
        "recipient_key": "ada",
    }
    return Delivery.objects.create(**(values | fields))


def make_many(count: int, **fields: Any) -> list[Delivery]:
    """So many of one event, quickly."""
    first = make_delivery(recipient_key="0", **fields)
    shared = {
        name: getattr(first, name)
        for name in ("event", "backend", "subscription", "messenger", "account", "address", "state")
    }
    rows = [Delivery(**shared, recipient_key=str(number)) for number in range(1, count)]
    return [first, *Delivery.objects.bulk_create(rows)]


def page_of(delivery: Delivery) -> str:
    """The address of its page."""
    return f"{DELIVERIES}{delivery.pk}/change/"


def act_of(delivery: Delivery, name: str) -> str:
    """Where the button of an act leads."""
    return f"{DELIVERIES}{delivery.pk}/act/{name}/"


def logged(model: type[Any] = Delivery) -> Sequence[str]:
    """What the admin log says of rows of this model, oldest first."""
    about = ContentType.objects.get_for_model(model)
    entries = LogEntry.objects.filter(content_type=about).order_by("pk")
    return [entry.get_change_message() for entry in entries]
