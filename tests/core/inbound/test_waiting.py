"""What comes too early, and what cannot be applied: it waits, and stops nobody else."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import OperationalError, close_old_connections, connection
from django.utils import timezone

from dsn_core.engines.draining import tidy
from dsn_core.inbound import reports
from dsn_core.inbound.reports import apply, apply_waiting
from dsn_core.models import Address, Delivery, InboundReport
from dsn_core.states import State
from tests.core.delivery.conftest import backend_of, fresh

pytestmark = pytest.mark.django_db

ARRIVED = {"kind": "receipt", "provider_id": "p1", "delivered": True}
OUT = {"kind": "opted_out", "address": "ada"}


def age(**how: float) -> None:
    """Let all that waits be so old, and its turn have come."""
    then = timezone.now() - dt.timedelta(**how)
    InboundReport.objects.update(received_at=then, next_at=then)


def waiting(**fields: object) -> InboundReport:
    """A report of a messenger that waits since a moment ago."""
    values = {"address": "ada", "reason": "", "at": None, "id": ""}
    fields = {"kind": "opted_out", "subject": "ada", "values": values, **fields}
    fields = {"account": "default", "fingerprint": str(InboundReport.objects.count()), **fields}
    return InboundReport.objects.create(messenger="acme", **fields)


def test_a_receipt_before_our_own_outcome_waits_and_is_applied_by_the_sweep(post, queue, acme):
    post(ARRIVED)
    assert InboundReport.objects.get().applied_at is None
    row = queue(backend=backend_of("acme"), state=State.SENDING, provider_id="p1")[0]
    age(seconds=11)
    tidy()
    assert InboundReport.objects.get().applied_at is None
    Delivery.objects.update(state=State.SENT)
    age(seconds=11)
    tidy()
    assert Delivery.objects.get(pk=row.pk).state == State.DELIVERED
    report = InboundReport.objects.get()
    assert (report.applied_at is not None, report.outcome) == (True, "delivered")


def test_what_waits_is_looked_at_as_late_again_as_it_has_waited(post, acme):
    post(ARRIVED)
    for waited, pause in ((0, 10), (60, 60), (1_000, 1_000), (20_000, 3_600)):
        age(seconds=waited)
        apply_waiting()
        ahead = (InboundReport.objects.get().next_at - timezone.now()).total_seconds()
        assert ahead == pytest.approx(pause, abs=5)
        assert apply_waiting() == 0


def test_before_that_it_is_left_alone(post, queue, acme, django_assert_num_queries):
    post(ARRIVED)
    queue(backend=backend_of("acme"), state=State.SENT, provider_id="p1")
    with django_assert_num_queries(1):
        assert apply_waiting() == 0
    age(seconds=11)
    assert apply_waiting() == 1


def test_in_one_sweep_each_account_still_speaks_for_itself(acme, sent):
    other = {"account": "ops", "kind": "receipt", "subject": "p1", "fingerprint": "ops"}
    unknown = {"kind": "receipt", "subject": "p9", "values": {"delivered": True}}
    apply([waiting(**unknown), waiting(**other, values={"delivered": True})])
    assert sent().state == State.SENT


def test_it_is_given_up_after_a_day_and_says_so(post, acme):
    post(ARRIVED)
    age(hours=23)
    assert apply_waiting() == 0
    age(hours=25)
    assert apply_waiting() == 1
    assert InboundReport.objects.get().outcome == "changed nothing: no delivery is known by it"


def test_what_nobody_looked_at_for_days_is_applied_all_the_same(acme, sent):
    waiting()
    waiting(kind="receipt", subject="p1", values={"provider_id": "p1", "delivered": True})
    age(days=5)
    assert apply_waiting() == 2
    assert Address.objects.get().kind == "opted_out"
    assert sent().state == State.DELIVERED


def test_many_that_are_about_nothing_hold_up_no_other(acme, sent, monkeypatch):
    monkeypatch.setattr(reports, "MOST_AT_ONCE", 10)
    for _ in range(10):
        waiting(kind="receipt", subject="unknown", values={"delivered": True})
    waiting(kind="receipt", subject="p1", values={"delivered": True})
    apply_waiting()
    apply_waiting()
    assert sent().state == State.DELIVERED


def test_one_that_cannot_be_applied_stops_no_other(acme, monkeypatch, caplog):
    bad, good = waiting(), waiting(subject="bob", kind="opted_in")
    monkeypatch.setitem(reports.WAYS, "opted_out", _boom)
    assert apply_waiting() == 1
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.applied_at, good.outcome) == (
        None,
        "changed nothing: nobody of yours has this address",
    )
    assert bad.next_at > timezone.now()
    assert "could not be applied: ValueError" in caplog.text
    assert "dear Ada" not in caplog.text


def test_one_that_can_never_be_applied_is_given_up_and_says_why(acme, monkeypatch):
    waiting()
    age(hours=25)
    monkeypatch.setitem(reports.WAYS, "opted_out", _boom)
    assert apply_waiting() == 1
    assert InboundReport.objects.get().outcome == "could not be applied: ValueError"


def test_what_it_did_is_undone_where_it_then_fails(acme, monkeypatch):
    def half(report):
        Address.objects.create(messenger="acme", value="half")
        raise ValueError("dear Ada")

    waiting()
    monkeypatch.setitem(reports.WAYS, "opted_out", half)
    apply_waiting()
    assert not Address.objects.exists()


def test_a_database_that_is_away_is_not_the_reports_fault(acme, monkeypatch):
    waiting()
    monkeypatch.setitem(reports.WAYS, "opted_out", _away)
    with pytest.raises(OperationalError):
        apply_waiting()
    assert InboundReport.objects.get().applied_at is None


def test_a_sweep_ends_in_time_and_the_next_goes_on(acme, monkeypatch):
    waiting()
    monkeypatch.setattr(reports, "SWEEP_SECONDS", 0)
    assert apply_waiting() == 0
    monkeypatch.undo()
    assert apply_waiting() == 1


def test_a_sweep_with_nothing_to_do_asks_once(django_assert_num_queries, acme):
    with django_assert_num_queries(1):
        assert apply_waiting() == 0


def test_one_that_is_applied_elsewhere_keeps_back_none_of_its_batch(acme, queue):
    backend = backend_of("acme")
    rows = [
        queue(backend=backend, state=State.SENT, provider_id=name, address=name)[0]
        for name in ("p1", "p2")
    ]
    batch = [
        waiting(kind="receipt", subject=name, values={"delivered": True, "provider_id": name})
        for name in ("p1", "p2")
    ]
    InboundReport.objects.filter(pk=batch[0].pk).update(applied_at=timezone.now())
    assert apply(batch) == 1
    assert [row.state for row in fresh(rows)] == [State.SENT, State.DELIVERED]


def _boom(report):
    raise ValueError("dear Ada")


def _away(report):
    raise OperationalError("gone")


@pytest.mark.django_db(transaction=True)
def test_two_who_apply_one_report_at_once_apply_it_once(acme, heard, queue):
    queue(backend=backend_of("acme"), state=State.SENT, provider_id="p1", address="ada")
    said = {"delivered": False, "provider_id": "p1"}
    soft = {**said, "refusal": "retry", "scope": "address"}
    report = waiting(kind="receipt", subject="p1", values=soft)
    done = _at_once(lambda: apply([report]))
    assert sorted(done) == [0, 0, 0, 1]
    assert Address.objects.get().soft_failures == 1
    assert [name for name, _ in heard] == ["delivery_failed"]


@pytest.mark.django_db(transaction=True)
def test_two_receipts_of_one_delivery_at_once_are_announced_once(acme, heard, queue):
    queue(backend=backend_of("acme"), state=State.SENT, provider_id="p1")
    found = [
        waiting(kind="receipt", subject="p1", values={"delivered": True, "provider_id": "p1"})
        for _ in range(4)
    ]
    left = list(found)
    assert _at_once(lambda: apply([left.pop()])) == [1, 1, 1, 1]
    assert Delivery.objects.get().state == State.DELIVERED
    assert [name for name, _ in heard] == ["delivery_confirmed"]


def _at_once(do):
    barrier, done = threading.Barrier(4), []

    def run():
        try:
            close_old_connections()
            barrier.wait(10)
            done.append(do())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return done
