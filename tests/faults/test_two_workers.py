"""Two workers at once send nothing twice."""

from __future__ import annotations

import pytest
from django.db import connection

from dsn_core.models import Delivery
from dsn_core.states import State
from tests.faults.conftest import counted, wait_until

pytestmark = pytest.mark.fault


def test_two_workers_at_once_deliver_each_row_once(workers, rows):
    made = rows(400)
    both = [workers.start("--once", takes=0.002) for _ in range(2)]
    assert [worker.wait(timeout=60) for worker in both] == [0, 0]
    assert counted(State.SENT) == 400
    assert sorted(workers.sent()) == sorted(str(row.key) for row in made)
    by = set(Delivery.objects.values_list("provider_id", flat=True))
    assert by == {str(worker.pid) for worker in both}
    assert set(Delivery.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no connection to lose")
def test_a_worker_that_loses_its_connection_goes_on_and_loses_nothing(workers, rows):
    rows(300)
    worker = workers.start(takes=0.01)
    for count in (20, 120):
        wait_until(lambda count=count: counted(State.SENT) >= count)
        cut_all_other_connections()
    wait_until(lambda: counted(State.SENT) == 300)
    assert worker.poll() is None
    assert workers.repeated() == {}


def cut_all_other_connections() -> None:
    """As a restart of the server does, for this test's database alone."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            return
        cursor.execute(
            "SELECT id FROM information_schema.processlist "
            "WHERE db = DATABASE() AND id <> CONNECTION_ID()"
        )
        for (number,) in cursor.fetchall():
            cursor.execute(f"KILL {int(number)}")
