"""Addresses with a limit of their own: who goes, who is put off, and that it is done once."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from django.utils import timezone

from dsn_core.contract.outcome import Refusal, Refused, Scope
from dsn_core.delivery.expecting import next_slot_in, waiting_for_slots
from dsn_core.engines.draining import tidy
from dsn_core.models import AddressSlot, Delivery
from dsn_core.records.holding import release_account
from dsn_core.states import State
from tests.core.delivery.conftest import claimed, delivered, fresh, let_pass

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


def test_an_address_has_a_limit_of_its_own(pager, queue):
    pager(rate_per_address="1/second")
    busy = queue(3, address="busy")
    free = queue(2)
    assert [row.pk for row in claimed()] == [busy[0].pk, *(row.pk for row in free)]
    assert claimed() == []
    let_pass(1.2)
    assert [row.pk for row in claimed()] == [busy[1].pk]


@pytest.mark.parametrize("own_rule", [False, True])
def test_what_is_for_everybody_has_no_address_to_be_limited(pager, queue, own_rule):
    rule = {"address_rate": lambda self, address: "1/minute"} if own_rule else {}
    pager(rate_per_address="1/minute", **rule)
    rows = queue(3, address="")
    assert [row.pk for row in claimed()] == [row.pk for row in rows]


def test_a_busy_address_holds_up_no_other(pager, queue):
    pager(rate_per_address="1/second")
    queue(250, address="busy")
    other = queue()
    assert len(claimed()) == 1
    assert [row.pk for row in claimed()] == [other[0].pk]


def test_a_thousand_for_one_address_get_a_time_of_their_own_once(pager, queue):
    pager(rate_per_address="1/second")
    rows = queue(1000, address="busy")
    writes: list[int] = []
    for _ in range(12):
        before = [row.next_at for row in fresh(rows)]
        claimed()
        writes.append(sum(old != new.next_at for old, new in zip(before, fresh(rows), strict=True)))
        let_pass(1.2)
    assert 990 <= sum(writes) <= 999
    assert Delivery.objects.filter(state=State.SENDING).count() == 12
    planned = Delivery.objects.filter(code="paced", state=State.QUEUED).order_by("next_at", "pk")
    assert [row.pk for row in planned] == sorted(row.pk for row in planned)
    moments = [row.next_at for row in planned]
    gaps = [b - a for a, b in itertools.pairwise(moments)]
    assert all(abs(gap.total_seconds() - 1.15) < 0.01 for gap in gaps)
    assert planned[0].reason == "No more than 1/second to one address."
    assert planned[0].attempts == 0


def test_who_was_put_off_goes_before_those_that_came_after(pager, queue):
    pager(rate_per_address="1/second")
    first, second = queue(2, address="busy")
    assert [row.pk for row in claimed()] == [first.pk]
    assert fresh([second])[0].code == "paced"
    (third,) = queue(address="busy")
    let_pass(1.2)
    Delivery.objects.filter(pk=third.pk).update(next_at=timezone.now() - HOUR)
    assert [row.pk for row in claimed()] == [second.pk]
    assert [row.code for row in fresh([third])] == ["paced"]


def test_a_messenger_may_treat_one_address_otherwise_than_another(pager, queue):
    rates = {"g": "14/minute", "p": "1/second"}
    pager(address_rate=lambda self, address: rates.get(address[0]))
    queue(5, address="group")
    queue(5, address="person")
    queue(5, address="other")
    found = [row.address for row in claimed()]
    assert [found.count(address) for address in ("group", "person", "other")] == [2, 1, 5]


def test_what_settings_say_holds_for_every_address(pager, queue, settings):
    settings.DSN = {"MESSENGERS": {"pager": {"default": {"rate_per_address": "21/second"}}}}
    pager(address_rate=lambda self, address: "1/second")
    queue(5, address="busy")
    assert len(claimed()) == 3


@pytest.mark.parametrize("answer", ["often", 7, None])
def test_an_address_rate_that_makes_no_sense_is_no_limit(pager, queue, answer):
    pager(address_rate=lambda self, address: answer)
    queue(5, address="busy")
    assert len(claimed()) == 5


def test_an_address_rate_that_raises_is_that_of_the_class(pager, queue):
    def broken(self, address):
        raise SystemExit

    pager(address_rate=broken, rate_per_address="1/second")
    queue(5, address="busy")
    assert len(claimed()) == 1


def test_an_address_that_the_service_wants_to_wait_waits_for_all(pager, queue):
    wait = Refused(
        refusal=Refusal.RETRY, code="429", reason="Slow down", retry_after=60, scope=Scope.ADDRESS
    )
    made = pager(wait, rate_per_address="1/second")
    delivered(queue(address="busy"))
    rows = delivered(queue(address="busy") + queue(address="free"))
    assert [row.state for row in rows] == [State.QUEUED, State.SENT]
    assert len(made.sent) == 2
    let_pass(61)
    assert delivered(rows)[0].state == State.SENT


def test_slots_that_say_nothing_any_more_are_forgotten(pager, queue):
    pager(rate_per_address="14/minute")
    queue(3)
    claimed()
    let_pass(4)
    tidy()
    assert AddressSlot.objects.count() == 3
    let_pass(1)
    tidy()
    assert AddressSlot.objects.count() == 0


def test_nobody_is_put_off_for_longer_than_a_day(pager, queue):
    pager(rate_per_address="1/hour")
    rows = queue(100, address="busy")
    claimed()
    at = [row.next_at for row in fresh(rows)]
    assert at == sorted(at)
    assert at[30] == at[-1] <= timezone.now() + 24 * HOUR
    let_pass(24 * 3600)
    assert [row.pk for row in claimed()] == [rows[1].pk]


def test_whoever_uses_an_account_again_lets_go_what_waits_for_its_addresses(pager, queue):
    wait = Refused(
        refusal=Refusal.RETRY, code="429", reason="No", retry_after=1e9, scope=Scope.ADDRESS
    )
    made = pager(None, wait, rate_per_address="1/day")
    busy = queue(3, address="busy")
    told = queue(1, address="told")
    delivered([*busy, *told])
    pager(rate_per_address="700/second")
    later = [*queue(2, address="busy"), *queue(2, address="told")]
    assert {row.state for row in delivered([*busy[1:], *later])} == {State.QUEUED}
    release_account(made.key, "default")
    assert {row.state for row in delivered([*busy, *later])} == {State.SENT}
    assert fresh(told)[0].code == "429"


def test_what_is_left_for_one_address_is_told_however_late_its_time(pager, queue):
    pager(rate_per_address="1/hour")
    queue(5, address="busy")
    assert len(claimed()) == 1
    assert next_slot_in() is None
    (left,) = waiting_for_slots()
    assert left.count == 4
    assert left.until > timezone.now() + dt.timedelta(minutes=50)
