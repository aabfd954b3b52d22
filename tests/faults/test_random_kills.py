"""Twenty kills at random over two thousand deliveries and two workers, on each database.

Each burst is due a second after the one before it, so that there is work whenever somebody dies.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import time
from collections import defaultdict

import pytest
from django.utils import timezone

from dsn_core.models import Delivery
from dsn_core.states import FINAL, State
from tests.faults.conftest import counted, wait_until
from tests.services import take_time

pytestmark = [pytest.mark.fault, pytest.mark.slow]

DELIVERIES = 2_000
KILLS = 20
BURST = 100
UNRECORDED = {0.002: 50, 0.008: 1}
"""Seconds of a send, and how many may be unrecorded at a time, says promise 2."""


def test_twenty_random_kills_lose_nothing_and_repeat_what_promise_two_allows(workers, rows):
    take_time("kills two workers twenty times")
    seed = int(os.environ.get("DSN_SEED", time.time_ns() % 1_000_000))
    print(f"DSN_SEED={seed} repeats these kills")
    made = rows(DELIVERIES)
    spread_out(made)
    killed = kill_at_random(workers, random.Random(seed))
    wait_until(lambda: counted(State.SENT) == DELIVERIES, seconds=90)
    assert len(killed) == KILLS
    assert not Delivery.objects.exclude(state__in=FINAL).exists()
    assert set(workers.sent()) == {str(row.key) for row in made}
    repeated = sent_again_after(workers)
    assert set(repeated) <= set(killed), "what a living worker had sent was sent again"
    too_many = {one: keys for one, keys in repeated.items() if len(keys) > killed[one]}
    assert too_many == {}
    assert set(workers.repeated()) <= workers.sent_doubted()


def spread_out(made) -> None:
    """Make a burst due each second."""
    begins = timezone.now()
    for start in range(0, len(made), BURST):
        keys = [row.key for row in made[start : start + BURST]]
        at = begins + dt.timedelta(seconds=start / BURST)
        Delivery.objects.filter(key__in=keys).update(next_at=at)


def kill_at_random(workers, dice) -> dict[str, int]:
    """Whenever so many were sent, one of two dies and another begins.

    The processes that died, and how many sends of each may be repeated.
    """
    killed: dict[str, int] = {}
    paces = {workers.start(takes=takes): takes for takes in UNRECORDED}
    for at in sorted(dice.sample(range(1, DELIVERIES - BURST), KILLS)):
        wait_until(lambda at=at: len(set(workers.sent())) >= at, seconds=90)
        victim, takes = dice.choice(list(paces.items()))
        assert victim.poll() is None, "a worker ended by itself"
        victim.kill()
        del paces[victim]
        killed[str(victim.pid)] = UNRECORDED[takes]
        paces[workers.start(takes=takes)] = takes
    return killed


def sent_again_after(workers) -> dict[str, set[str]]:
    """For each process the keys that another had to send again."""
    first: dict[str, str] = {}
    again: dict[str, set[str]] = defaultdict(set)
    for line in workers.log.read_text().splitlines():
        key, process, *_ = line.split()
        if key in first:
            again[first[key]].add(key)
        first[key] = process
    return again
