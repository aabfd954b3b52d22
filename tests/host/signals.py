"""Signals of the host's own, and one that it re-imports."""

from __future__ import annotations

from django.db.models.signals import post_save
from django.dispatch import Signal

order_paid = Signal()
refunded = Signal()

__all__ = ["order_paid", "post_save", "refunded"]
