"""Two hundred thousand recipients of one event, planned by a process of its own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection

from dsn_core.models import Backend, Event, Subscription, Trigger
from dsn_core.models.payload import encode
from tests.host.models import Order
from tests.services import take_time

pytestmark = [pytest.mark.fault, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
MANY, FEWER = 200_000, 50_000
MOST_QUERIES = 12
PLAN = """
import re
from pathlib import Path
import django
django.setup()
from django.db import connection
from dsn_core.engines.draining import plan_some
from dsn_core.fanout.planning import FanOut

count = 0

def execute(run, sql, params, many, context):
    global count
    count += 1
    return run(sql, params, many, context)

with connection.execute_wrapper(execute), FanOut() as fan_out:
    while plan_some(fan_out):
        pass
status = Path("/proc/self/status").read_text()
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) / 1024, count)
"""
"""Its peak is asked of the kernel: ``ru_maxrss`` begins with what whoever started it had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What a process took at the most: MiB, and statements."""

    mib: float
    queries: int


def plan_elsewhere() -> Planned:
    """Plan all that is due in a worker's process, which ends then."""
    command = [sys.executable, "-c", PLAN]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
    assert ended.returncode == 0, ended.stderr
    mib, queries = ended.stdout.split()
    return Planned(mib=float(mib), queries=int(queries))


@pytest.fixture
def patience() -> None:
    """Asked for before the database is."""
    take_time("plans for very many recipients")


@pytest.fixture
def trigger(patience, transactional_db) -> Trigger:
    """A trigger for a host's order, in the database that every process finds."""
    return Trigger.objects.create(name="many", verb="bench", action_object_model="host.order")


def happen(trigger: Trigger, order: Order) -> Event:
    payload = {"action_object": encode(order)}
    return Event.objects.create(verb="bench", trigger_ids=[trigger.pk], payload=payload)


def subscribe(trigger: Trigger, name: str, **fields) -> Subscription:
    made = Subscription.objects.create(name=name, trigger=trigger, **fields)
    made.backends.add(Backend.objects.get_or_create(name="b", messenger="console")[0])
    return made


def join(through, column: str, pk: int, keys: list[int]) -> None:
    rows = (through(**{column: pk, "user_id": key}) for key in keys)
    through._base_manager.bulk_create(rows, batch_size=1000)


def check(trigger: Trigger, order: Order, named: int, *, mib: float) -> None:
    """Fan out to so many in another process, beside one that plans for next to nobody."""
    wanted = list(trigger.subscriptions.values_list("pk", flat=True))
    Subscription.objects.filter(pk__in=wanted[1:]).update(enabled=False)
    happen(trigger, order)
    idle = plan_elsewhere()
    Subscription.objects.update(enabled=True)
    event = happen(trigger, order)
    busy = plan_elsewhere()
    event.refresh_from_db()
    assert (event.state, event.reason, event.attempts) == ("done", "", 1)
    assert event.deliveries.count() == named
    assert busy.mib - idle.mib < mib
    assert busy.queries - idle.queries <= MOST_QUERIES * named / 1000


def test_users_groups_and_paths_together_are_planned_in_flat_memory(trigger):
    many = MANY if connection.vendor == "postgresql" else FEWER
    order, group = Order.objects.create(), Group.objects.create(name="all")
    made = (User(username=f"u{n}", email=f"u{n}@example.org") for n in range(many))
    User.objects.bulk_create(made, batch_size=1000)
    keys = list(User.objects.order_by("pk").values_list("pk", flat=True))
    subscribe(trigger, "few", addresses=["ops@example.org"])
    large = subscribe(trigger, "many", recipient_paths=["watchers"])
    large.recipient_groups.add(group)
    join(Order.watchers.through, "order_id", order.pk, keys[: many // 2])
    join(User.groups.through, "group_id", group.pk, keys[many // 3 :])
    join(Subscription.recipient_users.through, "subscription_id", large.pk, keys[::3])
    check(trigger, order, many + 1, mib=15)


def test_bare_addresses_of_one_subscription_are_planned_in_bounded_memory(trigger):
    subscribe(trigger, "few", addresses=["ops@example.org"])
    subscribe(trigger, "many", addresses=[f"somebody{n}@example.org" for n in range(FEWER)])
    check(trigger, Order.objects.create(), FEWER + 1, mib=30)
