"""Who is claimed where accounts and addresses are paced, and what that costs."""

from __future__ import annotations

import datetime as dt
import threading
from collections import Counter

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dsn_core.contract.fields import Fields
from dsn_core.contract.messenger import Messenger
from dsn_core.contract.outcome import Refusal, Refused, Scope
from dsn_core.delivery import choosing
from dsn_core.delivery.claiming import LANES, SUSPECTS, claim_due
from dsn_core.delivery.delivering import deliver_next
from dsn_core.delivery.expecting import in_words, next_slot_in, waiting_for_slots
from dsn_core.delivery.queues import fronts, lock_fronts
from dsn_core.delivery.slots import keep_to_rates, locked, make_address_wait, outlook
from dsn_core.engines.draining import tidy
from dsn_core.models import AccountState, AddressSlot, Backend, Delivery
from dsn_core.plugins.rates import limits
from dsn_core.records.holding import hold_account, make_account_wait
from dsn_core.states import State
from tests.core.delivery.conftest import (
    Pager,
    backend_of,
    claimed,
    delivered,
    fresh,
    let_pass,
    make_due,
)

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


class Post(Pager):
    """Another messenger, without a rate."""

    key = "post"
    label = "Post"


# ── Whole accounts ──────────────────────────────────────────────────────────────────────


def test_only_so_many_are_claimed_as_may_go_now(pager, queue):
    pager(rate="30/minute")
    rows = queue(50)
    assert [row.pk for row in claimed()] == [row.pk for row in rows[:4]]
    assert claimed() == []
    let_pass(4.5)
    assert [row.pk for row in claimed()] == [row.pk for row in rows[4:6]]
    assert {(row.state, row.attempts) for row in fresh(rows[6:])} == {(State.QUEUED, 0)}


def test_what_waits_for_a_slot_is_not_rewritten(pager, queue):
    pager(rate="30/minute")
    before = [row.next_at for row in fresh(queue(50))]
    claimed()
    assert [row.next_at for row in Delivery.objects.order_by("pk")] == before


def test_a_paced_account_holds_up_no_other(pager, install, queue):
    paced = pager(rate="30/minute")
    install(paced, Post)
    slow = queue(300, next_at=timezone.now() - HOUR)
    quick = queue(80, backend=backend_of("post"))
    assert {row.pk for row in claimed()} == {row.pk for row in [*slow[:4], *quick]}
    more = queue(3, backend=backend_of("post"))
    assert {row.pk for row in claimed()} == {row.pk for row in more}


def test_two_paced_accounts_have_a_limit_each(pager, queue, settings):
    settings.DSN = {"MESSENGERS": {"pager": {"default": {}, "ops": {"rate": "70/minute"}}}}
    pager(rate="30/minute")
    first = queue(50, next_at=timezone.now() - HOUR)
    ops = Backend.objects.create(name="Ops", messenger="pager", account="ops")
    second = queue(50, backend=ops)
    assert {row.pk for row in claimed()} == {row.pk for row in [*first[:4], *second[:10]]}


def test_two_backends_of_one_account_share_its_limit(pager, queue):
    pager(rate="30/minute")
    queue(10)
    queue(10, backend=Backend.objects.create(name="Another", messenger="pager"))
    assert len(claimed()) == 4
    assert claimed() == []


@pytest.mark.parametrize(("said", "count"), [("70/minute", 10), (None, 50), ("fast", 4)])
def test_settings_go_before_the_messenger_unless_they_are_malformed(
    pager, queue, settings, said, count
):
    settings.DSN = {"MESSENGERS": {"pager": {"default": {"rate": said}}}}
    pager(rate="30/minute")
    queue(50)
    assert len(claimed()) == count


@pytest.mark.parametrize(("said", "passes"), [("70/minute", 2), (None, 0)])
def test_a_changed_rate_frees_the_slot_that_the_old_one_gave(pager, queue, settings, said, passes):
    pager(rate="1/day")
    queue(5)
    assert len(claimed()) == 1
    assert claimed() == []
    settings.DSN = {"MESSENGERS": {"pager": {"default": {"rate": said}}}}
    pager(rate="1/day")
    tidy()
    let_pass(passes)
    assert len(claimed()) > 0


def test_a_rate_that_has_not_changed_frees_nothing(pager, queue):
    pager(rate="6/minute")
    queue(5)
    assert len(claimed()) == 1
    before = AccountState.objects.get().next_slot
    assert keep_to_rates() == 0
    assert AccountState.objects.get().next_slot == before


