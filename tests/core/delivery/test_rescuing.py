"""What a worker that died had claimed comes back, and is doubted."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from dsn_core.delivery.rescuing import rescue
from dsn_core.engines.draining import tidy
from dsn_core.models import InDoubt
from dsn_core.states import State
from tests.core.delivery.conftest import Pager, backend_of, delivered, fresh

pytestmark = pytest.mark.django_db


def lost(queue, *, ago: float = 1, **fields):
    until = timezone.now() - dt.timedelta(seconds=ago)
    more = {"attempts": 1, **fields}
    return queue(state=State.SENDING, lease=uuid.uuid4(), lease_until=until, **more)


def test_a_lost_delivery_is_sent_again_and_the_messenger_is_told(pager, queue):
    made = pager()
    rows = lost(queue)
    assert tidy() == 1
    (row,) = fresh(rows)
    assert (row.state, row.doubted, row.lease) == (State.QUEUED, True, None)
    assert delivered(rows)[0].state == State.SENT
    assert made.sent[0].doubted


def test_a_lease_that_lasts_is_respected(pager, queue):
    pager()
    rows = lost(queue, ago=-5)
    assert rescue() == 0
    assert fresh(rows)[0].state == State.SENDING


def test_where_doubt_holds_somebody_must_decide(pager, queue):
    pager()
    (row,) = lost(queue, backend=backend_of("pager", in_doubt=InDoubt.HOLD))
    assert rescue() == 1
    (row,) = fresh([row])
    assert (row.state, row.code, row.doubted) == (State.UNKNOWN, "lease_expired", True)


def test_where_repeats_are_dropped_nobody_must_decide(pager, queue):
    pager(idempotent=True)
    rows = lost(queue, backend=backend_of("pager", in_doubt=InDoubt.HOLD))
    rescue()
    assert fresh(rows)[0].state == State.QUEUED


def test_what_is_lost_again_goes_alone(pager, queue):
    class Alone:
        batches: list[int] = []

    def send_many(self, envelopes):
        Alone.batches.append(len(envelopes))
        return Pager.send_many(self, envelopes)

    pager(send_many=send_many)
    rows = lost(queue) + lost(queue) + lost(queue, attempts=2) + lost(queue, attempts=2)
    rescue()
    assert {row.state for row in delivered(rows)} == {State.SENT}
    assert Alone.batches == [2, 1, 1]


def test_what_took_every_worker_with_it_is_tried_no_more(pager, queue, settings):
    settings.DSN = {"MAX_ATTEMPTS": 3}
    pager()
    rows = lost(queue, attempts=3) + lost(queue, attempts=2)
    assert rescue() == 2
    first, second = fresh(rows)
    assert (first.state, first.code) == (State.FAILED, "lease_expired")
    assert second.state == State.QUEUED
