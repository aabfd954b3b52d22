"""The shop's own signals. DSN finds them here, as ``shop.order_refunded``."""

from __future__ import annotations

from django.dispatch import Signal

order_refunded = Signal()
"""Sent with ``action_object`` (the order), ``actor`` (who gave it back) and ``amount``."""