@pytest.mark.parametrize("reason", ["Too Many Requests", ""])
def test_a_changed_rate_frees_no_account_that_the_service_wants_to_wait(pager, queue, reason):
    pager(rate="70/minute")
    queue(5)
    make_account_wait("pager", "default", timezone.now() + HOUR, reason)
    assert keep_to_rates() == 0
    assert claimed() == []


def test_another_rate_frees_no_account_that_is_held(pager):
    pager(rate="70/minute")
    hold_account("pager", "default", "")
    later = timezone.now() + HOUR
    AccountState.objects.update(next_slot=later)
    assert keep_to_rates() == 0
    assert AccountState.objects.get().next_slot == later


def test_a_better_lane_goes_first_here_too(pager, queue):
    pager(rate="30/minute")
    queue(10, next_at=timezone.now() - HOUR)
    urgent = queue(2, lane=0)
    assert [row.pk for row in claimed() if row.lane == 0] == [row.pk for row in urgent]


def test_suspects_go_alone_and_at_the_pace(pager, queue):
    pager(rate="1/second")
    queue(2, lane=SUSPECTS[0])
    assert claim_due(1, SUSPECTS) is not None
    assert claim_due(1, SUSPECTS) is None


def test_what_has_lost_its_backend_is_cancelled_beside_a_paced_account(pager, queue):
    pager(rate="1/second")
    (row,) = queue()
    queue(backend=Backend.objects.create(name="Another", messenger="pager"))
    Delivery.objects.filter(pk=row.pk).update(backend=None)
    assert delivered([row])[0].state == State.CANCELLED


def test_what_is_held_needs_no_slot_for_that(pager, queue):
    pager(rate="1/second")
    AccountState.objects.create(
        messenger="pager", account="default", held_since=timezone.now(), reason="401"
    )
    assert {row.state for row in delivered(queue(5))} == {State.HELD}


def test_a_refused_message_has_used_its_slot(pager, queue):
    pager(Refused(refusal=Refusal.RETRY, code="500", reason="Later"), rate="1/second")
    rows = queue(2)
    delivered(rows)
    make_due(rows)
    assert [row.attempts for row in delivered(rows)] == [1, 0]


def test_a_paced_account_waits_for_as_long_as_the_service_wants(pager, queue):
    wait = Refused(
        refusal=Refusal.RETRY, code="429", reason="Slow down", retry_after=60, scope=Scope.ACCOUNT
    )
    made = pager(wait, rate="30/minute")
    delivered(queue(20))
    assert len(made.sent) == 1
    let_pass(30)
    assert claimed() == []
    let_pass(30)
    assert len(claimed()) == 1
    assert AccountState.objects.get().reason == ""


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_use_each_slot_once(pager, queue):
    pager(rate="70/minute")
    queue(100)
    taken, begin = [], threading.Barrier(4)

    def work():
        begin.wait()
        taken.extend(row.pk for row in claimed())
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # Ten at once, and one more for each second that the four may take.
    assert len(taken) == len(set(taken))
    assert 10 <= len(taken) <= 13


def test_an_account_that_is_held_meanwhile_gets_no_slot(pager, queue):
    pager(rate="70/minute")
    queue(3)
    seen, account = outlook(limits()), ("pager", "default")
    assert account in {way.account for way in seen.ways}
    hold_account(*account, "Wrong token")
    with transaction.atomic():
        assert account not in {way.account for way in locked(seen, {account}).ways}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_service_that_wants_an_address_to_wait_waits_for_the_claim_at_hand(pager, queue):
    pager(rate_per_address="1/second")
    queue(2, address="busy")
    until, going = timezone.now() + HOUR, threading.Event()

    def work():
        going.wait(5)
        make_address_wait(("pager", "default"), "busy", until)
        connections.close_all()

    other = threading.Thread(target=work)
    other.start()
    with transaction.atomic():
        locked(outlook(limits()), {("pager", "default")})
        going.set()
        other.join(0.3)
        assert other.is_alive()
    other.join(5)
    assert AddressSlot.objects.get().next_slot == until


# ── What it costs ───────────────────────────────────────────────────────────────────────


def asked_by(work) -> int:
    with CaptureQueriesContext(connection) as queries:
        work()
    return len(queries)


