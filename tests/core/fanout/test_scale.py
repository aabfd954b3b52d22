"""Many recipients: so many queries for each thousand, and never more than a page in memory."""

from __future__ import annotations

import gc
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dsn_core.fanout import fan_out_next
from dsn_core.fanout.keys import page_size
from tests.core.fanout.scene import (
    happen,
    make_backend,
    make_group,
    make_trigger,
    make_users,
    subscribe,
    told,
)
from tests.host.models import Order

if TYPE_CHECKING:
    from django.contrib.auth.models import User

pytestmark = pytest.mark.django_db


def event_for(crowd: list[User], *, shift: int = 0):
    """An event about which ``crowd`` is named three times: as users, a group and a path."""
    order = Order.objects.create()
    Order.watchers.through.objects.bulk_create(
        Order.watchers.through(order_id=order.pk, user_id=user.pk) for user in crowd
    )
    trigger = make_trigger(f"trigger {shift}")
    subscribe(
        trigger,
        make_backend(name=f"backend {shift}"),
        users=crowd,
        groups=[make_group(f"group {shift}", crowd)],
        recipient_paths=["watchers"],
    )
    return happen(trigger, order=order)


def queries_for(event) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert fan_out_next()
    assert event.deliveries.count() > 0
    return len(queries)


def test_a_thousand_recipients_take_at_most_twelve_queries_however_they_are_named():
    if page_size("default") < 1000:
        pytest.skip("a query takes at most 999 variables here, so an INSERT a few rows")
    crowd = make_users(3000)
    once, thrice = event_for(crowd[:1000], shift=1), event_for(crowd, shift=3)
    one, three = queries_for(once), queries_for(thrice)
    assert len(told(thrice)) == 3000
    assert three - one <= 2 * 12
    assert one <= 12 + 9  # to claim it, to read what it asks for, and to close it


def test_queries_do_not_grow_with_the_profiles_that_are_read(monkeypatch, settings):
    settings.DSN = {"ADDRESSES": {"phone": "profile.number"}}
    counts = []
    for size in (5, 40):  # one INSERT of each, also where a statement takes 999 variables
        crowd = make_users(size, f"of {size} ")
        trigger = make_trigger(f"{size}")
        subscribe(trigger, make_backend("phone", name=f"{size}"), users=crowd)
        counts.append(queries_for(happen(trigger)))
    assert counts[0] == counts[1]


def peak_of(size: int) -> int:
    """How many bytes planning an event for so many takes at the most."""
    event = event_for(make_users(size, f"of {size} "), shift=size)
    gc.collect()
    tracemalloc.start()
    try:
        fan_out_next()
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert event.deliveries.count() == size
    return peak


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_recipients():
    peak_of(200)  # what is imported and cached at the first use
    assert peak_of(3000) < 1.5 * peak_of(1000)
