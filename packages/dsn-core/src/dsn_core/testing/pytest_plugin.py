"""Fixtures for projects that use DSN; pytest finds them by itself, with ``dsn-core[testing]``.

Nothing of Django is loaded before one of them is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from dsn_core.testing.clock import Clock
    from dsn_core.testing.outbox import Outbox

NO_DATABASE = (
    "{name} needs a test database, and there is no fixture 'db': install pytest-django, or use "
    "dsn_core.testing.DSNTestMixin in a django.test.TestCase."
)


@pytest.fixture
def dsn_outbox(request: pytest.FixtureRequest) -> Iterator[Outbox]:
    """What would have been sent in this test. Asks for ``db``, unless the test has a database."""
    _ensure_database(request)
    from dsn_core.testing.outbox import open_outbox  # noqa: PLC0415  # with Django

    with open_outbox() as outbox:
        yield outbox


@pytest.fixture
def dsn_clock(dsn_outbox: Outbox) -> Clock:
    """Lets time pass: ``dsn_clock.advance(hours=8)``."""
    return dsn_outbox.clock


@pytest.fixture
def dsn_capture(request: pytest.FixtureRequest) -> Callable[[], AbstractContextManager[Outbox]]:
    """``with dsn_capture() as outbox: …``: what the block causes, ``on_commit`` included."""
    _ensure_database(request)
    from dsn_core.testing.outbox import dsn_capture as capture  # noqa: PLC0415  # with Django

    return capture


def _ensure_database(request: pytest.FixtureRequest) -> None:
    """Whatever kind of database the test has asked for, ``db`` is content with it."""
    try:
        request.getfixturevalue("db")
    except pytest.FixtureLookupError as error:
        # One that ``db`` itself lacks is another matter.
        if error.argname != "db":
            raise
        pytest.fail(NO_DATABASE.format(name=request.fixturename), pytrace=False)
