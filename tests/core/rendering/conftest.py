"""The tests of words use the delivery tests' rows and plugins."""

from __future__ import annotations

from tests.core.delivery.conftest import install, pager, queue, send

__all__ = ["install", "pager", "queue", "send"]
