"""Conditions held against a save: what was there before, and what is there now."""

from __future__ import annotations

import contextlib
from decimal import Decimal

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F, signals

from dsn_core import emit
from dsn_core.models import Trigger
from dsn_core.models.payload import occurrence_of
from dsn_core.pausing import capture_paused
from tests.host.models import Order
from tests.host.signals import refunded

pytestmark = pytest.mark.django_db
watch = Trigger.objects.watch


@pytest.fixture
def order():
    return Order.objects.create(number="A-7", total=Decimal("5.00"))


def test_a_change_to_a_value_counts_once(events, order):
    watch("post_save", Order, conditions=[("status", "changed_to", "paid")])
    order.save()
    order.status = "paid"
    order.save()
    order.save()
    [event] = events()
    assert occurrence_of(event).changes["status"] == ("new", "paid")


def test_creation_changes_every_field(events):
    watch("post_save", Order, conditions=[("status", "changed_to", "paid")])
    Order.objects.create(status="paid")
    Order.objects.create(status="new")
    [event] = events()
    assert occurrence_of(event).changes["status"] == (None, "paid")


def test_a_change_from_a_value_needs_that_value_before(events, order):
    watch("post_save", Order, conditions=[("status", "changed_from", "new")])
    Order.objects.create(status="paid")
    order.status = "paid"
    order.save()
    assert len(events()) == 1


def test_equal_values_of_another_type_are_no_change(events, order):
    watch("post_save", Order, conditions=[("total", "changed")])
    order.total = "5"
    order.save()
    assert events() == []
    order.total = 6
    order.save()
    assert occurrence_of(events()[0]).changes["total"] == (Decimal("5.00"), Decimal("6"))


def test_a_field_that_was_not_written_has_not_changed(events, order):
    watch("post_save", Order, conditions=[("status", "changed")])
    order.status = "paid"
    order.save(update_fields=["number"])
    assert events() == []
    order.save(update_fields=["status"])
    assert len(events()) == 1


def test_an_object_of_a_given_key_that_exists_is_compared_with_its_row(events, order):
    watch("post_save", Order, conditions=[("status", "changed_to", "paid")])
    Order(pk=order.pk, status="paid", total=order.total).save()
    assert occurrence_of(events()[0]).changes["status"] == ("new", "paid")


def test_a_change_costs_one_select_and_one_insert(order, django_assert_num_queries):
    watch("post_save", Order, conditions=[("status", "changed_to", "paid")])
    order.save()
    order.status = "paid"
    with django_assert_num_queries(3) as captured:
        order.save()
    kinds = [query["sql"].split()[0] for query in captured.captured_queries]
    assert [kind.rstrip(";") for kind in kinds if kind != "SAVEPOINT"][:2] == ["SELECT", "UPDATE"]


@pytest.mark.parametrize(
    ("condition", "counts"),
    [
        (("status", "is", "new"), True),
        (("status", "is_not", "new"), False),
        (("total", "gte", 5), True),
        (("total", "gt", "5.00"), False),
        (("total", "lt", 5.01), True),
        (("items", "lte", "1"), True),
        (("number", "contains", "A-"), True),
        (("status", "in", ["new", "paid"]), True),
        (("placed_at", "is_empty"), True),
        (("gift", "is", "True"), False),
        (("created", "is", False), True),
        (("values.created", "is", True), False),
        (("action_object.status", "is", "new"), True),
        (("customer", "is_empty"), True),
    ],
)
def test_a_value_is_compared_as_the_type_of_its_field(events, order, condition, counts):
    watch("post_save", Order, conditions=[condition])
    Order.objects.get().save()
    assert bool(events()) is counts


def test_a_relation_is_compared_by_its_key(events, order):
    ada = get_user_model().objects.create_user("ada")
    watch("post_save", Order, conditions=[("customer", "is", ada.pk)])
    order.save()
    order.customer = ada
    order.save()
    assert len(events()) == 1


