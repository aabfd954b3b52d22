"""``Trigger.objects.watch``: a trigger by code, and what it refuses."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import signals
from django.db.models.signals import ModelSignal

from dsn_core.exceptions import InvalidCondition, InvalidTrigger, UnknownVerb
from dsn_core.models import Backend, Condition, Event, Trigger
from dsn_core.models.parts import MODEL_VERBS, OBJECTLESS_VERBS
from tests.host.models import Country, Order, ProxyOrder, Ticket

pytestmark = pytest.mark.django_db


def _conditions(trigger: Trigger) -> list[tuple[str, str, object]]:
    return list(trigger.conditions.values_list("field", "operator", "value"))


def test_a_model_is_watched_with_conditions():
    trigger = Trigger.objects.watch(
        "post_save", Order, conditions=[("status", "changed_to", "paid"), ("gift", "changed")]
    )
    assert trigger.name == "post_save host.order status changed_to paid, gift changed"
    assert (trigger.action_object_model, trigger.action_object_pk) == ("host.order", "")
    assert _conditions(trigger) == [("status", "changed_to", "paid"), ("gift", "changed", None)]


def test_one_object_an_actor_and_a_plain_value_are_watched():
    clerk = get_user_model().objects.create_user("clerk")
    order = Order.objects.create()
    trigger = Trigger.objects.watch(
        "host.refunded", order, actor_object=clerk, target="front desk", name="Refunds"
    )
    assert trigger.part("action_object").pk == str(order.pk)
    assert trigger.part("actor_object").model == "auth.user"
    assert trigger.part("target").value == "front desk"
    assert trigger.name == "Refunds"


@pytest.mark.parametrize("label", ["host.Order", "host.order"])
def test_the_name_of_a_model_is_not_taken_for_a_plain_value(label: str):
    with pytest.raises(InvalidTrigger, match=f"the text '{label}', which names a model; give the"):
        Trigger.objects.watch("post_save", label)


@pytest.mark.parametrize("verb", sorted(MODEL_VERBS))
@pytest.mark.parametrize("thing", ["Order", "paid", 7])
def test_no_plain_value_is_what_a_signal_of_models_is_about(verb: str, thing: object):
    words = f"the text '{thing}', but {verb} is about objects of models; give the model itself"
    with pytest.raises(InvalidTrigger, match=words):
        Trigger.objects.watch(verb, thing)
    assert not Trigger.objects.exists()


def test_the_signals_of_models_are_all_that_django_has():
    names = {name for name, thing in vars(signals).items() if isinstance(thing, ModelSignal)}
    assert set(MODEL_VERBS) == names


def test_another_signal_may_be_about_a_plain_value():
    assert Trigger.objects.watch("host.refunded", "Order").action_object_value == "Order"


def test_a_plain_value_of_such_a_signal_is_refused_in_the_admin():
    trigger = Trigger(name="x", verb="post_save", action_object_value="Order")
    with pytest.raises(ValidationError, match="give the model itself") as caught:
        trigger.full_clean()
    assert set(caught.value.message_dict) == {"action_object_value"}


def test_keys_that_are_no_numbers_are_kept_as_text():
    ticket, country = Ticket.objects.create(), Country.objects.create(code="de")
    assert Trigger.objects.watch("post_save", ticket).action_object_pk == str(ticket.pk)
    assert Trigger.objects.watch("post_save", country).action_object_pk == "de"


def test_a_proxy_is_watched_as_itself():
    assert Trigger.objects.watch("post_save", ProxyOrder).action_object_model == "host.proxyorder"


def test_the_trigger_of_that_name_is_updated_and_its_conditions_replaced():
    first = Trigger.objects.watch("post_save", Order, name="Paid", conditions=[("gift", "changed")])
    again = Trigger.objects.watch(
        "pre_save", Ticket, name="Paid", conditions=[("title", "is", "x")]
    )
    assert again.pk == first.pk
    assert (again.verb, again.action_object_model) == ("pre_save", "host.ticket")
    assert _conditions(again) == [("title", "is", "x")]
    assert Condition.objects.count() == 1


def test_watching_the_same_twice_makes_one_trigger():
    for _ in range(2):
        Trigger.objects.watch("post_save", Order, conditions=[("status", "is", "paid")])
    assert Trigger.objects.count() == 1


def test_what_is_not_said_is_left_as_it_was():
    Trigger.objects.watch("post_save", Order, name="Paid", enabled=False)
    assert Trigger.objects.watch("post_save", Order, name="Paid").enabled is False
    week = dt.timedelta(days=7)
    trigger = Trigger.objects.watch("post_save", Order, name="Paid", expires_after=week)
    assert trigger.expires_after == week


def test_two_long_triggers_that_begin_alike_stay_two():
    long = "x" * 300
    one, other = (
        Trigger.objects.watch("post_save", Order, conditions=[("number", "is", long + end)])
        for end in "ab"
    )
    assert one.pk != other.pk
    assert len(one.name) == len(other.name) == 200


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        ("total", Decimal("10.50"), "10.50"),
        ("placed_at", dt.datetime(2026, 1, 2, tzinfo=dt.UTC), "2026-01-02T00:00:00+00:00"),
        ("items", 3, 3),
        ("gift", True, True),
        ("placed_at", None, None),
    ],
)
def test_a_value_is_stored_so_that_its_field_can_read_it(field: str, value: object, stored: object):
    trigger = Trigger.objects.watch("post_save", Order, conditions=[(field, "is", value)])
    trigger.refresh_from_db()
    assert trigger.conditions.get().value == stored


def test_a_related_object_is_compared_by_its_key():
    ada = get_user_model().objects.create_user("ada")
    trigger = Trigger.objects.watch("post_save", Order, conditions=[("customer", "is", ada)])
    assert trigger.conditions.get().value == ada.pk


def test_what_a_silent_verb_provides_is_not_known_and_not_refused():
    Trigger.objects.watch("host.order_paid", Order, conditions=[("amount", "gt", 3)])


BAD: list[tuple[tuple[Any, ...], dict[str, Any], type[Exception], str]] = [
    (("shop.paid",), {}, UnknownVerb,
     r"no verb 'shop.paid'.*known are.*host\.order_paid.*post_save"),
    (("post_save", Order()), {}, InvalidTrigger, "action_object is not saved yet"),
    (("post_save", Ticket()), {}, InvalidTrigger, "action_object is not saved yet"),
    (("post_save",), {"target": [1]}, InvalidTrigger, "target is an object of list; it must be"),
    (("post_save",), {"target": ""}, InvalidTrigger, "target is an object of str"),
    (("post_save", Event), {}, InvalidTrigger, "DSN's own dsn.Event"),
    (("post_save", Order), {"match": "some"}, InvalidTrigger, "match is 'some'; it must be one of"),
    (("post_save", Order), {"name": "x" * 201}, InvalidTrigger, "longer than 200 characters"),
    (("post_save", Order), {"conditions": [("stauts", "is", "paid")]}, InvalidCondition,
     r"host.Order has no field 'stauts'; it has id, number, status"),
    (("post_save", Order), {"conditions": [("status", "equals", "paid")]}, InvalidCondition,
     "no operator 'equals'; there are is, is_not"),
    (("post_save", Order), {"conditions": [("status", "is")]}, InvalidCondition,
     r"\('status', 'is'\) is no condition; write \(field, operator, value\)"),
    (("post_save", Order), {"conditions": ["status"]}, InvalidCondition, "is no condition"),
    (("post_save", Order), {"conditions": [(3, "is", 3)]}, InvalidCondition, "is no condition"),
    (("post_save", Order), {"conditions": [("items", "gt", "many")]}, InvalidCondition,
     r"'many' cannot be a value of 'items' \(IntegerField\)"),
    (("post_save", Order), {"conditions": [("items", "in", [1, "two"])]}, InvalidCondition,
     "'two' cannot be a value of 'items'"),
    (("post_save", Order), {"conditions": [("status", "is", ["new", "paid"])]}, InvalidCondition,
     "compares 'status' with one value, not with a list; for several there is 'in'"),
    (("post_save", Order), {"conditions": [("status", "is", object())]}, InvalidCondition,
     "cannot be compared with an object of object"),
    (("post_save", Order), {"conditions": [("customer.email", "is", "a@b.c")]}, InvalidCondition,
     "crosses a relation of host.Order"),
    (("post_save", Order), {"conditions": [("a.b.c", "is", 1)]}, InvalidCondition,
     "cannot be read when the signal fires"),
    (("post_save", Order), {"conditions": [("values.colour", "is", 1)]}, InvalidCondition,
     "post_save provides no value 'colour'; it provides created"),
    (("post_save", Order), {"conditions": [("created", "changed")]}, InvalidCondition,
     "needs a field of the action object"),
    (("post_delete", Order), {"conditions": [("status", "changed")]}, InvalidCondition,
     "needs to know what was there before, which only pre_save and post_save do"),
]  # fmt: skip


@pytest.mark.parametrize(("args", "kwargs", "error", "words"), BAD)
def test_what_makes_no_sense_is_refused_with_which_and_why(
    args: tuple[Any, ...], kwargs: dict[str, Any], error: type[Exception], words: str
):
    with pytest.raises(error, match=words):
        Trigger.objects.watch(*args, **kwargs)
    assert not Trigger.objects.exists()


def test_a_key_that_the_model_cannot_have_is_refused_in_the_admin():
    trigger = Trigger(
        name="x", verb="post_save", action_object_model="host.order", action_object_pk="seven"
    )
    with pytest.raises(ValidationError, match="'seven' cannot be the primary key"):
        trigger.full_clean()


def test_a_model_that_is_gone_is_refused_in_the_admin():
    trigger = Trigger(name="x", verb="post_save", action_object_model="host.gone")
    with pytest.raises(ValidationError, match=r"no model 'host\.gone'"):
        trigger.full_clean()


def test_a_backend_without_anything_is_told_what_fits():
    backend = Backend(name="x", messenger="telepathy", message_template="no.such")
    with pytest.raises(ValidationError) as caught:
        backend.full_clean()
    assert set(caught.value.message_dict) == {"messenger", "message_template"}


def test_one_object_cannot_be_watched_before_there_is_any():
    order = Order.objects.create()
    with pytest.raises(InvalidTrigger, match="pre_init is sent before there is any"):
        Trigger.objects.watch("pre_init", order)


@pytest.mark.parametrize("verb", OBJECTLESS_VERBS)
def test_a_signal_that_is_about_no_object_is_watched_for_none(verb):
    with pytest.raises(InvalidTrigger, match=f"but {verb} is about none; leave it out"):
        Trigger.objects.watch(verb, Order)
    Trigger.objects.watch(verb, actor_object=Order)
