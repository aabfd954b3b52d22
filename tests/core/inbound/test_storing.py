"""Reports become rows: all of a webhook or none, each once, and only once it is verified."""

from __future__ import annotations

import pytest
from django.db import InterfaceError, OperationalError, connection

from dsn_core import Receipt
from dsn_core.inbound import storing, webhooks
from dsn_core.models import Address, InboundReport
from dsn_core.states import State
from tests.core.inbound.conftest import SECRETS

pytestmark = pytest.mark.django_db

ARRIVED = {"kind": "receipt", "provider_id": "p1", "delivered": True}
OUT = {"kind": "opted_out", "address": "ada"}


# ── Storing ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_where_the_database_fails_the_service_is_to_come_again(
    post, sent, monkeypatch, error, caplog
):
    def fail(*args, **kwargs):
        raise error("dear Ada")

    with monkeypatch.context() as patch:
        patch.setattr(storing, "contend", fail)
        assert post(ARRIVED, OUT).status_code == 503
    assert not InboundReport.objects.exists()
    assert "Ada" not in caplog.text
    assert post(ARRIVED, OUT).status_code == 204
    assert sent().state == State.DELIVERED


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_where_it_fails_after_that_nothing_is_to_come_again(post, sent, monkeypatch, error):
    def fail(*args, **kwargs):
        raise error("gone")

    monkeypatch.setattr(webhooks, "apply", fail)
    assert post(ARRIVED).status_code == 204
    assert InboundReport.objects.get().applied_at is None


def test_the_same_id_counts_once(post, sent):
    first = {**ARRIVED, "delivered": False, "id": "7", "reason": "first"}
    post(first)
    post({**first, "reason": "second"})
    assert InboundReport.objects.count() == 1
    assert sent().reason == "first"


def test_the_same_content_counts_once(post, sent):
    failed = {**ARRIVED, "delivered": False, "refusal": "retry", "scope": "address"}
    for _ in range(5):
        assert post(failed).status_code == 204
    assert post(failed, failed).status_code == 204
    assert InboundReport.objects.count() == 1
    assert Address.objects.get().soft_failures == 1


def test_the_same_id_of_another_account_is_another(post):
    post({**OUT, "id": "7"})
    post({**OUT, "id": "7"}, account="ops")
    assert InboundReport.objects.count() == 2


def test_what_waits_of_another_account_is_not_taken_along(post, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(webhooks, "PROMPTLY", 0)
        post({**OUT, "id": "7"}, account="ops")
    post({**OUT, "id": "7"})
    assert [row.account for row in Address.objects.all()] == ["default"]


def test_one_update_may_say_two_things(post):
    post({**OUT, "id": "7"}, {"kind": "opted_in", "address": "ada", "id": "7"})
    assert InboundReport.objects.count() == 2


def test_a_change_of_mind_without_id_or_time_is_no_repetition(post):
    post(OUT)
    post({"kind": "opted_in", "address": "ada"})
    post(OUT)
    assert not Address.objects.get().active


def test_its_row_holds_neither_the_secret_nor_more_than_was_said(post):
    post({**OUT, "reason": f"because of {SECRETS['default']}"})
    report = InboundReport.objects.get()
    assert report.values["reason"] == "because of [secret]"
    assert set(report.values) == {"address", "reason", "at", "id"}
    assert report.subject == "ada"


# ── Transactions ────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_it_runs_outside_of_atomic_requests(post, sent, acme):
    inside = []

    def reading(self, webhook):
        inside.append(connection.in_atomic_block)
        yield Receipt(provider_id="p1", delivered=True)

    acme.reading = reading
    connection.settings_dict["ATOMIC_REQUESTS"] = True
    try:
        assert post().status_code == 204
    finally:
        connection.settings_dict["ATOMIC_REQUESTS"] = False
    assert inside == [False]
    assert sent().state == State.DELIVERED


@pytest.mark.django_db(transaction=True)
def test_half_of_it_is_never_stored(post, monkeypatch):
    real, calls = storing.InboundReport.objects.bulk_create, []

    def batched(rows, **how):
        calls.append(len(rows))
        return real(rows, batch_size=1, **how)

    rows = [{**OUT, "address": f"a{number}"} for number in range(3)]
    with monkeypatch.context() as patch:
        patch.setattr(storing, "stored", lambda: _Failing(batched))
        assert post(*rows).status_code == 503
    assert calls == [3]
    assert not InboundReport.objects.exists()


class _Failing:
    """Rows that are written one by one, until the database is away."""

    def __init__(self, write):
        self._write = write

    def bulk_create(self, rows, **how):
        count = 0

        def wrapper(execute, sql, params, many, context):
            nonlocal count
            if sql.startswith("INSERT"):
                count += 1
                if count == 3:
                    raise OperationalError("gone")
            return execute(sql, params, many, context)

        with connection.execute_wrapper(wrapper):
            return self._write(rows, **how)
