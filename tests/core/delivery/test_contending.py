"""What others are in the way of is tried again, for a while."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from dsn_core.contract.outcome import Accepted
from dsn_core.delivery.delivering import deliver_next
from dsn_core.delivery.slots import forget_passed_slots, keep_to_rates
from dsn_core.models import AccountState, AddressSlot
from dsn_core.records import contending
from dsn_core.records.contending import contend, persist
from dsn_core.states import State
from tests.core.delivery.conftest import fresh

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch):
    monkeypatch.setattr(contending, "_pause", lambda attempt: None)


def failing(times: int, words: str):
    """A write that fails so often, and then gives how often it was tried."""
    tried = []

    def write() -> int:
        tried.append(1)
        if len(tried) <= times:
            raise OperationalError(words)
        return len(tried)

    return write, tried


@pytest.mark.parametrize(
    "words",
    [
        "database is locked",
        "deadlock detected",
        "could not serialize access due to concurrent update",
        "Lock wait timeout exceeded; try restarting transaction",
        "Record has changed since last read in table 'dsn_delivery'",
    ],
)
def test_a_write_that_others_were_in_the_way_of_is_tried_again(words):
    write, _ = failing(3, words)
    assert contend(write) == 4


def test_it_is_given_up_after_a_while():
    write, tried = failing(1000, "database is locked")
    with pytest.raises(OperationalError):
        contend(write)
    assert len(tried) == contending.TRIES


def test_what_is_wrong_itself_is_not_tried_again():
    write, tried = failing(1000, "no such table: dsn_delivery")
    with pytest.raises(OperationalError):
        contend(write)
    assert len(tried) == 1


def test_an_outcome_is_kept_trying_until_it_is_lost():
    write, _ = failing(30, "server closed the connection unexpectedly")
    assert persist(write, is_lost=lambda: False) == 31
    write, tried = failing(30, "server closed the connection unexpectedly")
    with pytest.raises(OperationalError):
        persist(write, is_lost=lambda: True)
    assert len(tried) == 1


@pytest.mark.parametrize(
    ("tidied", "verb"), [(forget_passed_slots, "DELETE"), (keep_to_rates, "UPDATE")]
)
def test_tidying_waits_for_whoever_is_in_the_way(pager, tidied, verb):
    pager()
    past, future = (timezone.now() + dt.timedelta(hours=hours) for hours in (-1, 1))
    place = {"messenger": "pager", "account": "default"}
    AddressSlot.objects.create(**place, address="a", next_slot=past, planned_until=past)
    AccountState.objects.create(**place, next_slot=future)
    write, tried = failing(2, "database is locked")

    def in_the_way(execute, sql, params, many, context):
        if sql.startswith(verb):
            write()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(in_the_way):
        assert tidied() == 1
    assert len(tried) == 3


@pytest.mark.postgres
def test_an_outcome_is_written_over_a_new_connection_where_the_old_one_is_lost(pager, queue):
    def cut():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        return Accepted(provider_id="1")

    pager(cut)
    rows = queue(3)
    deliver_next()
    assert [row.state for row in fresh(rows)] == [State.SENT] * 3


def test_a_writer_that_holds_the_database_is_waited_for(pager, queue):
    pager()
    rows = queue(3)
    holding, may_go = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():
            queue()
            holding.set()
            may_go.wait(0.3)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    holding.wait(5)
    deliver_next()
    may_go.set()
    other.join()
    assert [row.state for row in fresh(rows)] == [State.SENT] * 3
