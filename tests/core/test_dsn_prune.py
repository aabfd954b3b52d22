"""``dsn_prune``: what is finished and old goes, in small pages; what is open never does."""

from __future__ import annotations

import datetime as dt
import time
from statistics import quantiles
from threading import Event as Flag
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dsn_core.delivery.claiming import claim_due
from dsn_core.fanout.planning import fan_out_next
from dsn_core.models import (
    AddressSlot,
    Attempt,
    Delivery,
    Event,
    InboundReport,
    Link,
    Subscription,
    Trigger,
)
from dsn_core.records import pruning
from dsn_core.records.transitions import deliveries, give_back
from dsn_core.states import FINAL, OPEN, EventState, State
from tests.core.delivery.conftest import backend_of, install, pager, queue
from tests.core.delivery.finished import finish_many
from tests.services import take_time

__all__ = ["install", "pager", "queue"]

pytestmark = pytest.mark.django_db(transaction=True)

NOW = timezone.now()
OLD = NOW - dt.timedelta(days=100)


def old(queue, count=1, state=State.SENT, **fields):
    """Deliveries that were finished long ago, of an event as old as they are."""
    finished = OLD if state in FINAL else None
    made = {"state": state, "created_at": OLD, "finished_at": finished, **fields}
    rows = queue(count, **made)
    Event.objects.filter(pk=rows[0].event_id).update(captured_at=OLD)
    return rows


def said(capsys, *arguments: str) -> str:
    call_command("dsn_prune", *arguments)
    return str(capsys.readouterr().out)


@pytest.mark.parametrize("state", sorted(FINAL))
def test_what_is_finished_and_old_goes_with_its_attempts_and_its_event(queue, capsys, state):
    (row,) = old(queue, state=state)
    Attempt.objects.create(delivery=row, outcome="retry")
    words = said(capsys)
    assert words.startswith("Deleted 1 deliveries, 1 events, 0 reports, 0 links, 0 address slots;")
    counts = [model.objects.count() for model in (Delivery, Attempt, Event)]
    assert counts == [0, 0, 0]


@pytest.mark.parametrize("state", sorted(OPEN))
def test_an_open_delivery_stays_however_old_it_is_and_so_does_its_event(queue, state):
    old(queue, state=state)
    call_command("dsn_prune", "--days", "0")
    assert (Delivery.objects.count(), Event.objects.count()) == (1, 1)


def test_what_is_younger_stays(queue, capsys):
    old(queue, finished_at=NOW - dt.timedelta(days=89))
    assert said(capsys).startswith("Deleted 0 deliveries, 0 events,")
    assert said(capsys, "--days", "88").startswith("Deleted 1 deliveries, 1 events,")


def test_an_event_stays_while_one_of_its_deliveries_does(queue, capsys):
    (row,) = old(queue)
    old(queue, state=State.HELD, event=row.event)
    assert said(capsys).startswith("Deleted 1 deliveries, 0 events,")
    assert said(capsys).startswith("Deleted 0 deliveries, 0 events,")


def test_an_event_that_is_not_fanned_out_yet_keeps_what_tells_who_has_been_told(pager, capsys):
    made = pager()
    trigger = Trigger.objects.create(name="T", verb="post_save")
    subscription = Subscription.objects.create(name="S", trigger=trigger, addresses=["ops"])
    subscription.backends.add(backend_of("pager"))
    event = Event.objects.create(
        verb="post_save", trigger_ids=[trigger.pk], attempts=1, captured_at=OLD
    )
    fan_out_next()
    call_command("dsn_worker", "--once")
    Delivery.objects.update(created_at=OLD, finished_at=OLD)
    # It is to be fanned out whole again, for a plugin was missing.
    Event.objects.update(state=EventState.PENDING, cursor={})
    assert said(capsys).count("Deleted 0 deliveries, 0 events,") == 1
    call_command("dsn_worker", "--once")
    assert [envelope.address for envelope in made.sent] == ["ops"]
    event.refresh_from_db()
    assert event.state == EventState.DONE


