"""Models of every shape that a host project may have."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.conf import settings
from django.db import models


class Order(models.Model):
    """An order, with a field of most kinds."""

    number = models.CharField(max_length=40, default="A-1")
    status = models.CharField(
        max_length=20, default="new", choices=[("new", "New"), ("paid", "Paid")]
    )
    total = models.DecimalField(max_digits=10, decimal_places=2, default=Decimal("0"))
    items = models.IntegerField(default=1)
    placed_at = models.DateTimeField(null=True)
    gift = models.BooleanField(default=False)
    data = models.JSONField(default=dict)
    blob = models.BinaryField(default=b"")
    access_token = models.CharField(max_length=40, default="s3cr3t")
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="orders"
    )
    watchers = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="watched")

    def __str__(self) -> str:
        return f"Order {self.number}"


class ProxyOrder(Order):
    """The same table by another class."""

    class Meta:
        proxy = True


class RushOrder(Order):
    """A multi-table child."""

    deadline = models.IntegerField(default=1)


class Ticket(models.Model):
    """Keyed by a UUID."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    title = models.CharField(max_length=40, default="")
    order = models.ForeignKey(Order, models.CASCADE, null=True, related_name="tickets")


class Country(models.Model):
    """Keyed by a text."""

    code = models.CharField(max_length=10, primary_key=True)
    name = models.CharField(max_length=40, default="")


class Unwatched(models.Model):
    """Nothing ever watches it."""

    name = models.CharField(max_length=40, default="")
