"""Several planners at work, and planners that are killed from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.db import connections

from dsn_core.fanout import fan_out_next
from dsn_core.models import Delivery, Event
from tests.core.fanout.scene import (
    fan_out,
    happen,
    make_backend,
    make_due,
    make_trigger,
    make_users,
    subscribe,
)

ROOT = Path(__file__).parents[3]
SUICIDE = """
import os, signal, sys
import django
django.setup()
from django.db import connection
from dsn_core.fanout import fan_out_next, keys
keys.PAGE = 20
left = int(sys.argv[1])

def execute(run, sql, params, many, context):
    global left
    result = run(sql, params, many, context)
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return result

with connection.execute_wrapper(execute):
    fan_out_next()
"""


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_planners_at_once_share_the_events_and_write_no_row_twice(monkeypatch):
    monkeypatch.setattr("dsn_core.fanout.keys.PAGE", 10)
    trigger, crowd = make_trigger(), make_users(60)
    subscribe(trigger, make_backend(), users=crowd)
    events = [happen(trigger) for _ in range(8)]
    worked: list[int] = []

    def work() -> None:
        done = 0
        try:
            while fan_out_next():
                done += 1
        finally:
            connections.close_all()
            worked.append(done)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sum(worked) == len(events)
    assert {event.deliveries.count() for event in events} == {60}
    assert set(Event.objects.values_list("state", "attempts")) == {("done", 1)}


@pytest.mark.fault
@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_planner_killed_with_signal_nine_loses_nobody_and_repeats_nobody():
    trigger, crowd = make_trigger(), make_users(100)
    subscribe(trigger, make_backend("console"), users=crowd, addresses=["ops@example.org"])
    event = happen(trigger)
    # The database of this test, under the name that its settings give to every process.
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    for statements in (9, 16, 23, 24):
        ended = subprocess.run(
            [sys.executable, "-c", SUICIDE, str(statements)],
            env=environment,
            cwd=ROOT,
            capture_output=True,
        )
        assert ended.returncode in (-signal.SIGKILL, 0), ended.stderr.decode()
        make_due(event)
    assert 0 < Delivery.objects.count() < 101
    fan_out(event)
    assert event.state == "done"
    assert Delivery.objects.filter(event=event, state="queued").count() == 101
    assert Delivery.objects.count() == 101
