"""A send that hangs does not keep the worker from ending; nothing is lost by it."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import OperationalError, connection

from dsn_core.contract.outcome import Accepted
from dsn_core.delivery.delivering import deliver_next
from dsn_core.engines.worker import Worker
from dsn_core.models import Attempt, InDoubt
from dsn_core.states import State
from tests.core.delivery.conftest import backend_of, fresh

pytestmark = pytest.mark.django_db(transaction=True)

GRACE = 0.1


@pytest.fixture
def hang():
    """Hangs whoever calls it, until the test is over."""
    over = threading.Event()

    def wait() -> Accepted:
        over.wait(20)
        return Accepted(provider_id="late")

    yield wait
    over.set()
    for thread in threading.enumerate():
        if thread.name.startswith("dsn-pager"):
            thread.join(timeout=20)


@pytest.fixture
def stopped(hang):
    """A worker, and an answer that stops it and then hangs."""
    worker = Worker(grace=GRACE)

    def stop() -> Accepted:
        worker.stop()
        return hang()

    return worker, stop


def run(worker: Worker) -> float:
    """Run it; seconds that it took."""
    began = time.monotonic()
    worker.run()
    return time.monotonic() - began


def test_the_worker_ends_soon_after_its_grace_and_only_what_hangs_is_in_doubt(
    pager, queue, stopped
):
    worker, stop = stopped
    made = pager(None, stop)
    rows = queue(10)
    assert run(worker) < GRACE + 2
    first, second, *others = fresh(rows)
    assert first.state == State.SENT
    assert (second.state, second.code, second.attempts) == (State.QUEUED, "Stopped", 1)
    assert second.doubted
    assert {(row.state, row.attempts, row.doubted) for row in others} == {(State.QUEUED, 0, False)}
    assert len(made.sent) == 2
    assert Attempt.objects.get().delivery_id == second.pk


def test_where_somebody_must_decide_what_hangs_waits_for_that(pager, queue, stopped):
    worker, stop = stopped
    pager(stop)
    rows = queue(3, backend=backend_of("pager", in_doubt=InDoubt.HOLD))
    run(worker)
    assert [row.state for row in fresh(rows)] == [State.UNKNOWN, State.QUEUED, State.QUEUED]


def test_of_what_is_sent_together_nobody_knows_what_has_gone(pager, queue, stopped):
    worker, stop = stopped
    made = pager()
    made.send_many = lambda self, envelopes: iter([stop() for _ in envelopes])
    rows = queue(3)
    run(worker)
    assert {(row.state, row.doubted) for row in fresh(rows)} == {(State.QUEUED, True)}


def test_a_database_that_is_away_is_not_waited_for_either(pager, queue):
    worker, away = Worker(grace=GRACE), threading.Event()

    def stop() -> Accepted:
        worker.stop()
        away.set()
        return Accepted(provider_id="1")

    def ask(execute, sql, params, many, context):
        if away.is_set():
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, params, many, context)

    pager(stop)
    rows = queue(3)
    with connection.execute_wrapper(ask):
        assert run(worker) < GRACE + 2
    # As after a crash: the end of its lease brings it back, in doubt.
    assert {row.state for row in fresh(rows)} == {State.SENDING}


def test_what_comes_in_before_the_end_is_kept(pager, queue, stopped):
    worker, stop = stopped
    made = pager(stop, concurrency=2)
    rows = queue(10)
    run(worker)
    states = [row.state for row in fresh(rows)]
    assert states.count(State.SENT) == len(made.sent) - 1
    assert {row.attempts for row in fresh(rows) if row.state == State.QUEUED} <= {0, 1}


def test_nothing_is_begun_once_it_was_given_back(pager, queue, hang):
    lost = threading.Event()

    def answer() -> Accepted:
        lost.set()
        hang()
        return Accepted(provider_id="late")

    made = pager(answer)
    rows = queue(5)
    deliver_next(is_lost=lost.is_set)
    assert [row.attempts for row in fresh(rows)] == [1, 0, 0, 0, 0]
    assert len(made.sent) == 1


def test_a_send_that_is_only_slow_is_waited_for_also_when_it_is_time(pager, queue):
    made = pager(lambda: time.sleep(0.6) or Accepted(provider_id="1"))
    rows = queue(2)
    deliver_next(is_over=lambda: bool(made.sent))
    assert [row.state for row in fresh(rows)] == [State.SENT, State.QUEUED]
