"""A million finished deliveries slow nothing that a worker does."""

from __future__ import annotations

import re
import statistics
import time

import pytest
from django.db import connection

from dsn_core.delivery.claiming import BATCH, claim_due
from dsn_core.delivery.expecting import next_slot_in, waiting_for_slots
from dsn_core.engines.draining import drain, tidy
from dsn_core.models import AccountState, Delivery, Subscription, Trigger
from dsn_core.records.holding import hold_account
from dsn_core.records.transitions import give_back, renew
from dsn_core.states import State
from tests.core.delivery.finished import backend_of_old, finish_many, queue_some
from tests.services import take_time

MILLION = 1_000_000
CLAIMS, ROUNDS = 40, 3
EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN"}
WHOLE = re.compile(
    r"Seq Scan on dsn_(delivery|event)\b"  # PostgreSQL
    r"|SCAN (dsn_delivery|dsn_event|d|U\d)\b"  # SQLite
    r"|'(dsn_delivery|dsn_event|d|U\d)', '(ALL|index)'"  # MariaDB
)
"""How a plan says that every row of a table is read, by its name or by what we call it."""

pytestmark = pytest.mark.django_db


class Watch:
    """The statements that read all deliveries, or all events."""

    def __init__(self) -> None:
        self.whole: list[str] = []

    def __call__(self, execute, sql, params, many, context):
        if sql.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            explain = EXPLAIN.get(connection.vendor, "EXPLAIN")
            execute(f"{explain} {sql}", params, many, context)
            plan = str(context["cursor"].fetchall())
            self.whole += [f"{sql} {plan}"] if WHOLE.search(plan) else []
        return execute(sql, params, many, context)


def p95() -> float:
    """The seconds within which nineteen of twenty claims are done, in the best round."""
    queue_some(BATCH)
    rounds = []
    for _ in range(ROUNDS):
        taken = []
        for _ in range(CLAIMS):
            started = time.perf_counter()
            claim = claim_due()
            taken.append(time.perf_counter() - started)
            assert claim is not None
            give_back(claim.lease)
        rounds.append(statistics.quantiles(taken, n=20)[-1])
    Delivery.objects.filter(state=State.QUEUED).delete()
    return min(rounds)


def do_all_that_a_worker_does() -> None:
    """Something is claimed, kept, given back, sent, held and released, and all is looked after."""
    queue_some(BATCH)
    claim = claim_due()
    assert claim is not None
    renew(claim.lease, 60)
    give_back(claim.lease)
    drain(limit=BATCH // 2)
    hold_account("log", "default", "It is closed.")
    tidy()
    AccountState.objects.all().delete()
    tidy()
    next_slot_in()
    waiting_for_slots()
    drain()


def test_a_claim_among_a_million_finished_deliveries_takes_at_most_twice_as_long():
    take_time("makes a million rows")
    alone = p95()
    finish_many(MILLION)
    assert p95() <= 2 * alone


def test_nothing_that_a_worker_asks_for_reads_what_is_finished(settings):
    take_time("makes a million rows")
    trigger = Trigger.objects.watch("host.refunded")
    off = Subscription.objects.subscribe(trigger, backend_of_old(), addresses=["a@example.org"])
    Subscription.objects.filter(pk=off.pk).update(enabled=False)
    finish_many(MILLION, off.pk)
    watch = Watch()
    with connection.execute_wrapper(watch):
        do_all_that_a_worker_does()
        rates = {"rate": "1000/second", "rate_per_address": "1/second"}
        settings.DSN = {"MESSENGERS": {"log": {"default": rates}}}
        do_all_that_a_worker_does()
    assert not watch.whole


def test_whoever_reads_all_deliveries_is_seen():
    finish_many(100)
    watch = Watch()
    with connection.execute_wrapper(watch):
        Delivery.objects.filter(reason="gone").exists()
    assert watch.whole
