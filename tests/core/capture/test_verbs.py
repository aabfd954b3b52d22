"""Each verb is heard, however its signal is sent, and matched by all four parts."""

from __future__ import annotations

import uuid
from decimal import Decimal

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.core import serializers
from django.test import Client

from dsn_core import aemit, emit
from dsn_core.exceptions import UnknownVerb
from dsn_core.models import Backend, Event, Subscription, Trigger
from dsn_core.models.payload import occurrence_of
from tests.host.models import Country, Order, ProxyOrder, RushOrder, Ticket, Unwatched
from tests.host.signals import order_paid, refunded

pytestmark = pytest.mark.django_db
watch = Trigger.objects.watch


@pytest.fixture
def ada():
    return get_user_model().objects.create_user("ada", email="ada@example.org")


def test_the_first_save_after_an_edit_counts(events):
    watch("post_save", Order)
    order = Order.objects.create(number="7")
    [event] = events()
    assert event.verb == "post_save"
    occurrence = occurrence_of(event)
    assert occurrence.action_object == order
    assert occurrence.values["created"] is True


def test_a_model_that_nothing_watches_is_not_heard(events):
    watch("post_save", Order)
    Unwatched.objects.create()
    assert events() == []


@pytest.mark.parametrize("verb", ["pre_delete", "post_delete"])
def test_a_deletion_is_heard_with_what_was_deleted(events, verb):
    order = Order.objects.create(number="gone")
    watch(verb, Order)
    order.delete()
    [event] = events()
    assert occurrence_of(event).action_object.number == "gone"


def test_a_deletion_of_a_queryset_is_heard_although_it_could_be_fast(events):
    Unwatched.objects.create(name="a")
    watch("post_delete", Unwatched)
    Unwatched.objects.all().delete()
    assert len(events()) == 1


def test_a_change_of_a_relation_is_heard_once_from_either_side(events, ada):
    order = Order.objects.create()
    watch("m2m_changed", Order, name="orders")
    order.watchers.add(ada)
    [event] = events()
    values = occurrence_of(event).values
    assert (values["action"], values["pk_set"]) == ("post_add", [ada.pk])
    ada.watched.clear()
    assert len(events()) == 1, "from the other side the user is the action object"
    watch("m2m_changed", get_user_model(), name="users")
    ada.watched.set([order])
    assert occurrence_of(events()[1]).action_object == ada


def test_an_initialisation_is_heard_once_the_index_is_read(events):
    Order.objects.create()
    watch("post_init", Order)
    Order.objects.count()
    Country.objects.create(code="x")
    Order.objects.get()
    assert [event.verb for event in events()] == ["post_init"]


def test_what_will_be_made_is_known_by_its_model_alone(events):
    watch("pre_init", Order)
    Country.objects.create(code="x")
    Order()
    assert [event.verb for event in events()] == ["pre_init"]


def test_a_login_and_a_logout_know_who(events, ada):
    ada.set_password("secret")
    ada.save()
    watch("user_logged_in", actor_object=ada)
    watch("user_logged_out")
    watch("user_login_failed")
    client = Client()
    client.login(username="ada", password="secret")
    client.logout()
    client.login(username="ada", password="wrong")
    assert [event.verb for event in events()] == [
        "user_logged_in",
        "user_logged_out",
        "user_login_failed",
    ]
    assert occurrence_of(events()[0]).actor == ada
    assert "wrong" not in str(events()[2].payload)


@pytest.mark.parametrize("send", ["send", "send_robust"])
def test_a_custom_signal_is_a_verb_without_registration(events, ada, send):
    order = Order.objects.create(total=Decimal("9.50"))
    watch("host.refunded", actor_object=ada, target="front desk")
    getattr(refunded, send)(Order, action_object=order, actor=ada, target="front desk", amount=3)
    getattr(refunded, send)(Order, action_object=order, actor=ada, target="back office")
    getattr(refunded, send)(Order, action_object=order, target="front desk")
    [event] = events()
    occurrence = occurrence_of(event)
    assert (occurrence.actor, occurrence.target, occurrence.values["amount"]) == (
        ada,
        "front desk",
        3,
    )
    assert occurrence.action_object.total == Decimal("9.50")


@pytest.mark.parametrize("send", ["asend", "asend_robust"])
def test_a_custom_signal_may_be_sent_from_async_code(events, send):
    watch("host.refunded")
    async_to_sync(getattr(refunded, send))(Order, amount=Decimal("1.10"))
    assert occurrence_of(events()[0]).values["amount"] == Decimal("1.10")


