"""Before the first claim, what paced accounts send with is opened."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connections

from dsn_core.delivery import warming
from dsn_core.delivery.warming import warm_up
from dsn_core.engines.worker import Worker
from dsn_core.models import Backend
from dsn_core.pausing import is_capture_paused
from tests.core.delivery.conftest import Pager, backend_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def steps(pager, monkeypatch):
    """What the pager was told to do, in order."""
    told: list[str] = []
    pager(rate="100/second")

    def enter(self):
        told.append("enter")
        return self

    monkeypatch.setattr(Pager, "__enter__", enter)
    monkeypatch.setattr(Pager, "__exit__", lambda *_: told.append("exit"))
    return told


@pytest.mark.parametrize("work", [Worker.run_once, lambda worker: worker.run()])
def test_a_worker_opens_a_paced_messenger_before_it_takes_slots(work, steps, queue, monkeypatch):
    queue(1)
    worker = Worker()
    drain = worker._drain
    monkeypatch.setattr(
        worker, "_drain", lambda **limit: (steps.append("claim"), drain(**limit))[1]
    )
    threading.Timer(1.0, worker.stop).start()
    work(worker)
    assert steps[:3] == ["enter", "exit", "claim"]
    assert steps.count("enter") == 2


def test_what_is_disabled_is_left_closed(steps):
    backend_of("pager", enabled=False)
    warm_up()
    assert steps == []


def test_what_is_not_paced_is_not_even_looked_for(pager, django_assert_num_queries):
    pager(rate=None)
    backend_of("pager")
    with django_assert_num_queries(0):
        warm_up()


@pytest.mark.parametrize("error", [RuntimeError("token 123:secret"), SystemExit(3)])
def test_what_cannot_be_opened_stops_nothing_and_tells_no_secret(
    error, steps, monkeypatch, caplog, django_assert_num_queries
):
    def enter(self):
        raise error

    monkeypatch.setattr(Pager, "__enter__", enter)
    backend_of("pager")
    with caplog.at_level("INFO", "dsn_core.delivery"), django_assert_num_queries(1):
        warm_up()
    assert f"pager cannot be opened yet: {type(error).__name__}." in caplog.text
    assert "secret" not in caplog.text


def test_a_backend_of_a_missing_plugin_stops_nothing(steps):
    backend_of("gone")
    backend_of("pager")
    warm_up()
    assert steps == ["enter", "exit"]


def test_one_that_takes_long_is_not_waited_for(steps, monkeypatch):
    going_on = threading.Event()
    monkeypatch.setattr(warming, "PATIENCE", 0.05)
    monkeypatch.setattr(Pager, "__enter__", lambda self: going_on.wait(10))
    backend_of("pager")
    started = time.monotonic()
    warm_up()
    assert time.monotonic() - started < 5
    going_on.set()


def test_what_is_opened_is_not_captured_and_leaves_no_connection(steps, monkeypatch):
    seen = []

    def enter(self):
        Backend.objects.count()
        seen.append((is_capture_paused(), connections["default"]))
        return self

    monkeypatch.setattr(Pager, "__enter__", enter)
    backend_of("pager")
    warm_up()
    ((paused, opened),) = seen
    assert paused
    assert opened is not connections["default"]
    assert opened.connection is None
