"""Customers and their orders."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Customer(models.Model):
    """A user who buys. ``customer.user`` leads from an order to who is told of it."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="customer"
    )
    language = models.CharField(max_length=10, choices=settings.LANGUAGES, default="en")
    phone = models.CharField(max_length=30, blank=True)

    def __str__(self) -> str:
        return self.user.get_full_name()


class Order(models.Model):
    """What somebody has bought. Its status is changed in ``shop.ordering`` and in the admin."""

    class Status(models.TextChoices):
        """How far it has come."""

        NEW = "new", "new"
        PAID = "paid", "paid"
        CANCELLED = "cancelled", "cancelled"
        REFUNDED = "refunded", "refunded"

    number = models.PositiveIntegerField(unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="orders")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.NEW)
    total = models.DecimalField(max_digits=8, decimal_places=2)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return f"Order {self.number}"
