"""Time that passes when a test says so."""

from __future__ import annotations

import datetime as dt

import pytest
from django.apps import apps
from django.db import models
from django.utils import timezone

from dsn_core.contract.gate import Gate, Postpone
from dsn_core.contract.outcome import Refusal, Refused, Scope
from dsn_core.models import (
    AccountState,
    AddressSlot,
    Delivery,
    Event,
    InboundReport,
    Link,
    Trigger,
)
from dsn_core.plugins import catalog as catalogs
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.found import Found
from dsn_core.plugins.offers import Offer
from dsn_core.states import State
from dsn_core.testing.clock import MOMENTS, let_time_pass
from tests.core.testing.conftest import Mail, Paid

pytestmark = pytest.mark.usefixtures("shop")

LATER = Refused(refusal=Refusal.RETRY, code="429", reason="Slow down", retry_after=600)
HOUR = dt.timedelta(hours=1)
"""What happened, and is waited for by nobody."""
PAST = {
    "accountstate.held_since",
    "address.reported_at",
    "address.verified_at",
    "attempt.at",
    "delivery.created_at",
    "delivery.finished_at",
    "inboundreport.applied_at",
    "link.used_at",
}
FROM_WHICH_TIME_IS_COUNTED = {"event.captured_at", "inboundreport.received_at"}


def test_what_was_refused_for_now_is_tried_again_when_its_time_has_come(
    notices, pay, dsn_outbox, dsn_clock
):
    dsn_outbox.refuse(outcome=LATER)
    pay()
    dsn_outbox.assert_empty()
    dsn_clock.advance(minutes=9)
    dsn_outbox.assert_empty()
    dsn_clock.advance(minutes=1)
    dsn_outbox.assert_sent()
    assert Delivery.objects.get().attempts == 2


def test_so_is_what_waits_for_its_account_or_address(notices, pay, dsn_outbox):
    for scope in (Scope.ACCOUNT, Scope.ADDRESS):
        refused = Refused(
            refusal=Refusal.RETRY, code="429", reason="r", retry_after=600, scope=scope
        )
        dsn_outbox.refuse(outcome=refused)
    pay()
    dsn_outbox.assert_empty()
    dsn_outbox.clock.advance(dt.timedelta(minutes=11))
    dsn_outbox.assert_empty()
    dsn_outbox.clock.advance(dt.timedelta(minutes=11))
    dsn_outbox.assert_sent()


@pytest.fixture
def _quiet_hours(shop, monkeypatch):
    """A gate that postpones all by eight hours."""

    class QuietHours(Gate):
        key = "shop.quiet_hours"

        def screen(self, candidates):
            until = timezone.now() + 8 * HOUR
            return [Postpone(until=until, reason="She sleeps") for _ in candidates]

    discover = catalogs.discover

    def with_gate(*, disabled):
        found = Found(distribution="dsn-quiet", version="1", module="quiet")
        found.offers.append(
            Offer(
                kind="gate",
                key=QuietHours.key,
                label="",
                item=QuietHours,
                distribution="dsn-quiet",
                version="1",
            )
        )
        return [*discover(disabled=disabled), found]

    monkeypatch.setattr(catalogs, "discover", with_gate)
    catalog.cache_clear()


@pytest.mark.usefixtures("_quiet_hours")
def test_what_a_gate_postpones_goes_out_when_its_time_has_come(notices, pay, ada, dsn_outbox):
    pay()
    with pytest.raises(AssertionError, match=r"queued until .* She sleeps"):
        dsn_outbox.assert_sent()
    dsn_outbox.clock.advance(hours=8)
    dsn_outbox.assert_sent(to=ada)


def test_what_is_worth_sending_for_an_hour_is_given_up_after_it(notices, pay, dsn_outbox):
    Trigger.objects.update(expires_after=HOUR)
    dsn_outbox.refuse(outcome=LATER)
    pay()
    dsn_outbox.clock.advance(hours=2)
    dsn_outbox.assert_empty()
    row = Delivery.objects.get()
    assert (row.state, row.code) == (State.CANCELLED, "expired")


