"""The doorbell: once in a transaction, after the commit, and never into the caller."""

from __future__ import annotations

import time

import pytest
from django.db import connections, transaction

from dsn_core import doorbell
from dsn_core.doorbell import ring

pytestmark = pytest.mark.django_db(transaction=True)


class Engine:
    """Counts, and raises where it is told to."""

    rings = 0
    raises: Exception | None = None

    def ring(self) -> None:
        type(self).rings += 1
        if self.raises is not None:
            raise self.raises


@pytest.fixture
def engine(settings):
    """The engine of this test."""
    Engine.rings, Engine.raises = 0, None
    settings.DSN = {"ENGINE": f"{__name__}.Engine"}
    return Engine


def test_it_rings_at_once_outside_of_a_transaction(engine):
    ring("default")
    ring("default")
    assert engine.rings == 2


def test_it_rings_once_after_the_commit(engine):
    with transaction.atomic():
        for _ in range(100):
            ring("default")
        assert engine.rings == 0
    assert engine.rings == 1
    with transaction.atomic():
        ring("default")
    assert engine.rings == 2


def test_it_does_not_ring_for_what_is_rolled_back(engine):
    with transaction.atomic():
        ring("default")
        transaction.set_rollback(True)
    assert engine.rings == 0


def test_a_ring_rolled_back_with_a_savepoint_is_rung_again(engine):
    with transaction.atomic():
        with transaction.atomic():
            ring("default")
            transaction.set_rollback(True)
        ring("default")
    assert engine.rings == 1


def test_nothing_is_kept_of_a_transaction_that_is_over(engine):
    with transaction.atomic():
        ring("default")
    mark = doorbell.doorbell()._rings[connections["default"]]
    assert mark() is None


def test_an_engine_that_fails_is_left_alone_for_a_while(engine, monkeypatch, caplog):
    engine.raises = ConnectionError("no broker")
    for _ in range(10):
        ring("default")
    assert engine.rings == 3
    assert len(caplog.records) == 1
    now = time.monotonic()
    monkeypatch.setattr(doorbell.time, "monotonic", lambda: now + 31)
    engine.raises = None
    ring("default")
    ring("default")
    assert engine.rings == 5


def test_three_failures_that_are_not_in_a_row_do_not_stop_it(engine):
    for number in range(10):
        engine.raises = None if number % 3 == 2 else ConnectionError("no broker")
        ring("default")
    assert engine.rings == 10


@pytest.mark.parametrize("path", ["nowhere.Engine", "tests.core.engines.nothing", "x"])
def test_an_engine_that_is_not_there_harms_nobody(settings, path):
    settings.DSN = {"ENGINE": path}
    with transaction.atomic():
        ring("default")


@pytest.mark.parametrize("alias", ["default", "nowhere"])
def test_settings_that_are_wrong_harm_nobody(settings, alias):
    settings.DSN = {"NO_SUCH_KEY": 1}
    ring(alias)