def test_without_a_paced_account_a_claim_asks_as_often_as_there_are_lanes(pager, queue):
    pager()
    queue(100)
    with CaptureQueriesContext(connection) as queries:
        assert len(claimed()) == 100
    seen = [query["sql"] for query in queries if "dsn_delivery" in query["sql"]]
    # MariaDB returns rows from an INSERT, but from no UPDATE.
    at_once = connection.vendor != "mysql" and connection.features.can_return_columns_from_insert
    steps = 1 if at_once else 3
    assert len(seen) <= 2 + steps
    assert not any(query["sql"].lstrip().startswith("SELECT") for query in queries if steps == 1)


def test_a_paced_messenger_that_no_backend_uses_costs_one_query(pager, install, queue):
    paced = pager(rate="30/minute")
    install(Post)
    backend = backend_of("post")
    queue(100, backend=backend)
    without = asked_by(claimed)
    install(paced, Post)
    queue(100, backend=backend)
    assert asked_by(claimed) == without + 1


def test_a_paced_claim_asks_as_often_for_many_rows_as_for_few(pager, queue):
    pager(rate="70/minute", rate_per_address="1/second")
    queue(20)
    claimed()
    let_pass(2)
    Delivery.objects.all().delete()
    queue(2)
    few = asked_by(claimed)
    let_pass(2)
    queue(200, address="busy")
    queue(200)
    assert asked_by(claimed) <= few + 1
    assert few <= 12


def test_a_look_in_vain_asks_twice(pager, queue):
    pager(rate="1/second")
    queue(20)
    claimed()
    assert asked_by(claimed) <= 2


@pytest.fixture
def crowd(pager, install, queue):
    """A paced account with one to go, beside ten unpaced backends with twenty each."""
    install(pager(rate="1/second"), Post)
    queue()
    return [
        row
        for number in range(10)
        for row in queue(20, backend=Backend.objects.create(name=f"P{number}", messenger="post"))
    ]


def test_beside_a_paced_account_no_more_is_read_or_locked_than_can_go(crowd):
    seen = outlook(limits())
    waiting = fronts(seen, LANES, 25)
    assert len(waiting) == 26
    room = Counter((one.way.backend, one.lane) for one in waiting if one.way.account[0] == "post")
    assert len(lock_fronts(seen, LANES, 25, room)) == 26


def test_where_others_took_all_that_was_seen_what_is_behind_it_goes(crowd, monkeypatch):
    stale = fronts(outlook(limits()), LANES, 20)
    claimed(21)
    monkeypatch.setattr(choosing, "fronts", lambda *given: stale)
    assert len(claimed(20)) == 20


# ── When to look again ──────────────────────────────────────────────────────────────────


def test_it_is_known_when_the_next_slot_comes(pager, queue):
    pager(rate="1/second")
    assert next_slot_in() is None
    rows = queue(2)
    claimed()
    soon = next_slot_in()
    assert soon is not None
    assert 0.9 < soon <= 1.16
    Delivery.objects.filter(pk=rows[1].pk).update(state=State.SENT)
    assert next_slot_in() is None


def test_it_is_known_when_a_busy_address_is_free(pager, queue):
    pager(rate_per_address="1/second")
    queue(2, address="busy")
    claimed()
    soon = next_slot_in()
    assert soon is not None
    assert 0.9 < soon <= 1.16


def test_what_is_only_tried_again_later_is_not_expected(pager, queue):
    pager(rate="30/minute")
    queue(next_at=timezone.now() + dt.timedelta(seconds=3))
    assert next_slot_in() is None


def test_what_is_left_is_told_by_account(pager, queue):
    pager(rate="10/day")
    queue(20)
    claimed()
    (left,) = waiting_for_slots()
    assert (left.account, left.count) == (("pager", "default"), 19)
    (line,) = in_words([left])
    assert line.startswith("19 deliveries wait for pager:default; the next may go at 2")


# ── What is malformed ───────────────────────────────────────────────────────────────────


def test_a_messenger_that_cannot_be_asked_stops_no_other(pager, install, queue):
    class Account(Fields):
        token: str

    class Keyed(Messenger[Account, Fields]):
        key = "keyed"
        label = "Keyed"
        channel = "push"

        def address_rate(self, address):
            return self.account.token

        def send(self, envelope): ...

    install(pager(), Keyed)
    rows = queue(2) + queue(backend=backend_of("keyed"))
    states = [row.state for row in delivered(rows)]
    assert states == [State.SENT, State.SENT, State.HELD]
    assert deliver_next() == 0
