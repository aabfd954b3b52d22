"""The whole way of a message in a host's test, up to the messenger, and nothing beside it."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from dsn_core.models import Backend, Delivery, Event, Subscription
from dsn_core.plugins.catalog import catalog
from dsn_core.signals import delivery_sent
from dsn_core.states import State
from dsn_core.testing.outbox import open_outbox
from tests.core.testing.conftest import Mail, Paid, subscribe
from tests.host.models import Order

pytestmark = pytest.mark.usefixtures("shop")


def test_nothing_is_done_before_somebody_looks(notices, pay, dsn_outbox):
    pay()
    assert Delivery.objects.count() == 0
    dsn_outbox.assert_sent()


def test_no_query_counter_of_the_host_sees_a_look(notices, pay, dsn_outbox):
    pay()
    with CaptureQueriesContext(connection) as queries:
        assert len(dsn_outbox) == 1
    assert len(queries) == 0


def test_what_is_announced_is_announced(notices, pay, dsn_outbox):
    heard = []

    def receive(delivery, **_):
        heard.append((delivery.state, len(dsn_outbox)))

    delivery_sent.connect(receive)
    try:
        pay()
        dsn_outbox.assert_sent()
    finally:
        delivery_sent.disconnect(receive)
    assert heard == [(State.SENT, 0)]


def test_what_a_receiver_causes_is_sent_too(notices, pay, order, dsn_outbox):
    def receive(delivery, **_):
        if order.number != "8":
            order.number = "8"
            Order.objects.create(number="8", customer=order.customer, status="paid")

    delivery_sent.connect(receive)
    try:
        pay()
        dsn_outbox.assert_sent(times=2)
    finally:
        delivery_sent.disconnect(receive)


def test_what_a_receiver_of_the_commit_causes_is_sent_too(notices, pay, order, dsn_outbox):
    def receive(delivery, **_):
        if order.number != "8":
            order.number = "8"
            again = {"number": "8", "customer": order.customer, "status": "paid"}
            transaction.on_commit(lambda: Order.objects.create(**again))

    delivery_sent.connect(receive)
    try:
        pay()
        dsn_outbox.assert_sent(times=2)
    finally:
        delivery_sent.disconnect(receive)


@pytest.mark.django_db(transaction=True)
def test_the_engine_does_nothing_by_itself_after_a_commit(notices, pay, dsn_outbox):
    before = threading.active_count()
    pay()
    assert threading.active_count() == before
    assert Event.objects.get().attempts == 0
    dsn_outbox.assert_sent()
    assert Delivery.objects.get().attempts == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_not_in_it(notices, pay, dsn_outbox):
    with transaction.atomic():
        pay()
        transaction.set_rollback(True)
    dsn_outbox.assert_empty()


def test_a_paced_account_makes_nobody_wait(notices, pay, order, settings, dsn_outbox):
    settings.DSN = {
        "MESSENGERS": {"mail": {"default": {"token": "t", "rate": "1/day"}}},
        "USER_LANGUAGE": "last_name",
    }
    pay()
    Order.objects.create(number="8", customer=order.customer, status="paid")
    dsn_outbox.assert_sent(times=2)


def test_settings_that_change_meanwhile_change_nothing_of_that(notices, pay, settings, dsn_outbox):
    settings.DSN = {"ENGINE": "nowhere.Engine", "USER_LANGUAGE": "last_name"}
    pay()
    dsn_outbox.assert_sent(language="de")


def test_an_account_that_settings_do_not_name_is_as_good(trigger, pay, ada, dsn_outbox):
    mail = Backend.objects.create(
        name="Mail", messenger="mail", account="marketing", message_template="shop.paid"
    )
    Subscription.objects.subscribe(trigger, mail, paths=["customer"])
    pay()
    (message,) = dsn_outbox.assert_sent(to=ada)
    assert (message.account, message.address) == ("marketing", "ada@example.org")


def test_an_account_keeps_what_settings_say_of_it(notices, pay, install, settings, dsn_outbox):
    class Local(Mail):
        def normalize_address(self, raw):
            return f"{raw.partition('@')[0]}@{self.account.domain}"

    install(Local, Paid)
    settings.DSN = {"MESSENGERS": {"mail": {"default": {"token": None, "domain": "shop.example"}}}}
    pay()
    dsn_outbox.assert_sent(to="Ada@shop.example")


def test_a_messenger_that_stores_what_it_sends_stores_nothing(trigger, pay, install, dsn_outbox):
    class Storing(Mail):
        key = "storing"

        def send_many(self, envelopes):
            Order.objects.create(number="stored")
            yield from super().send_many(envelopes)

    install(Storing, Paid)
    subscribe(trigger, "storing")
    pay()
    dsn_outbox.assert_sent()
    assert not Order.objects.filter(number="stored").exists()


ADDRESSES = {"email": "ada@example.org", "sms": "+4915112345678"}
"""What the messengers of these keys take for an address; the others take a number."""


@pytest.mark.parametrize("key", sorted(catalog().offers["messenger"]))
def test_no_messenger_that_is_installed_needs_to_be_set_up(key, trigger, pay, ada, monkeypatch):
    monkeypatch.undo()  # what is really installed
    catalog.cache_clear()
    ada.first_name = ADDRESSES.get(key, str(ada.pk))
    ada.save()
    with open_outbox() as outbox, override_settings(DSN={"ADDRESSES": {key: "first_name"}}):
        backend = Backend.objects.create(name=key, messenger=key)
        Subscription.objects.subscribe(trigger, backend, paths=["customer"])
        pay()
        outbox.assert_sent(messenger=key)
