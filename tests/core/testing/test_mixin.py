"""The kit for ``django.test.TestCase``."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import transaction
from django.test import TestCase, TransactionTestCase

from dsn_core.conf import INLINE, config
from dsn_core.contract.outcome import Refusal, Refused
from dsn_core.models import Backend, Subscription, Trigger
from dsn_core.testing import DSNTestMixin
from tests.host.models import Order

LATER = Refused(refusal=Refusal.RETRY, code="429", reason="Slow down", retry_after=600)


def set_up() -> User:
    """Whose order is paid hears of it, through an account that settings do not name."""
    backend = Backend.objects.create(name="M", messenger="log", account="marketing")
    paid = Trigger.objects.watch(
        "post_save", Order, conditions=[("status", "changed_to", "paid")], name="Paid"
    )
    Subscription.objects.subscribe(paid, backend, paths=["customer"])
    return User.objects.create(username="ada")


class InATransaction(DSNTestMixin, TestCase):
    ada: User

    @classmethod
    def setUpTestData(cls) -> None:
        cls.ada = set_up()

    def pay(self) -> None:
        Order.objects.create(customer=self.ada, status="paid")

    def test_the_outbox_holds_what_would_have_been_sent(self):
        assert len(self.dsn_outbox) == 0
        self.pay()
        self.dsn_outbox.assert_sent(to=self.ada, messenger="log")

    def test_nothing_of_one_test_is_in_the_next(self):
        self.test_the_outbox_holds_what_would_have_been_sent()

    def test_a_block_is_captured_with_its_commit(self):
        with self.dsn_capture() as outbox:
            transaction.on_commit(self.pay)
        outbox.assert_sent(to=self.ada)
        self.dsn_outbox.assert_sent(to=self.ada)

    async def test_an_async_test_looks_from_a_thread(self):
        await sync_to_async(self.pay)()
        await sync_to_async(self.dsn_outbox.assert_sent)(to=self.ada)

    def test_time_passes(self):
        self.dsn_outbox.refuse(outcome=LATER)
        self.pay()
        self.dsn_outbox.assert_empty()
        self.dsn_clock.advance(minutes=10)
        self.dsn_outbox.assert_sent(to=self.ada)


class Committed(DSNTestMixin, TransactionTestCase):
    def test_the_outbox_holds_what_would_have_been_sent(self):
        ada = set_up()
        with transaction.atomic():
            Order.objects.create(customer=ada, status="paid")
        self.dsn_outbox.assert_sent(to=ada)

    test_nothing_of_one_test_is_in_the_next = test_the_outbox_holds_what_would_have_been_sent


class Forgetful(DSNTestMixin, TestCase):
    def setUp(self) -> None:
        """Does not call that of the mixin."""

    def test_what_is_forgotten_is_said(self):
        with pytest.raises(RuntimeError, match=r"Forgetful has no outbox.*super\(\)\.setUp\(\)"):
            _ = self.dsn_outbox


@pytest.mark.django_db
def test_when_the_class_is_done_all_is_as_it_was():
    assert config().engine == INLINE
