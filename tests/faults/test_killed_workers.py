"""kill -9 at any moment: nothing is lost, and only what promise 2 allows is sent again."""

from __future__ import annotations

import signal

import pytest

from dsn_core.models import Delivery
from dsn_core.states import State
from tests.faults.conftest import counted, let_leases_end, wait_until

pytestmark = pytest.mark.fault

KILLED = -signal.SIGKILL
SLOW = 0.01
"""Longer than what may be unrecorded while the next send begins."""


def test_killed_before_the_first_send_nothing_is_sent_twice(workers, rows):
    rows(60)
    assert workers.run_once(before=1) == KILLED
    assert (workers.sent(), counted(State.SENDING)) == ([], 60)
    let_leases_end()
    assert workers.run_once() == 0
    assert counted(State.SENT) == 60
    assert workers.repeated() == {}


def test_killed_between_slow_sends_nothing_is_sent_twice(workers, rows):
    rows(12)
    assert workers.run_once(before=6, takes=SLOW) == KILLED
    assert (len(workers.sent()), counted(State.SENT)) == (5, 5)
    let_leases_end()
    assert workers.run_once() == 0
    assert counted(State.SENT) == 12
    assert workers.repeated() == {}


def test_killed_after_a_slow_send_that_one_is_sent_again_with_its_key(workers, rows):
    made = rows(12)
    assert workers.run_once(after=6, takes=SLOW) == KILLED
    last = workers.sent()[-1]
    assert counted(State.SENT) == 5
    let_leases_end()
    assert workers.run_once() == 0
    assert counted(State.SENT) == 12
    assert workers.repeated() == {last: 2}
    assert last in workers.sent_doubted()
    assert set(workers.sent()) == {str(row.key) for row in made}


@pytest.mark.parametrize("at", [30, 75, 100])
def test_killed_between_fast_sends_at_most_fifty_are_sent_again(workers, rows, at):
    made = rows(130)
    assert workers.run_once(after=at) == KILLED
    sent = workers.sent()
    assert len(sent) == at
    let_leases_end()
    assert workers.run_once() == 0
    assert counted(State.SENT) == 130
    repeated = workers.repeated()
    assert len(repeated) <= 50
    assert set(repeated.values()) <= {2}
    assert set(repeated) <= set(sent)
    assert set(repeated) <= workers.sent_doubted()
    assert set(workers.sent()) == {str(row.key) for row in made}


def test_killed_after_the_last_send_nothing_is_lost(workers, rows):
    rows(10)
    assert workers.run_once(after=10, takes=SLOW) == KILLED
    let_leases_end()
    assert workers.run_once() == 0
    assert counted(State.SENT) == 10
    assert len(workers.repeated()) == 1


def test_a_worker_that_slept_through_its_lease_finishes_nothing(workers, rows):
    rows(1)
    first = workers.start("--once", takes=0.5)
    wait_until(lambda: counted(State.SENDING) == 1)
    first.send_signal(signal.SIGSTOP)
    let_leases_end()
    assert workers.run_once() == 0
    second = Delivery.objects.get()
    assert second.state == State.SENT
    first.send_signal(signal.SIGCONT)
    assert first.wait(timeout=30) == 0
    row = Delivery.objects.get()
    assert (row.provider_id, row.finished_at) == (second.provider_id, second.finished_at)
    assert row.provider_id != str(first.pid)


def test_a_worker_that_slept_through_its_lease_sends_no_more_of_its_batch(workers, rows):
    rows(6)
    first = workers.start("--once", takes=0.5)
    wait_until(lambda: counted(State.SENDING) == 6)
    first.send_signal(signal.SIGSTOP)
    let_leases_end()
    assert workers.run_once() == 0
    first.send_signal(signal.SIGCONT)
    assert first.wait(timeout=30) == 0
    assert counted(State.SENT) == 6
    assert len(workers.repeated()) <= 1


def test_a_worker_that_is_told_to_stop_loses_and_repeats_nothing(workers, rows):
    rows(200)
    worker = workers.start(takes=0.02)
    wait_until(lambda: counted(State.SENT) >= 10)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=15) == 0
    assert counted(State.SENDING) == 0
    assert len(workers.sent()) == counted(State.SENT) < 200
    assert workers.run_once() == 0
    assert counted(State.SENT) == 200
    assert workers.repeated() == {}
