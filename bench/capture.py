"""What capturing costs a save, beside bare Django with one empty receiver.

Both sides save the same rows of the same model: for the floor, every receiver is taken away but
an empty one. A save takes a hundred times what is promised of one that matches nothing, so this is
measured of the signals that a save sends, and of the save itself only shown.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models.signals import post_save, pre_save
from django.test import override_settings

from bench.interleaving import Case, timed
from bench.promises import AtMostMore, AtMostTimes
from bench.watching import watch_many
from dsn_core.models import Event, Trigger
from tests.host.models import Order, Unwatched

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.models import Model
    from django.dispatch import Signal


SAVES = 20
SENDINGS = 500
MANY = 10_000
FLOOR = "one empty receiver"


def empty(**_: object) -> None:
    """A receiver of a host's that does nothing."""


@contextmanager
def only_an_empty_receiver(signal: Signal, sender: type[Model]) -> Iterator[None]:
    """Bare Django, but for one receiver that does nothing."""
    ours, signal.receivers = signal.receivers, []
    signal.connect(empty, sender=sender)
    try:
        yield
    finally:
        signal.receivers = ours
        signal.sender_receivers_cache.clear()


def save_all(objects: Sequence[Model], *, atomic: bool = True) -> float:
    """The seconds that saving them takes, but for the first: it fills caches."""

    def save() -> None:
        for one in objects[1:]:
            one.save()

    with transaction.atomic() if atomic else nullcontext():
        objects[0].save()
        seconds = timed(save)
        if atomic:
            transaction.set_rollback(True)
    return seconds


def save_bare(objects: Sequence[Model], *, atomic: bool = True) -> float:
    """The same without anything of ours."""
    with only_an_empty_receiver(post_save, type(objects[0])):
        return save_all(objects, atomic=atomic)


def send_all(signal: Signal, order: Order) -> None:
    """As a save sends it."""
    for _ in range(SENDINGS):
        signal.send(Order, instance=order, raw=False, using="default", update_fields=None)


@contextmanager
def unwatched() -> Iterator[Case]:
    """A model that nothing watches."""
    Trigger.objects.watch("post_save", Order)
    objects = [Unwatched.objects.create() for _ in range(SAVES + 1)]
    yield _of_saves(objects)


@contextmanager
def _watched(objects: int) -> Iterator[Case]:
    watch_many(objects)
    yield _of_saves([Order.objects.create() for _ in range(SAVES + 1)])


watched_1 = partial(_watched, 1)
watched_100 = partial(_watched, 100)
watched_10000 = partial(_watched, MANY)


def _of_saves(objects: Sequence[Model]) -> Case:
    return Case(
        floor_name=FLOOR,
        count=SAVES,
        rounds=100,
        ours=partial(save_all, objects),
        floor=partial(save_bare, objects),
    )


@contextmanager
def _heard(objects: int, signals: Sequence[Signal], *, changes: bool = False) -> Iterator[Case]:
    """What a save sends of an order that is none of those watched."""
    watch_many(objects, changes=changes)
    order = Order.objects.create()

    def send() -> float:
        return sum(timed(partial(send_all, signal, order)) for signal in signals)

    def send_bare() -> float:
        with ExitStack() as stack:
            for signal in signals:
                stack.enter_context(only_an_empty_receiver(signal, Order))
            return send()

    assert all(signal.has_listeners(Order) for signal in signals)
    yield Case(
        floor_name=FLOOR if len(signals) == 1 else "an empty receiver of each",
        count=SENDINGS,
        rounds=300,
        ours=send,
        floor=send_bare,
        promise=AtMostMore(4e-6),
    )


heard_1 = partial(_heard, 1, [post_save])
heard_10000 = partial(_heard, MANY, [post_save])
heard_changes = partial(_heard, MANY, [pre_save, post_save], changes=True)


@contextmanager
def matching() -> Iterator[Case]:
    """A save that a trigger counts, in a transaction of the host's."""
    Trigger.objects.watch("post_save", Order)
    yield _of_saves([Order.objects.create() for _ in range(SAVES + 1)])


@contextmanager
def matching_autocommit() -> Iterator[Case]:
    """A save that a trigger counts, where each is a transaction of its own.

    With a worker: the inline engine would also plan and deliver.
    """
    Trigger.objects.watch("post_save", Order)
    orders = [Order.objects.create() for _ in range(SAVES + 1)]

    def ours() -> float:
        Event.objects.all()._raw_delete(Event.objects.db)
        return save_all(orders, atomic=False)

    with override_settings(DSN={"ENGINE": "dsn_core.engines.worker.WorkerEngine"}):
        yield Case(
            floor_name=FLOOR,
            count=SAVES,
            rounds=100,
            ours=ours,
            floor=partial(save_bare, orders, atomic=False),
        )


@contextmanager
def matching_10000() -> Iterator[Case]:
    """Ten thousand of them in one transaction.

    Where a save takes a quarter of a millisecond, that is 0.4 more.
    """
    Trigger.objects.watch("post_save", Order)
    orders = Order.objects.bulk_create(Order() for _ in range(MANY + 1))
    yield Case(
        floor_name=FLOOR,
        count=MANY,
        rounds=3,
        ours=partial(save_all, orders),
        floor=partial(save_bare, orders),
        promise=AtMostTimes(2.6),
    )
