"""What a webhook costs: queries, exactly; time, as the median of many."""

from __future__ import annotations

import re
import statistics
import time

import pytest
from django.db import connection
from django.utils import timezone

from dsn_core.engines.draining import tidy
from dsn_core.inbound import reports as applying
from dsn_core.inbound import webhooks
from dsn_core.inbound.reports import apply
from dsn_core.models import Delivery, InboundReport
from dsn_core.states import State
from tests.core.delivery.conftest import backend_of
from tests.core.delivery.finished import finish_many
from tests.services import need_the_machine

pytestmark = pytest.mark.django_db(transaction=True)

PROMPTLY = webhooks.PROMPTLY
PROMISED = 0.05
"""Seconds in which a service has its answer."""


def arrived(number: int) -> dict[str, object]:
    return {"kind": "receipt", "provider_id": f"p{number}", "delivered": True}


@pytest.fixture
def many(queue, acme):
    """Makes deliveries that Acme took."""

    def make(count: int) -> None:
        rows = queue(count, backend=backend_of("acme"), state=State.SENT)
        for number, row in enumerate(rows):
            row.provider_id = f"p{number}"
        Delivery.objects.bulk_update(rows, ["provider_id"])

    return make


@pytest.fixture
def prompt(acme, monkeypatch):
    """Webhooks are answered as promptly as they really are."""
    monkeypatch.setattr(webhooks, "PROMPTLY", PROMPTLY)


def counted(state: State) -> int:
    return Delivery.objects.filter(state=state).count()


def _seconds(do) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


def test_a_webhook_of_one_receipt_is_answered_in_time(post, many, prompt):
    need_the_machine("measures answers")
    many(31)
    times = [_seconds(lambda n=number: post(arrived(n))) for number in range(31)]
    assert statistics.median(times) < PROMISED
    assert counted(State.DELIVERED) == 31


def test_a_webhook_of_a_thousand_is_answered_promptly(post, many, prompt):
    need_the_machine("measures an answer")
    many(1_000)
    assert _seconds(lambda: post(*map(arrived, range(1_000)))) < 2


def test_of_a_webhook_of_a_thousand_the_sweep_does_the_rest(post, many, prompt):
    many(1_000)
    post(*map(arrived, range(1_000)))
    assert InboundReport.objects.count() == 1_000
    ends = time.monotonic() + 60
    while counted(State.DELIVERED) < 1_000:
        assert time.monotonic() < ends
        tidy()


class Statements(list[str]):
    """The verb and first table of all that is asked of the database within it."""

    def __call__(self, execute, sql, params, many, context):
        table = re.search(r"\b(?:dsn|auth|django)_\w+", sql)
        if table:  # else it begins or ends a transaction
            self.append(f"{sql.split()[0]} {table[0]}")
        return execute(sql, params, many, context)


STORED = ["INSERT dsn_inboundreport", "SELECT dsn_inboundreport"]
GOOD = [
    *STORED,
    "UPDATE dsn_inboundreport",
    "SELECT dsn_delivery",
    "UPDATE dsn_delivery",
    "UPDATE dsn_address",
    "UPDATE dsn_inboundreport",
]
BAD = [
    *STORED,
    "UPDATE dsn_inboundreport",
    "SELECT dsn_delivery",
    "UPDATE dsn_delivery",
    "UPDATE dsn_inboundreport",
]
OPTED_OUT = [
    *STORED,
    "UPDATE dsn_inboundreport",
    "UPDATE dsn_address",
    "SELECT dsn_address",
    "INSERT dsn_address",
    "UPDATE dsn_inboundreport",
]


def asked(do) -> list[str]:
    """The statements of ``do``."""
    seen = Statements()
    with connection.execute_wrapper(seen):
        do()
    return list(seen)


# Of a hundred, Django 5.2 makes two INSERTs on SQLite.
@pytest.mark.parametrize("count", [1, 10, 99])
def test_good_receipts_cost_seven_statements_however_many(post, many, count):
    many(count)
    assert asked(lambda: post(*map(arrived, range(count)))) == GOOD
    assert counted(State.DELIVERED) == count


def test_a_repeated_one_costs_two(post, many):
    many(1)
    post(arrived(0))
    assert asked(lambda: post(arrived(0))) == STORED


def test_a_bad_one_costs_six(post, many):
    many(1)
    said = {**arrived(0), "delivered": False, "refusal": "message"}
    assert asked(lambda: post(said)) == BAD


def test_one_that_opts_out_costs_seven(post, acme):
    assert asked(lambda: post({"kind": "opted_out", "address": "ada"})) == OPTED_OUT


@pytest.mark.postgres
def test_however_many_are_looked_up_together_not_all_rows_are_read(post, many, monkeypatch):
    def explained(execute, sql, params, many, context):
        if '"provider_id" IN' in sql:
            execute(f"EXPLAIN {sql}", params, many, context)
            plans.append(str(context["cursor"].fetchall()))
        return execute(sql, params, many, context)

    plans: list[str] = []
    monkeypatch.setattr(applying, "MOST_TOGETHER", 200)
    finish_many(10_000)
    many(150)
    with connection.execute_wrapper(explained):
        post(*map(arrived, range(150)))
    assert counted(State.DELIVERED) == 150
    assert plans
    assert not [plan for plan in plans if "Seq Scan on dsn_delivery" in plan]


def test_one_account_at_a_time_and_in_order(post, many):
    many(3)
    post(arrived(0), {"kind": "opted_out", "address": "a1"}, arrived(1), arrived(2))
    assert counted(State.DELIVERED) == 3


def test_what_is_taken_already_takes_no_other_with_it(many, post, monkeypatch):
    many(3)
    with monkeypatch.context() as patch:
        patch.setattr(webhooks, "PROMPTLY", 0)
        post(*map(arrived, range(3)))
    found = list(InboundReport.objects.order_by("pk"))
    InboundReport.objects.filter(pk=found[1].pk).update(applied_at=timezone.now())
    assert apply(found) == 2
    assert counted(State.DELIVERED) == 2


def test_the_answer_does_not_wait_for_all_to_be_applied(post, many, monkeypatch):
    monkeypatch.setattr(webhooks, "PROMPTLY", 0)
    many(1)
    assert post(arrived(0)).status_code == 204
    assert counted(State.SENT) == 1
    tidy()
    assert counted(State.DELIVERED) == 1
