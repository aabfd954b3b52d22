"""One event and what it takes to fan it out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.models import Group, User
from django.utils import timezone

from dsn_core.fanout import fan_out_next
from dsn_core.models import Backend, Delivery, Event, Subscription, Trigger
from dsn_core.models.payload import encode
from tests.host.models import Order

if TYPE_CHECKING:
    from collections.abc import Iterable

VERB = "host.refunded"


def make_users(number: int, prefix: str = "user") -> list[User]:
    """So many users, with an e-mail address each."""
    names = (f"{prefix}{n}" for n in range(number))
    made = User.objects.bulk_create(User(username=n, email=f"{n}@example.org") for n in names)
    first = User.objects.filter(username__startswith=prefix).order_by("pk")
    return made if made and made[0].pk else list(first)


def make_user(name: str, **fields: object) -> User:
    return User.objects.create(**{"username": name, "email": f"{name}@example.org", **fields})


def make_group(name: str, users: Iterable[User]) -> Group:
    group = Group.objects.create(name=name)
    User.groups.through.objects.bulk_create(
        User.groups.through(user_id=user.pk, group_id=group.pk) for user in users
    )
    return group


def make_trigger(name: str = "refunded", model: str = "host.order", **fields: object) -> Trigger:
    """A trigger on a signal that no test sends: what happens is only what a test says."""
    made: Trigger = Trigger.objects.create(
        name=name, verb=VERB, action_object_model=model, **fields
    )
    return made


def make_backend(messenger: str = "post", name: str = "", **fields: object) -> Backend:
    return Backend.objects.create(name=name or messenger, messenger=messenger, **fields)


def subscribe(
    trigger: Trigger,
    *backends: Backend,
    users: Iterable[User] = (),
    groups: Iterable[Group] = (),
    name: str = "",
    **fields: object,
) -> Subscription:
    """A subscription as it may stand in the table, unchecked."""
    name = name or f"subscription {Subscription.objects.count() + 1}"
    made = Subscription.objects.create(name=name, trigger=trigger, **fields)
    made.backends.set(backends)
    Subscription.recipient_users.through.objects.bulk_create(
        Subscription.recipient_users.through(subscription_id=made.pk, user_id=user.pk)
        for user in users
    )
    made.recipient_groups.set(groups)
    return made


def happen(*triggers: Trigger, order: object = None, actor: object = None, **fields) -> Event:
    """The event that these triggers count, about ``order``, done by ``actor``."""
    order = Order.objects.create() if order is None else order
    return Event.objects.create(
        verb=VERB,
        trigger_ids=[trigger.pk for trigger in triggers],
        payload={"action_object": encode(order), "actor": encode(actor)},
        **fields,
    )


def fan_out(event: Event) -> list[Delivery]:
    """Fan out all that is due; the deliveries of ``event``, in order."""
    while fan_out_next():
        pass
    event.refresh_from_db()
    return deliveries(event)


def deliveries(event: Event) -> list[Delivery]:
    return list(event.deliveries.select_related("backend", "subscription").order_by("pk"))


def told(event: Event) -> list[tuple[str, str]]:
    """Whom and where the event is told, sorted."""
    rows = Delivery.objects.filter(event=event, state="queued")
    return sorted(rows.values_list("recipient_key", "address"))


def silenced(event: Event) -> dict[str, str]:
    """Who is left out, and why."""
    rows = Delivery.objects.filter(event=event, state="suppressed")
    return dict(rows.values_list("recipient_key", "code"))


def make_due(event: Event) -> None:
    """As if the time until the next try had gone by, and any lease had run out."""
    past = timezone.now() - timedelta(seconds=5)
    Event.objects.filter(pk=event.pk).update(next_at=past)
    Event.objects.filter(pk=event.pk, lease__isnull=False).update(
        lease_until=timezone.now() - timedelta(hours=1)
    )
