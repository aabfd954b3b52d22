"""Customers and orders in the admin."""

from __future__ import annotations

from django.contrib import admin

from shop.models import Customer, Order


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Who buys."""

    list_display = ("__str__", "language")


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A change of the status in here is told like any other."""

    list_display = ("number", "customer", "status", "total")
    list_filter = ("status",)
