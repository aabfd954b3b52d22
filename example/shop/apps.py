"""The app."""

from __future__ import annotations

from django.apps import AppConfig


class ShopConfig(AppConfig):
    """Customers and orders."""

    name = "shop"
    label = "shop"
    verbose_name = "Shop"