def test_all_or_any_of_the_conditions(events, order):
    conditions = [("status", "is", "paid"), ("total", "is", 5)]
    watch("post_save", Order, conditions=conditions, name="all")
    order.save()
    assert events() == []
    watch("post_save", Order, conditions=conditions, name="all", match="any")
    order.save()
    assert len(events()) == 1


def test_what_a_signal_provides_wins_over_a_field_of_the_same_name(events, order):
    watch("host.refunded", Order, conditions=[("status", "is", "partial")])
    refunded.send(Order, action_object=order, status="partial")
    watch("host.refunded", Order, conditions=[("action_object.status", "is", "new")], name="field")
    refunded.send(Order, action_object=order, status="full")
    assert len(events()) == 2


def test_a_field_of_a_provided_object_is_compared(events, order):
    watch("host.refunded", conditions=[("order.total", "gt", 4)])
    refunded.send(Order, order=order)
    refunded.send(Order, order=Order(total=1))
    refunded.send(Order, order=None)
    assert len(events()) == 1


def test_an_expression_is_never_stored_unresolved(events, order):
    watch("post_save", Order)
    order.items = F("items") + 1
    order.save()
    [event] = events()
    assert occurrence_of(event).action_object.items == 2


def test_a_pre_save_event_keeps_what_was_there_before_the_save(events):
    watch("pre_save", Order)
    order = Order.objects.create(number="n")
    [event] = events()
    occurrence = occurrence_of(event)
    assert occurrence.action_object.pk == order.pk
    assert event.payload["action_object"]["fields"]["id"] is None


def test_a_save_that_failed_leaves_no_pre_save_event(events, order):
    watch("pre_save", Order)
    order.customer_id = "not a key"
    with pytest.raises(ValueError, match="not a key"), transaction.atomic():
        order.save()
    order.customer_id = None
    order.save()
    assert len(events()) == 1


def test_conditions_that_cannot_be_compared_count_as_no(events, order):
    watch("host.refunded", conditions=[("amount", "gt", 5)])
    emit("host.refunded", amount=["many"])
    emit("host.refunded", amount=None)
    emit("host.refunded")
    assert events() == []


@pytest.fixture
def saves_within_saves(order):
    """The host's own receiver, which comes before ours, saves the order again, and fails once."""

    def save(instance, update_fields, **_: object):
        if update_fields is None:
            instance.save(update_fields=["items"])
            instance.customer_id = "not a key"
            with contextlib.suppress(ValueError), transaction.atomic():
                instance.save(update_fields=["customer"])
            instance.customer_id = None

    signals.post_save.connect(save, sender=Order)
    signals.post_save.receivers.insert(0, signals.post_save.receivers.pop())
    yield
    signals.post_save.disconnect(save, sender=Order)


def test_a_save_within_the_save_takes_no_old_value_away(events, order, saves_within_saves):
    watch("post_save", Order, conditions=[("status", "changed_to", "paid")])
    order.status = "paid"
    order.save()
    [event] = events()
    assert occurrence_of(event).changes["status"] == ("new", "paid")


def test_each_save_within_another_leaves_its_own_pre_save_event(events, order, saves_within_saves):
    watch("pre_save", Order)
    order.save()
    assert [event.payload["values"]["update_fields"] for event in events()] == [["items"], None]


def test_saves_that_fail_for_ever_are_not_all_remembered(order):
    watch("pre_save", Order)
    order.customer_id = "not a key"
    for _ in range(30):
        with pytest.raises(ValueError, match="not a key"), transaction.atomic():
            order.save()
    assert vars(order._state)["dsn_save"].depth <= 10


def test_a_save_while_capture_is_off_tells_of_no_other_that_failed(events, order):
    watch("pre_save", Order)
    order.customer_id = "not a key"
    with pytest.raises(ValueError, match="not a key"), transaction.atomic():
        order.save()
    order.customer_id = None
    with capture_paused():
        order.save()
    assert events() == []