def test_applied_reports_expired_links_and_passed_slots_go_too(django_user_model, capsys):
    ada = django_user_model.objects.create(username="ada")
    for number, applied in enumerate([OLD, None, NOW]):
        InboundReport.objects.create(
            messenger="pager",
            account="default",
            fingerprint=str(number),
            kind="receipt",
            received_at=OLD,
            applied_at=applied,
        )
    for number, expires in enumerate([OLD, NOW]):
        Link.objects.create(token_hash=str(number), user=ada, messenger="pager", expires_at=expires)
    for until in (OLD, NOW + dt.timedelta(hours=1)):
        AddressSlot.objects.create(
            messenger="pager",
            account="default",
            address=str(until),
            next_slot=until,
            planned_until=until,
        )
    words = "0 deliveries, 0 events, 1 reports, 1 links, 1 address slots;"
    assert said(capsys, "--dry-run").startswith(f"Would delete {words}")
    assert said(capsys).startswith(f"Deleted {words}")
    assert said(capsys).startswith("Deleted 0 deliveries, 0 events, 0 reports, 0 links, 0 address")


def test_an_old_one_behind_young_ones_is_found_where_age_does_not_grow_with_the_id(
    django_user_model, capsys
):
    ada = django_user_model.objects.create(username="ada")
    for number, until in enumerate([NOW + dt.timedelta(hours=1)] * 3 + [OLD]):
        AddressSlot.objects.create(
            messenger="pager", address=str(number), next_slot=until, planned_until=until
        )
        Link.objects.create(token_hash=str(number), user=ada, messenger="pager", expires_at=until)
    assert "1 links, 1 address slots" in said(capsys, "--batch", "2")


def test_a_report_stays_for_as_long_as_a_service_may_repeat_it():
    days = NOW - dt.timedelta(days=6)
    InboundReport.objects.create(
        messenger="pager", account="default", kind="stop", received_at=days, applied_at=days
    )
    call_command("dsn_prune", "--days", "0")
    assert InboundReport.objects.count() == 1


def test_a_dry_run_counts_and_changes_nothing(queue, capsys):
    old(queue, 7)
    assert said(capsys, "--dry-run", "--batch", "3").startswith("Would delete 7 deliveries,")
    assert Delivery.objects.count() == 7


def test_a_dry_run_counts_the_events_that_go_with_their_deliveries(queue, capsys):
    old(queue, 2)
    (row,) = old(queue)
    old(queue, state=State.HELD, event=row.event)
    (late,) = old(queue)
    old(queue, event=late.event, finished_at=NOW)
    assert said(capsys, "--dry-run").startswith("Would delete 4 deliveries, 1 events,")
    assert said(capsys).startswith("Deleted 4 deliveries, 1 events,")


@pytest.mark.postgres
def test_a_machine_whose_clock_is_fast_takes_no_slot_that_is_planned(capsys, monkeypatch):
    until = NOW + dt.timedelta(minutes=30)
    AddressSlot.objects.create(
        messenger="pager", account="default", address="a", next_slot=until, planned_until=until
    )
    monkeypatch.setattr(pruning.timezone, "now", lambda: NOW + dt.timedelta(hours=1))
    assert "0 address slots" in said(capsys)


def test_it_goes_page_by_page_and_no_page_reads_more_than_it_may(queue):
    old(queue, 25)
    queue(25)
    (kind, *_) = pruning.kinds(NOW - dt.timedelta(days=90))
    with CaptureQueriesContext(connection) as queries:
        assert list(pruning.prune(kind, batch=10)) == [10, 10, 5]
    reading = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    assert all("LIMIT 10" in sql or " IN (" in sql for sql in reading)
    assert Delivery.objects.count() == 25


