"""The fixtures of the kit, and a host project that uses them: orders, a customer and a clerk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User

from dsn_core.contract.fields import Fields, option
from dsn_core.contract.messenger import Messenger
from dsn_core.contract.template import MessageTemplate
from dsn_core.exceptions import InvalidAddress
from dsn_core.models import Backend, StoredTemplate, Subscription, Trigger
from dsn_core.testing.pytest_plugin import (
    dsn_capture,
    dsn_clock,
    dsn_outbox,
    pytest_itemcollected,
)
from tests.core.delivery.conftest import install
from tests.host.models import Order

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["dsn_capture", "dsn_clock", "dsn_outbox", "install", "pytest_itemcollected"]


class MailAccount(Fields):
    """Cannot be made without its token."""

    token: str = option(label="Token", secret=True)
    domain: str = option(default="example.org", label="Domain")


class Mail(Messenger[MailAccount, Fields]):
    """Writes to what has an @, in small letters. Nothing of a real one may be called in a test."""

    key = "mail"
    label = "Mail"
    channel = "email"
    user_field = "email"
    supports_subject = True
    rate = "1/day"
    rate_per_address = "1/day"

    def __enter__(self):
        raise AssertionError("A connection was opened.")

    def send(self, envelope):
        raise AssertionError("Something was sent.")

    def send_many(self, envelopes):
        raise AssertionError("Something was sent.")

    def normalize_address(self, raw: str) -> str:
        if "@" not in raw:
            raise InvalidAddress(f"{raw!r} has no @")
        return raw.strip().lower()

    def address_rate(self, address: str) -> str | None:
        return "1/day"

    def poll(self):
        raise AssertionError("The service was asked.")

    probe = poll


class Paid(MessageTemplate):
    """The words of the host, in English."""

    key = "shop.paid"
    label = "Paid"
    subject = "Order {{ action_object.number }} is paid"
    text = "Dear {{ user.first_name }}, we have your money. \N{PARTY POPPER}"


@pytest.fixture
def shop(install: Callable[..., None]) -> None:
    """Installs what the host has, beside core's own. To come before an outbox is opened."""
    install(Mail, Paid)


@pytest.fixture
def ada(db: None) -> User:
    """The customer, who reads German: her last name says so."""
    return User.objects.create(username="ada", email="Ada@Example.org", last_name="de")


@pytest.fixture
def clerk(db: None) -> User:
    """Works in the shop."""
    return User.objects.create(username="clerk", email="clerk@example.org", is_staff=True)


@pytest.fixture
def mail(db: None) -> Backend:
    """No account of it stands in settings."""
    return Backend.objects.create(name="Mail", messenger="mail", message_template="shop.paid")


@pytest.fixture
def trigger(db: None) -> Trigger:
    """Waits for an order to be paid."""
    return Trigger.objects.watch(
        "post_save", Order, conditions=[("status", "changed_to", "paid")], name="Paid"
    )


@pytest.fixture
def notices(trigger: Trigger, mail: Backend, settings: Any) -> Subscription:
    """Whose order is paid hears of it by mail."""
    settings.DSN = {"USER_LANGUAGE": "last_name"}
    StoredTemplate.objects.create(
        key="shop.paid", language="de", subject="Bezahlt", text="Bestellung bezahlt."
    )
    made = Subscription.objects.create(name="S", trigger=trigger, recipient_paths=["customer"])
    made.backends.add(mail)
    return made


@pytest.fixture
def order(ada: User) -> Order:
    """Ada's, not paid yet."""
    return Order.objects.create(number="7", customer=ada)


@pytest.fixture
def pay(order: Order) -> Callable[[], None]:
    """Pays Ada's order."""

    def pay() -> None:
        order.status = "paid"
        order.save()

    return pay


def subscribe(trigger: Trigger, messenger: str) -> Backend:
    """Tell the customer of what ``trigger`` counts by this messenger, too."""
    backend = Backend.objects.create(
        name=f"By {messenger}", messenger=messenger, message_template="shop.paid"
    )
    made = Subscription.objects.create(
        name=f"By {messenger}", trigger=trigger, recipient_paths=["customer"]
    )
    made.backends.add(backend)
    return backend