@pytest.mark.parametrize("name", ["raw", "using", "plan", "origin", "apps", "verbosity"])
def test_a_custom_signal_may_call_its_values_as_django_does(events, name):
    watch("host.refunded")
    refunded.send(Order, **{name: "gold"})
    assert occurrence_of(events()[0]).values == {name: "gold"}


def test_emit_says_what_sends_no_signal(events):
    watch("post_save", Order, conditions=[("created", "is", True)])
    watch("host.order_paid", Order)
    Order.objects.bulk_create([Order(number="1"), Order(number="2")])
    assert events() == []
    for order in Order.objects.all():
        emit("post_save", action_object=order, created=True)
    async_to_sync(aemit)("host.order_paid", action_object=order, amount=1)
    assert [event.verb for event in events()] == ["post_save", "post_save", "host.order_paid"]


def test_emit_of_an_unknown_verb_raises_nothing_unless_that_is_wanted(events, settings, caplog):
    emit("host.nothing")
    assert "host.nothing" in caplog.text
    settings.DSN = {"CAPTURE_ERRORS": "raise"}
    with pytest.raises(UnknownVerb, match=r"host\.nothing.*host\.order_paid"):
        emit("host.nothing")


def test_a_trigger_on_one_object_hears_that_object_only(events):
    first, second = Order.objects.create(), Order.objects.create()
    watch("post_save", first)
    second.save()
    assert events() == []
    first.save()
    assert len(events()) == 1


def test_uuid_and_text_keys_are_compared_as_text(events):
    ticket = Ticket.objects.create(id=uuid.uuid4())
    country = Country.objects.create(code="DE")
    watch("post_save", ticket)
    watch("post_save", country)
    ticket.save()
    Ticket.objects.create()
    country.save()
    Country.objects.create(code="FR")
    assert [event.payload["action_object"]["model"] for event in events()] == [
        "host.ticket",
        "host.country",
    ]
    assert occurrence_of(events()[0]).action_object == ticket


def test_a_proxy_counts_as_its_model_but_not_the_other_way_round(events):
    watch("post_save", Order, name="concrete")
    ProxyOrder.objects.create()
    assert len(events()) == 1
    watch("post_save", ProxyOrder, name="concrete")
    Order.objects.create()
    assert len(events()) == 1


def test_a_multi_table_child_counts_where_the_trigger_says_so(events):
    watch("post_save", Order, name="orders")
    RushOrder.objects.create(number="r")
    assert events() == []
    watch("post_save", Order, name="orders", include_children=True)
    RushOrder.objects.create(number="r")
    assert occurrence_of(events()[0]).action_object.deadline == 1


def test_the_actor_is_not_confused_with_an_action_object_of_the_same_key(events, ada):
    order = Order.objects.create(pk=ada.pk)
    watch("post_save", Order, actor_object=ada)
    order.save()
    assert events() == []


def test_fixtures_capture_nothing(events):
    watch("post_save", Order)
    watch("pre_save", Order)
    text = serializers.serialize("json", [Order(pk=9, number="f")])
    for loaded in serializers.deserialize("json", text):
        loaded.save()
    assert Order.objects.count() == 1
    assert events() == []


def test_dsn_itself_is_never_a_sender(events):
    watch("post_save")
    watch("post_delete")
    Trigger.objects.create(name="another", verb="post_save", enabled=False).delete()
    assert events() == []
    Order.objects.create()
    assert len(events()) == 1


def test_dsns_own_relations_to_users_are_never_senders(events, ada):
    watch("m2m_changed")
    paid = watch("post_save", Order)
    mail = Backend.objects.create(name="m", messenger="console", message_template="dsn.plain")
    Subscription.objects.subscribe(paid, mail, users=[ada])
    assert events() == []


def test_a_disabled_trigger_is_not_heard(events):
    watch("post_save", Order, enabled=False)
    Order.objects.create()
    Trigger.objects.update(enabled=True)
    Order.objects.create()
    assert len(events()) == 1


def test_one_event_for_all_the_triggers_that_count_it(events):
    first = watch("post_save", Order, name="a")
    second = watch("post_save", Order, name="b", conditions=[("status", "is", "new")])
    Order.objects.create()
    [event] = events()
    assert sorted(event.trigger_ids) == sorted([first.pk, second.pk])


def test_a_trigger_whose_model_is_gone_stops_no_other(events):
    watch("post_save", Order)
    Trigger.objects.create(name="gone", verb="post_save", action_object_model="shop.gone")
    Order.objects.create()
    assert len(events()) == 1


def test_order_paid_by_the_customer_is_by_her(events, ada):
    watch("host.order_paid", actor_object=get_user_model())
    order_paid.send(Order, actor="a script")
    order_paid.send(Order, actor=ada)
    assert Event.objects.get().actor == f"auth.user:{ada.pk}"
