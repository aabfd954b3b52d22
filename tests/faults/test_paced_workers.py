"""Paced accounts and several workers: they keep one limit together, and lose nothing."""

from __future__ import annotations

import json
import signal
from collections import Counter

import pytest

from dsn_core.delivery.pacing import BURST_PART
from dsn_core.models import Backend, Delivery, Event
from dsn_core.states import EventState, State
from tests.faults import strict
from tests.faults.conftest import counted, let_leases_end
from tests.faults.strict import StrictServer

pytestmark = pytest.mark.fault

KILLED = -signal.SIGKILL


@pytest.fixture
def queued(transactional_db):
    """Queues a message for each of these addresses."""

    def make(addresses):
        backend = Backend.objects.create(name="Strict", messenger="strict")
        event = Event.objects.create(verb="post_save", state=EventState.DONE)
        return Delivery.objects.bulk_create(
            Delivery(
                event=event,
                backend=backend,
                messenger="strict",
                account="default",
                address=address,
                recipient_key=f"bare:{number}",
            )
            for number, address in enumerate(addresses)
        )

    return make


@pytest.fixture
def paced(workers, tmp_path):
    """Starts workers that know the strict messenger, at this pace, for this server."""
    strict.install(tmp_path / "site")

    def start(server, rate, *arguments, addresses=None, **more):
        workers.environment |= {
            "STRICT_URL": server.url,
            "STRICT_RATE": rate,
            "STRICT_ADDRESSES": json.dumps(addresses or {}),
            **{f"STRICT_{name.upper()}": str(value) for name, value in more.items()},
        }
        return workers.start(*arguments)

    return start


def each_once(server, rows) -> bool:
    return Counter(key for _, key, _ in server.taken) == Counter(str(row.key) for row in rows)


@pytest.mark.parametrize("count", [1, 2])
def test_workers_together_keep_one_limit_and_use_it(paced, queued, count):
    rows = queued(f"a{number}" for number in range(500))
    with StrictServer({"": (200, 1.0)}) as server:
        all_of_them = [paced(server, "200/second", "--once") for _ in range(count)]
        assert [worker.wait(timeout=60) for worker in all_of_them] == [0] * count
    assert counted(State.SENT) == 500
    assert each_once(server, rows)
    assert server.most_refused(10.0) <= 1
    assert 120 <= 500 / server.took() <= 215


def test_a_worker_killed_between_its_slots_and_its_sends_loses_only_slots(paced, queued):
    rows = queued(f"a{number}" for number in range(60))
    with StrictServer({"": (50, 1.0)}) as server:
        assert paced(server, "50/second", "--once", dies="a20").wait(timeout=60) == KILLED
        assert counted(State.SENDING) >= 1
        let_leases_end()
        assert paced(server, "50/second", "--once", dies="").wait(timeout=60) == 0
    assert counted(State.SENT) == 60
    assert {key for _, key, _ in server.taken} == {str(row.key) for row in rows}
    # What it had sent in the same claim may be sent again: a claim is a burst at most.
    assert len(server.taken) <= 60 + 50 // BURST_PART
    assert server.most_refused(10.0) <= 1


def test_two_workers_keep_the_limits_of_addresses_together(paced, queued):
    rows = queued([f"chat-{number % 3}" for number in range(24)] + ["free"] * 20)
    rules = {"": (200, 1.0), "chat": (8, 1.0)}
    with StrictServer(rules) as server:
        limits = {"chat": "8/second"}
        both = [paced(server, "200/second", "--once", addresses=limits) for _ in range(2)]
        assert [worker.wait(timeout=60) for worker in both] == [0, 0]
    assert each_once(server, rows)
    assert server.most_refused(10.0) <= 1
