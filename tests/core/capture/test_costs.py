"""What capturing costs a save: queries, counted exactly; and time, beside an empty receiver."""

from __future__ import annotations

import time
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction
from django.db.models import signals

from dsn_core.capture import reading
from dsn_core.capture.containing import needs_savepoint
from dsn_core.capture.listening import listener
from dsn_core.models import Condition, Event, Subscription, Trigger
from tests.host.models import Order, Unwatched
from tests.services import need_the_machine

if TYPE_CHECKING:
    from django.db.models import Model
    from django.dispatch import Signal

watch = Trigger.objects.watch
MANY = 10_000
MICROSECOND = 1e-6


class Engine:
    """Counts."""

    rings = 0

    def ring(self) -> None:
        type(self).rings += 1


def watch_many() -> None:
    """Watch ten thousand orders, none of which is saved, each with a subscription."""
    triggers = Trigger.objects.bulk_create(
        Trigger(
            name=f"order {number}",
            verb="post_save",
            action_object_model="host.order",
            action_object_pk=str(1_000_000 + number),
        )
        for number in range(MANY)
    )
    Subscription.objects.bulk_create(
        Subscription(name=trigger.name, trigger=trigger) for trigger in triggers
    )


def ask_for_changes() -> None:
    """Give each trigger a condition that asks what was there before."""
    Condition.objects.bulk_create(
        Condition(trigger=trigger, field="status", operator="changed_to", value="paid")
        for trigger in Trigger.objects.all()
    )


def test_a_save_that_nothing_watches_has_no_receiver_of_ours(db, django_assert_num_queries):
    watch("post_save", Order)
    Order.objects.create()
    for signal in (signals.pre_save, signals.post_save, signals.pre_delete, signals.post_delete):
        assert not signal.has_listeners(Unwatched)
    assert not signals.m2m_changed.has_listeners(Order.watchers.through)
    with django_assert_num_queries(1):
        Unwatched.objects.create()


def test_a_watched_save_that_does_not_match_costs_no_query(db, django_assert_num_queries):
    watched = Order.objects.create()
    for number in range(50):
        watch("post_save", watched, name=f"one of many {number}")
    watch("post_save", Order, conditions=[("status", "is", "paid")])
    Order.objects.create()
    with django_assert_num_queries(1):
        Order.objects.create()


@pytest.mark.parametrize("inside", [True, False], ids=["in atomic", "in autocommit"])
def test_a_match_costs_one_insert_whoever_will_hear_of_it(
    transactional_db, django_assert_num_queries, inside
):
    for number in range(5):
        watch("post_save", Order, name=f"trigger {number}")
    order = Order.objects.create()
    with transaction.atomic() if inside else nullcontext(), django_assert_num_queries(2) as queries:
        order.save()
    assert "INSERT INTO" in queries.captured_queries[1]["sql"]
    assert Event.objects.count() == 2


def test_a_condition_on_a_change_costs_one_select_more(db, django_assert_num_queries):
    order = Order.objects.create()
    for number in range(3):
        watch("post_save", order, conditions=[("status", "changed_to", "paid")], name=f"t{number}")
    order.save()
    with django_assert_num_queries(2):
        order.save()
    order.status = "paid"
    with django_assert_num_queries(3):
        order.save()


def test_only_a_save_that_is_asked_about_a_change_is_looked_up(db, django_assert_num_queries):
    order, other = Order.objects.create(), Order.objects.create()
    watch("post_save", order, conditions=[("status", "changed_to", "paid")])
    watch("post_save", Order)
    other.save()
    with django_assert_num_queries(2):
        other.save()
    with django_assert_num_queries(3):
        order.save()


@pytest.mark.postgres
def test_on_postgresql_the_insert_is_one_string_with_its_savepoint(db, django_assert_num_queries):
    watch("post_save", Order)
    Order.objects.create()
    assert needs_savepoint(connection)
    with django_assert_num_queries(2) as queries:
        Order.objects.create()
    assert queries.captured_queries[1]["sql"].startswith("SAVEPOINT")


def test_ten_thousand_triggers_are_read_by_three_queries_and_add_none_to_a_save(
    db, django_assert_num_queries, monkeypatch
):
    monkeypatch.setattr(reading, "quiet", lambda connection: nullcontext())
    order = Order.objects.create()
    watch_many()
    ask_for_changes()
    with django_assert_num_queries(3 + 1):
        order.save()
    assert listener().watch.current().watched["post_save", Order].needs_before
    with django_assert_num_queries(1):
        order.save()
    assert Event.objects.count() == 0


def test_a_transaction_of_many_saves_rings_once(transactional_db, settings):
    Engine.rings = 0
    settings.DSN = {"ENGINE": f"{__name__}.Engine"}
    watch("post_save", Order)
    with transaction.atomic():
        for _ in range(200):
            Order.objects.create()
    assert Event.objects.count() == 200
    assert Engine.rings == 1


def seconds_of(signal: Signal, instance: Model) -> float:
    """Of one sending, as a save sends it."""
    sender, sends = type(instance), 500
    started = time.perf_counter()
    for _ in range(sends):
        signal.send(
            sender=sender,
            instance=instance,
            created=False,
            update_fields=None,
            raw=False,
            using="default",
        )
    return (time.perf_counter() - started) / sends


def added(signal: Signal, watched: Model, other: Model) -> float:
    """What hearing of ``watched`` takes over an empty receiver: the minima of rounds in turn."""

    def empty(**_: object) -> None:
        """A receiver of the host's."""

    signal.connect(empty, sender=type(other))
    try:
        rounds = [(seconds_of(signal, watched), seconds_of(signal, other)) for _ in range(200)]
    finally:
        signal.disconnect(empty, sender=type(other))
    ours, floor = (min(side) for side in zip(*rounds, strict=True))
    return ours - floor


@pytest.mark.parametrize("asks", [False, True], ids=["any save", "changed_to"])
def test_ten_thousand_watched_objects_add_four_microseconds_to_a_save_of_another(
    transactional_db, asks
):
    need_the_machine("a save is timed beside an empty receiver")
    watch_many()
    if asks:
        ask_for_changes()
    order, other = Order.objects.create(), Unwatched.objects.create()
    heard = [signals.pre_save, signals.post_save] if asks else [signals.post_save]
    assert all(signal.has_listeners(Order) for signal in heard)
    assert sum(added(signal, order, other) for signal in heard) < 4 * MICROSECOND
