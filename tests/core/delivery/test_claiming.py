"""Who gets which rows, and that nobody else finishes them."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from dsn_core.delivery.claiming import claim_due
from dsn_core.delivery.finishing import finish
from dsn_core.records.transitions import Change, deliveries, give_back, renew
from dsn_core.states import State
from tests.core.delivery.conftest import fresh

pytestmark = pytest.mark.django_db


def sent(row) -> Change:
    return Change(delivery=row, state=State.SENT, provider_id="1")


def test_the_oldest_of_the_best_lane_are_claimed_first(queue):
    now = timezone.now()
    (late,) = queue(next_at=now - dt.timedelta(seconds=1))
    (early,) = queue(next_at=now - dt.timedelta(seconds=9))
    (urgent,) = queue(lane=0, next_at=now)
    (bulk,) = queue(lane=2, next_at=now - dt.timedelta(hours=1))
    claim = claim_due(3)
    assert claim is not None
    assert [row.pk for row in claim.deliveries] == [urgent.pk, early.pk, late.pk]
    assert fresh([bulk])[0].state == State.QUEUED


def test_a_claim_leases_and_counts_the_attempt(queue, settings):
    settings.DSN = {"LEASE_SECONDS": 30}
    (row,) = queue()
    claim = claim_due()
    assert claim is not None
    (row,) = fresh([row])
    assert (row.state, row.lease, row.attempts) == (State.SENDING, claim.lease, 1)
    assert row.lease_until is not None
    assert 28 < (row.lease_until - timezone.now()).total_seconds() <= 31
    assert claim.deliveries[0].attempts == 1


def test_what_is_not_due_or_not_queued_is_left(queue):
    queue(next_at=timezone.now() + dt.timedelta(seconds=30))
    for state in set(State) - {State.QUEUED}:
        queue(state=state)
    assert claim_due() is None


def test_nothing_is_claimed_twice(queue):
    queue(3)
    first, second = claim_due(2), claim_due(2)
    assert first is not None
    assert second is not None
    assert (len(first.deliveries), len(second.deliveries)) == (2, 1)
    assert claim_due() is None


def test_a_row_is_due_at_once_for_whoever_wrote_it_by_a_clock_that_is_a_little_ahead(queue):
    queue(next_at=timezone.now())
    assert claim_due() is not None


def test_a_late_finish_changes_no_row(queue):
    (row,) = queue()
    slow = claim_due()
    assert slow is not None
    deliveries().update(state=State.QUEUED, lease=None)
    new = claim_due()
    assert new is not None
    assert finish(slow.lease, [sent(row)], timezone.now()) == set()
    assert fresh([row])[0].state == State.SENDING
    assert finish(new.lease, [sent(row)], timezone.now()) == {row.pk}
    assert finish(new.lease, [sent(row)], timezone.now()) == set()


def test_a_finish_of_many_writes_each_its_own(queue):
    rows = queue(60)
    claim = claim_due()
    assert claim is not None
    now = timezone.now()
    changes = [
        Change(delivery=row, state=State.SENT, provider_id=str(row.pk), detail={"n": row.pk})
        for row in rows[:59]
    ]
    later = now + dt.timedelta(hours=1)
    changes.append(Change(delivery=rows[59], state=State.QUEUED, next_at=later, uncounted=True))
    assert finish(claim.lease, changes, now) == {row.pk for row in rows}
    *done, again = fresh(rows)
    assert all(row.provider_id == str(row.pk) and row.detail == {"n": row.pk} for row in done)
    assert {row.finished_at for row in done} == {now}
    assert (again.next_at, again.attempts, again.finished_at) == (later, 0, None)


def test_a_lease_is_renewed_and_given_back(queue):
    rows = queue(2)
    claim = claim_due()
    assert claim is not None
    assert renew(claim.lease, 600) == 2
    assert renew(uuid.uuid4(), 600) == 0
    until = fresh(rows)[0].lease_until
    assert until is not None
    assert (until - timezone.now()).total_seconds() > 500
    assert give_back(claim.lease) == 2
    assert [(row.state, row.attempts, row.lease) for row in fresh(rows)] == [
        (State.QUEUED, 0, None)
    ] * 2
