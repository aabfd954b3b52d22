"""A worker that is told to stop while its service hangs."""

from __future__ import annotations

import signal
import time

import pytest

from dsn_core.models import Delivery
from dsn_core.states import State
from tests.faults.conftest import counted, wait_until

pytestmark = pytest.mark.fault


def test_it_ends_after_its_grace_and_gives_back_what_it_has_not_begun(workers, rows):
    rows(5)
    worker = workers.start("--grace", "0.5", takes=60)
    wait_until(lambda: counted(State.SENDING) == 5)
    time.sleep(0.3)
    worker.send_signal(signal.SIGTERM)
    began = time.monotonic()
    assert worker.wait(timeout=15) == 0
    assert time.monotonic() - began < 0.5 + 2
    assert counted(State.QUEUED) == 5
    assert sorted(Delivery.objects.values_list("attempts", "doubted")) == [
        *[(0, False)] * 4,
        (1, True),
    ]


def test_the_second_signal_ends_it_at_once(workers, rows):
    rows(1)
    worker = workers.start(takes=60)
    wait_until(lambda: counted(State.SENDING) == 1)
    worker.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=2) == -signal.SIGTERM
