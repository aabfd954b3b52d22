"""A database that restarts, or is away for a while, under workers that send."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.faults.cluster import Cluster
from tests.faults.conftest import ROOT, wait_until
from tests.services import take_time

pytestmark = pytest.mark.fault

SLOW = 0.01
LONGEST_AWAY = 10.0
TICKS = os.sysconf("SC_CLK_TCK")


@pytest.fixture
def cluster(workers):
    """A database of the workers' own, with DSN's tables."""
    take_time("a PostgreSQL cluster is made, and restarted")
    made = Cluster()
    workers.environment |= made.environment
    run(workers, "-m", "django", "migrate", "--verbosity", "0")
    yield made
    workers.stop()
    made.close()


def run(workers, *arguments: str) -> None:
    command = [sys.executable, *arguments]
    subprocess.run(command, env=workers.environment, cwd=ROOT, check=True, timeout=60)


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processor."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICKS


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_workers_wait_for_a_database_that_restarts_and_lose_nothing(workers, cluster, mode):
    run(workers, "-m", "tests.faults.queueing", "600")
    both = [workers.start(takes=SLOW), workers.start(takes=SLOW)]
    for sent in (50, 250):
        wait_until(lambda sent=sent: len(workers.sent()) >= sent)
        cluster.stop(mode)
        cluster.start()
        before, back = len(workers.sent()), time.monotonic()
        wait_until(lambda before=before: len(workers.sent()) > before + 2)
        assert time.monotonic() - back < LONGEST_AWAY
    wait_until(lambda: cluster.counted("sent") == 600, seconds=60)
    assert [worker.poll() for worker in both] == [None, None]
    assert len(set(workers.sent())) == 600
    # Slow sends are on disk one by one: a restart leaves one of each worker in doubt at most.
    assert len(workers.repeated()) <= 2 * 2
    assert set(workers.repeated()) <= workers.sent_doubted()


def test_a_worker_rests_while_the_database_is_away_and_then_does_what_is_due(workers, cluster):
    run(workers, "-m", "tests.faults.queueing", "60")
    worker = workers.start(takes=SLOW)
    wait_until(lambda: len(workers.sent()) >= 10)
    cluster.stop("fast")
    time.sleep(3)  # what it does at first is no rest yet
    began, used = time.monotonic(), cpu_seconds(worker.pid)
    time.sleep(12)
    assert worker.poll() is None
    assert (cpu_seconds(worker.pid) - used) / (time.monotonic() - began) < 0.05
    cluster.start()
    wait_until(lambda: cluster.counted("sent") == 60)
    assert len(workers.repeated()) <= 1
