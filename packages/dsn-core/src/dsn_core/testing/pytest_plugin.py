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

OURS = frozenset({"dsn_outbox", "dsn_capture", "dsn_clock"})
DATABASES = frozenset({"db", "transactional_db", "live_server"})
"""The fixtures by which pytest-django sees that a test needs a database."""
MARK = "django_db"
NO_DJANGO = (
    "{name} needs a test database: install pytest-django, or use dsn_core.testing.DSNTestMixin in "
    "a django.test.TestCase."
)
TOO_LATE = (
    "{name} was asked for by a test that is running already, and that has no test database: let "
    "the test name it as an argument, or bear the mark django_db."
)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Whoever uses one of the fixtures needs a database.

    pytest-django makes only those that tests are marked for, or ask for, when they are collected:
    later would mean the project's own database.
    """
    names = getattr(item, "fixturenames", ())
    if OURS.intersection(names) and not item.get_closest_marker(MARK) and _has_mark(item.config):
        item.add_marker(MARK)


@pytest.fixture
def dsn_outbox(request: pytest.FixtureRequest) -> Iterator[Outbox]:
    """What would have been sent in this test."""
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
    """Have the test's database set up, of whatever kind it is."""
    name = request.fixturename
    if not _has_mark(request.config):
        pytest.fail(NO_DJANGO.format(name=name), pytrace=False)
    if not request.node.get_closest_marker(MARK) and not DATABASES.intersection(
        request.fixturenames
    ):
        pytest.fail(TOO_LATE.format(name=name), pytrace=False)
    request.getfixturevalue("db")


def _has_mark(config: pytest.Config) -> bool:
    """Is pytest-django there, under whatever name it was loaded?"""
    return any(str(line).startswith(MARK) for line in config.getini("markers"))
