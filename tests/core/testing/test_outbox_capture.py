"""``dsn_capture``: the whole way of what a block causes, commit included."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from dsn_core.capture import hearing
from dsn_core.conf import INLINE, config
from dsn_core.contract.outcome import Refusal, Refused
from dsn_core.models import Delivery, Event, Trigger
from dsn_core.signals import address_dead
from dsn_core.testing import dsn_capture
from dsn_core.testing.committing import commits_of_the_block
from tests.host.models import Order

pytestmark = pytest.mark.usefixtures("shop")

NEVER = Refused(refusal=Refusal.ADDRESS, code="550", reason="No such user")


def test_it_holds_what_the_block_has_caused_and_stays_readable(notices, pay, ada):
    with dsn_capture() as outbox:
        pay()
    outbox.assert_sent(to=ada)
    Order.objects.create(number="8", customer=ada, status="paid")
    outbox.assert_sent(to=ada)
    assert config().engine == INLINE


def test_what_waits_for_the_commit_happens_too(notices, pay, ada):
    with dsn_capture() as outbox:
        transaction.on_commit(pay)
        outbox.assert_empty()
    outbox.assert_sent(to=ada)


def test_what_waits_for_a_commit_that_fails_does_not(notices, pay):
    with dsn_capture() as outbox, transaction.atomic():
        transaction.on_commit(pay)
        transaction.set_rollback(True)
    outbox.assert_empty()


def test_it_can_be_looked_at_inside(notices, pay, ada):
    with dsn_capture() as outbox:
        pay()
        outbox.assert_sent(to=ada)
        Order.objects.create(number="8", customer=ada, status="paid")
    outbox.assert_sent(to=ada, times=2)


def test_what_dsn_leaves_to_a_commit_is_run_once(notices, pay):
    heard = []

    def receive(address, **_):
        heard.append(address)

    address_dead.connect(receive)
    try:
        with commits_of_the_block(), dsn_capture() as outbox:
            outbox.refuse(outcome=NEVER)
            pay()
            outbox.assert_empty()
            assert heard == ["ada@example.org"]
    finally:
        address_dead.disconnect(receive)
    assert heard == ["ada@example.org"]


def test_what_was_due_before_is_not_in_it(notices, pay, ada, dsn_outbox):
    Order.objects.create(number="6", customer=ada, status="paid")
    with dsn_capture() as outbox:
        pay()
    assert [message.delivery.event for message in outbox] == [Event.objects.latest("pk")]
    assert len(dsn_outbox) == 2


def test_nor_is_what_happened_before_part_of_what_it_says(notices, pay, ada, clerk):
    Order.objects.create(number="6", customer=clerk, status="paid")
    with dsn_capture() as outbox:
        pass
    pay()
    with pytest.raises(AssertionError, match="No trigger has counted anything"):
        outbox.assert_sent()
    with pytest.raises(AssertionError, match="None was made"):
        outbox.assert_suppressed(ada)


def test_a_trigger_that_breaks_is_no_secret_inside(notices, pay, order, dsn_outbox, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(hearing, "event_of", broken)
    with pytest.raises(ZeroDivisionError), dsn_capture():
        pay()
    order.status = "new"
    order.save()
    pay()
    dsn_outbox.assert_empty()


def test_a_refusal_ends_with_the_block(notices, pay, ada, dsn_outbox):
    with dsn_capture() as outbox:
        outbox.refuse(outcome=NEVER, times=None)
    pay()
    dsn_outbox.assert_sent(to=ada)


def test_it_is_a_decorator_too(notices, pay):
    @dsn_capture()
    def run():
        pay()

    run()
    assert Delivery.objects.get().state == "sent"


def test_what_was_sent_before_an_error_can_be_seen(notices, pay, ada):
    def fail():
        pay()
        raise RuntimeError

    with pytest.raises(RuntimeError), dsn_capture() as outbox:
        fail()
    outbox.assert_sent(to=ada)


def test_an_error_that_breaks_the_transaction_is_the_one_that_is_told(db):
    User.objects.create(username="ada")
    with pytest.raises(IntegrityError), dsn_capture() as outbox:
        User.objects.create(username="ada")
    assert len(outbox) == 0
    assert config().engine == INLINE


def test_a_trigger_that_is_made_inside_counts_inside(ada):
    with dsn_capture() as outbox:
        Trigger.objects.watch("post_save", Order)
        Order.objects.create(number="8", customer=ada)
    with pytest.raises(AssertionError, match="no subscription is switched on"):
        outbox.assert_sent()


@pytest.mark.django_db(transaction=True)
def test_where_tests_are_committed_it_does_the_same(notices, pay, ada):
    with dsn_capture() as outbox:
        with transaction.atomic():
            transaction.on_commit(pay)
        outbox.assert_sent(to=ada)
    assert len(outbox) == 1


def test_the_fixture_is_the_same(notices, pay, ada, dsn_capture):
    with dsn_capture() as outbox:
        pay()
    outbox.assert_sent(to=ada)