def test_so_is_what_waits_to_be_fanned_out(notices, pay, install, dsn_outbox):
    Trigger.objects.update(expires_after=HOUR)
    install(Paid)
    pay()
    dsn_outbox.clock.advance(hours=2)
    install(Mail, Paid)
    dsn_outbox.assert_empty()
    assert Delivery.objects.get().code == "expired"


def test_all_that_is_due_now_is_done_before(notices, pay, dsn_outbox):
    Trigger.objects.update(expires_after=HOUR)
    pay()
    dsn_outbox.clock.advance(hours=2)
    dsn_outbox.assert_sent()


def test_it_is_one_leap(notices, pay, dsn_outbox):
    dsn_outbox.refuse(outcome=LATER, times=2)
    pay()
    dsn_outbox.clock.advance(days=1)
    dsn_outbox.assert_empty()
    dsn_outbox.clock.advance(minutes=10, seconds=1)
    dsn_outbox.assert_sent()


@pytest.mark.parametrize("delta", [(), (10,), ("minutes",)])
def test_the_unit_must_be_said(delta, dsn_clock):
    with pytest.raises(TypeError, match=r"^Say the unit: advance\(minutes=10\)\.$"):
        dsn_clock.advance(*delta)


@pytest.mark.parametrize("back", [{"hours": 0}, {"hours": -1}, {"hours": 1, "minutes": -60}])
def test_time_passes_forwards_only(back, dsn_outbox):
    with pytest.raises(ValueError, match="forwards only"):
        dsn_outbox.clock.advance(**back)


def test_a_link_runs_out(ada, dsn_clock):
    Link.objects.issue(ada, "telegram")
    until = Link.objects.get().expires_at
    dsn_clock.advance(HOUR)
    assert until - Link.objects.get().expires_at == HOUR


def test_every_moment_of_every_model_is_moved_or_is_past():
    known = {f"{model._meta.model_name}.{name}" for model in MOMENTS for name in MOMENTS[model]}
    found = {
        f"{model._meta.model_name}.{field.name}"
        for model in apps.get_app_config("dsn").get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.DateTimeField)
    }
    assert found == known | PAST | FROM_WHICH_TIME_IS_COUNTED


@pytest.mark.django_db
def test_each_of_them_is_moved_by_as_much():
    now = timezone.now()
    event = Event.objects.create(verb="v", lease_until=now)
    rows: list[models.Model] = [
        event,
        Delivery.objects.create(event=event, recipient_key="k", lease_until=now, expires_at=now),
        AccountState.objects.create(messenger="m", account="a", next_slot=now),
        AddressSlot.objects.create(messenger="m", next_slot=now, planned_until=now),
        InboundReport.objects.create(messenger="m"),
    ]
    before = [_moments(row) for row in rows]
    let_time_pass(HOUR)
    for row, moments in zip(rows, before, strict=True):
        row.refresh_from_db()
        after = _moments(row)
        assert {name: moments[name] - after[name] for name in MOMENTS[type(row)]} == dict.fromkeys(
            MOMENTS[type(row)], HOUR
        )
    assert before[0]["captured_at"] - rows[0].captured_at == HOUR
    assert before[4]["received_at"] - rows[4].received_at == HOUR


def _moments(row: models.Model) -> dict[str, dt.datetime]:
    fields = row._meta.concrete_fields
    return {f.name: getattr(row, f.name) for f in fields if isinstance(f, models.DateTimeField)}


@pytest.mark.django_db
def test_what_has_happened_stays_when_it_was():
    now = timezone.now()
    event = Event.objects.create(verb="v", state="done", captured_at=now)
    report = InboundReport.objects.create(messenger="m", received_at=now, applied_at=now)
    let_time_pass(HOUR)
    event.refresh_from_db()
    report.refresh_from_db()
    assert (event.captured_at, report.received_at) == (now, now)