def test_it_stops_looking_where_all_is_young(queue):
    queue(300)
    (kind, *_) = pruning.kinds(NOW - dt.timedelta(days=90))
    with CaptureQueriesContext(connection) as queries:
        assert list(pruning.prune(kind, batch=10)) == []
    assert len(queries) == 1


def test_it_stops_between_two_pages_when_it_is_told_to(queue):
    old(queue, 30)
    (kind, *_) = pruning.kinds(NOW)
    told = iter([False, True])
    assert list(pruning.prune(kind, batch=10, stopped=lambda: next(told))) == [10]
    assert Delivery.objects.count() == 20


def test_what_is_retried_meanwhile_stays(queue, monkeypatch):
    (row, _) = old(queue, 2, state=State.FAILED)
    (kind, *_) = pruning.kinds(NOW)
    pages = pruning._pages

    def meanwhile(*given):
        for page in pages(*given):
            deliveries().filter(pk=row.pk).update(state=State.QUEUED, finished_at=None)
            yield page

    monkeypatch.setattr(pruning, "_pages", meanwhile)
    assert sum(pruning.prune(kind)) == 1
    assert Delivery.objects.get().pk == row.pk


def test_what_somebody_has_locked_is_passed_over(queue):
    if not connection.features.has_select_for_update_skip_locked:
        pytest.skip("this database locks no rows")
    (row, *_) = old(queue, 3)
    (kind, *_) = pruning.kinds(NOW)
    counts = []

    def run():
        counts.append(sum(pruning.prune(kind)))
        connections.close_all()

    with transaction.atomic():
        Delivery.objects.select_for_update().get(pk=row.pk)
        other = Thread(target=run)
        other.start()
        other.join(timeout=20)
    assert counts == [2]


def test_two_at_once_do_each_other_no_harm(queue):
    old(queue, 200)
    old(queue, 20, state=State.QUEUED)
    counts = []

    def run():
        counts.extend(sum(pruning.prune(kind, batch=10)) for kind in pruning.kinds(NOW))
        connections.close_all()

    both = [Thread(target=run) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join(timeout=60)
    assert Delivery.objects.count() == 20
    assert sum(counts) == 201


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--days", "-1"], "--days is -1"),
        (["--days", "nan"], "--days is nan"),
        (["--days", "1e12"], "--days is"),
        (["--batch", "0"], "--batch is 0"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(arguments, words):
    with pytest.raises(CommandError, match=words):
        call_command("dsn_prune", *arguments)


def claim_times(count: int) -> list[float]:
    """Seconds for each of so many claims of fifty, all given back."""
    times = []
    for _ in range(count):
        began = time.perf_counter()
        claim = claim_due(50)
        times.append(time.perf_counter() - began)
        assert claim is not None
        give_back(claim.lease)
    return times


def percentile(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]


def longest_page(stop: Flag) -> float:
    """Prune until told to stop, and say how long the longest page took."""
    longest, began = 0.0, time.perf_counter()
    (kind, *_) = pruning.kinds(NOW)
    for _ in pruning.prune(kind, stopped=stop.is_set):
        longest, began = max(longest, time.perf_counter() - began), time.perf_counter()
    return longest


def test_claims_stay_quick_beside_it_with_a_million_finished_rows(queue, pager):
    take_time("a million rows are written")
    pager()
    is_postgres = connection.vendor == "postgresql"
    finish_many(1_000_000 if is_postgres else 100_000)
    queue(500, next_at=NOW - dt.timedelta(minutes=1))
    alone = percentile(claim_times(100))
    stop, longest = Flag(), []

    def run():
        longest.append(longest_page(stop))
        connections.close_all()

    pruner = Thread(target=run)
    pruner.start()
    beside = percentile(claim_times(300))
    stop.set()
    pruner.join()
    assert longest[0] < 1.0
    # SQLite has one writer at a time: whoever claims waits for a page at most.
    limit = 2 * alone + 0.05 if is_postgres else alone + 2 * longest[0] + 0.1
    assert beside <= limit
