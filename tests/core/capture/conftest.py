"""What the capture tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dsn_core.capture.listening import listener
from dsn_core.models import Event

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def events(db) -> Callable[[], list[Event]]:
    """Every event so far, oldest first."""
    return lambda: list(Event.objects.order_by("id"))


@pytest.fixture(autouse=True)
def _fresh_index(request: pytest.FixtureRequest):
    """Each test begins with an index that is still to be read, as a process does."""
    listener().watch.forget()
    yield
    listener().watch.forget()
