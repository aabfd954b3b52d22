"""What can be done with an order. Nothing in here knows that anybody is told of it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max

from shop.models import Order
from shop.signals import order_refunded

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from shop.models import Customer

PRICE = Decimal("19.00")
EMPTY_CARD = "0000"


class CardDeclined(Exception):
    """The bank does not pay."""


def place(customer: Customer) -> Order:
    """A new order, with the next number."""
    with transaction.atomic():
        last = Order.objects.aggregate(number=Max("number", default=1000))["number"]
        return Order.objects.create(number=last + 1, customer=customer, total=PRICE)


def pay(order: Order, card: str) -> None:
    """Mark it as paid and charge the card. Raises ``CardDeclined``: then neither has happened."""
    with transaction.atomic():
        order.status = Order.Status.PAID
        order.save()
        charge(card, order.total)


def charge(card: str, amount: Decimal) -> None:
    """What a payment service would do."""
    if card == EMPTY_CARD:
        raise CardDeclined(f"The bank does not pay {amount} EUR from this card.")


def cancel(order: Order) -> None:
    """Mark it as cancelled."""
    order.status = Order.Status.CANCELLED
    order.save()


def refund(order: Order, amount: Decimal, *, by: User) -> None:
    """Give the money back, and say so to whoever listens."""
    with transaction.atomic():
        order.status = Order.Status.REFUNDED
        order.save()
        order_refunded.send(sender=Order, action_object=order, actor=by, amount=amount)
