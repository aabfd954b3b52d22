"""The inline engine: after the commit, in the process that committed, and bounded."""

from __future__ import annotations

import time

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from dsn_core.doorbell import ring
from dsn_core.engines import inline
from dsn_core.engines.inline import InlineEngine
from dsn_core.models import Backend, Event, Subscription, Trigger
from dsn_core.states import EventState, State
from tests.core.delivery.conftest import backend_of, fresh

pytestmark = pytest.mark.django_db(transaction=True)


def states(rows) -> list[str]:
    return [row.state for row in fresh(rows)]


def test_what_is_committed_is_delivered(pager, queue):
    pager()
    with transaction.atomic():
        rows = queue(3)
        ring("default")
        assert states(rows) == [State.QUEUED] * 3
    assert states(rows) == [State.SENT] * 3


def test_an_event_is_fanned_out_and_delivered(pager):
    made = pager()
    trigger = Trigger.objects.create(name="T", verb="post_save")
    subscription = Subscription.objects.create(name="S", trigger=trigger, addresses=["ops"])
    subscription.backends.add(backend_of("pager"))
    event = Event.objects.create(verb="post_save", trigger_ids=[trigger.pk])
    ring("default")
    event.refresh_from_db()
    assert event.state == EventState.DONE
    assert [envelope.address for envelope in made.sent] == ["ops"]


def test_it_does_nothing_inside_a_transaction(pager, queue):
    pager()
    with transaction.atomic():
        rows = queue()
        InlineEngine().ring()
    assert states(rows) == [State.QUEUED]


def test_it_sends_a_hundred_and_leaves_the_rest(pager, queue):
    pager()
    rows = queue(130)
    InlineEngine().ring()
    assert states(rows).count(State.SENT) == 100


def test_it_stops_when_it_has_taken_too_long(pager, queue, monkeypatch):
    monkeypatch.setattr(inline, "MOST_SECONDS", 0.5)
    made = pager()
    made.send = lambda self, envelope: time.sleep(0.3) or type(self).sent.append(envelope)
    rows = queue(20)
    started = time.monotonic()
    InlineEngine().ring()
    assert time.monotonic() - started < 5
    assert 1 <= len(made.sent) <= 3
    assert {row.attempts for row in fresh(rows)[4:]} == {0}
    assert {row.state for row in fresh(rows)[4:]} == {State.QUEUED}


def test_it_sends_what_may_go_now_and_never_waits(pager, queue):
    pager(rate="60/minute")
    rows = queue(20)
    started = time.monotonic()
    InlineEngine().ring()
    assert time.monotonic() - started < 1
    assert states(rows).count(State.SENT) == 8
    assert {row.attempts for row in fresh(rows)} == {0, 1}


def test_a_ring_within_a_ring_does_nothing(pager, queue):
    engine = InlineEngine()
    again = []

    def receive(**_):
        again.append(1)
        engine.ring()

    from dsn_core.signals import delivery_sent

    pager()
    rows = queue(2)
    delivery_sent.connect(receive)
    try:
        engine.ring()
    finally:
        delivery_sent.disconnect(receive)
    assert again == [1, 1]
    assert states(rows) == [State.SENT] * 2


def test_it_never_raises(pager, queue, monkeypatch, caplog):
    def broken(**_):
        raise OperationalError("away")

    monkeypatch.setattr(inline, "drain", broken)
    InlineEngine().ring()
    assert "waits for the next ring" in caplog.text


def test_no_query_counter_of_the_host_sees_it(pager, queue):
    pager()
    rows = queue(2)
    with CaptureQueriesContext(connection) as queries:
        InlineEngine().ring()
    assert len(queries) == 0
    assert states(rows) == [State.SENT] * 2


def test_the_hosts_connection_stays_open(pager, queue):
    pager()
    queue()
    before = connection.connection
    InlineEngine().ring()
    assert connection.connection is before
    assert before is not None


def test_it_also_rescues_and_releases_but_not_at_every_ring(pager, queue, monkeypatch):
    done = []
    monkeypatch.setattr(inline, "tidy", lambda: done.append(1))
    engine = InlineEngine()
    engine.ring()
    engine.ring()
    assert done == [1]


def test_a_backend_that_is_switched_on_again_sends_at_the_next_look(pager, queue):
    pager()
    rows = queue(backend=backend_of("pager", enabled=False))
    InlineEngine().ring()
    Backend.objects.update(enabled=True)
    InlineEngine().ring()
    assert states(rows) == [State.SENT]
