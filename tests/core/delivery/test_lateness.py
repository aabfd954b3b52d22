"""What is sent late counts from when it is sent."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dsn_core.delivery import delivering, lateness
from dsn_core.delivery.delivering import deliver_next
from dsn_core.delivery.packing import pack
from dsn_core.delivery.slots import keep_to_rates
from dsn_core.models import AccountState, AddressSlot
from dsn_core.records.holding import hold_account, make_account_wait
from tests.core.delivery.conftest import let_pass

pytestmark = pytest.mark.django_db

A_SECOND = dt.timedelta(seconds=1)


@pytest.fixture
def held_up(monkeypatch):
    """Makes the worker stand still between its claim and its first message, for so long."""

    def make(seconds: float) -> None:
        def slowly(claim):
            let_pass(seconds)
            return pack(claim)

        monkeypatch.setattr(delivering, "pack", slowly)
        monkeypatch.setattr(lateness, "LATE", 0.0)

    return make


def next_slot() -> dt.datetime:
    slot = AccountState.objects.get().next_slot
    assert slot is not None
    return slot


def test_late_messages_use_the_slots_of_now(pager, queue, held_up):
    pager(rate="30/minute")
    queue(4)
    held_up(30)
    deliver_next()
    # Four a burst, one each 2.2 seconds: the first free slot is one interval away.
    assert 1.5 < (next_slot() - timezone.now()).total_seconds() < 2.4


def test_those_in_time_use_those_they_have(pager, queue):
    pager(rate="30/minute")
    queue(4)
    deliver_next()
    before = next_slot()
    queue(1)
    let_pass(2.5)
    moved = next_slot()
    deliver_next()
    assert next_slot() - moved < dt.timedelta(seconds=2.3)
    assert before > moved


def test_a_late_message_to_an_address_makes_that_wait(pager, queue, held_up):
    pager(rate_per_address="30/minute")
    queue(1, address="busy")
    held_up(30)
    deliver_next()
    slot = AddressSlot.objects.get()
    assert 1.5 < (slot.next_slot - timezone.now()).total_seconds() < 2.4
    assert slot.planned_until >= slot.next_slot


def test_a_wait_that_the_service_asked_for_stays(pager, queue, monkeypatch):
    pager(rate="30/minute")
    queue(1)

    def told_meanwhile(claim):
        make_account_wait("pager", "default", timezone.now() + 900 * A_SECOND, "Slow")
        return pack(claim)

    monkeypatch.setattr(delivering, "pack", told_meanwhile)
    monkeypatch.setattr(lateness, "LATE", 0.0)
    deliver_next()
    state = AccountState.objects.get()
    assert next_slot() - timezone.now() > 800 * A_SECOND
    assert state.reason == "Slow"


def test_an_account_that_is_held_meanwhile_keeps_its_reason(pager, queue, monkeypatch):
    pager(rate="30/minute")
    queue(1)

    def held_meanwhile(claim):
        packed = pack(claim)
        hold_account("pager", "default", "The token is wrong")
        return packed

    monkeypatch.setattr(delivering, "pack", held_meanwhile)
    monkeypatch.setattr(lateness, "LATE", 0.0)
    deliver_next()
    assert AccountState.objects.get().reason == "The token is wrong"


def test_a_late_burst_is_counted_although_others_have_used_the_next_slots(
    pager, queue, monkeypatch
):
    pager(rate="30/minute")
    queue(4)

    def others_were_faster(claim):
        AccountState.objects.update(next_slot=timezone.now() + 2 * A_SECOND)
        return pack(claim)

    monkeypatch.setattr(delivering, "pack", others_were_faster)
    monkeypatch.setattr(lateness, "LATE", 0.0)
    deliver_next()
    keep_to_rates()
    # After the two seconds of the others come four slots, one each 2.2 seconds.
    assert 10 < (next_slot() - timezone.now()).total_seconds() < 11.5


def test_what_is_not_paced_costs_nothing_when_it_is_late(pager, queue, monkeypatch):
    pager(rate=None)
    counts = []
    for late in (1e9, 0.0):
        monkeypatch.setattr(lateness, "LATE", late)
        queue(3)
        with CaptureQueriesContext(connection) as queries:
            assert deliver_next() == 3
        counts.append(len(queries))
    assert counts[0] == counts[1]
