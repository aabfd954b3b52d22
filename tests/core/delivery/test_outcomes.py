"""What becomes of a delivery after each thing that a messenger may say."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dsn_core.contract.outcome import Accepted, Refusal, Refused, Scope
from dsn_core.delivery.delivering import deliver_next
from dsn_core.models import AccountState, Address, Attempt, InactiveKind, InDoubt
from dsn_core.states import HeldBy, State
from tests.core.delivery.conftest import backend_of, delivered, fresh, make_due

pytestmark = pytest.mark.django_db


def refused(refusal: Refusal, **more) -> Refused:
    return Refused(refusal=refusal, **{"code": "451", "reason": "Not so fast", **more})


def seconds_until(row) -> float:
    return float((row.next_at - timezone.now()).total_seconds())


def test_what_is_accepted_is_sent_and_keeps_the_services_words(pager, queue):
    pager(Accepted(provider_id="4711", detail={"queue": "fast"}))
    (row,) = delivered(queue())
    assert (row.state, row.provider_id, row.detail) == (State.SENT, "4711", {"queue": "fast"})
    assert row.finished_at is not None
    assert (row.lease, row.lease_until, row.attempts) == (None, None, 1)
    assert not Attempt.objects.exists()


def test_what_has_arrived_is_delivered(pager, queue):
    pager(Accepted(provider_id="", delivered=True))
    assert delivered(queue())[0].state == State.DELIVERED


def test_a_refusal_for_now_is_tried_again_later(pager, queue):
    pager(refused(Refusal.RETRY))
    rows = queue()
    (row,) = delivered(rows)
    assert (row.state, row.code, row.reason) == (State.QUEUED, "451", "Not so fast")
    assert 0.5 < seconds_until(row) <= 10.5
    assert not row.doubted
    make_due(rows)
    (row,) = delivered(rows)
    assert (row.state, row.attempts, row.code, row.reason) == (State.SENT, 2, "", "")


def test_an_attempt_is_noted_for_what_was_not_accepted(pager, queue):
    pager(refused(Refusal.RETRY))
    (row,) = queue()
    delivered([row])
    noted = Attempt.objects.get(delivery=row)
    assert (noted.outcome, noted.code, noted.reason) == ("retry", "451", "Not so fast")


def test_retry_after_is_kept(pager, queue):
    pager(refused(Refusal.RETRY, retry_after=120))
    (row,) = delivered(queue())
    assert 118 < seconds_until(row) <= 121


@pytest.mark.parametrize("wish", ["soon", float("nan"), -5, True, None])
def test_a_senseless_retry_after_is_passed_over(pager, queue, wish):
    pager(refused(Refusal.RETRY, retry_after=wish))
    (row,) = delivered(queue())
    assert 0.5 < seconds_until(row) <= 10.5


def test_after_the_last_attempt_it_has_failed_with_its_code(pager, queue, settings):
    settings.DSN = {"MAX_ATTEMPTS": 3}
    pager(refused(Refusal.RETRY))
    (row,) = delivered(queue(attempts=2))
    assert (row.state, row.code, row.attempts) == (State.FAILED, "451", 3)
    assert row.finished_at is not None


def test_a_refused_message_has_failed(pager, queue):
    pager(refused(Refusal.MESSAGE))
    (row,) = delivered(queue())
    assert (row.state, row.reason) == (State.FAILED, "Not so fast")


def test_a_refused_address_becomes_inactive(pager, queue):
    ada = User.objects.create(username="ada")
    known = Address.objects.create(user=ada, messenger="pager", value="a0")
    other = Address.objects.create(user=ada, messenger="pager", value="elsewhere")
    pager(refused(Refusal.ADDRESS, reason="No such user"))
    (row,) = delivered(queue(user_pk=str(ada.pk)))
    assert row.state == State.FAILED
    known.refresh_from_db()
    other.refresh_from_db()
    assert (known.active, known.kind, known.reason) == (False, InactiveKind.DEAD, "No such user")
    assert other.active


def test_whoever_wants_no_more_by_the_answer_has_opted_out(pager, queue):
    pager(refused(Refusal.ADDRESS, reason="STOP", opted_out=True))
    (row,) = delivered(queue())
    address = Address.objects.get(value=row.address)
    assert (address.active, address.kind) == (False, InactiveKind.OPTED_OUT)


def test_a_refused_address_that_no_row_knows_is_noted_with_its_user(pager, queue):
    ada = User.objects.create(username="ada")
    pager(refused(Refusal.ADDRESS), refused(Refusal.ADDRESS), refused(Refusal.ADDRESS))
    rows = queue(user_pk=str(ada.pk)) + queue() + queue(user_pk="999999")
    delivered(rows)
    noted = {address.value: address for address in Address.objects.all()}
    assert [noted[row.address].user for row in rows] == [ada, None, None]
    assert not any(address.active for address in noted.values())


def test_what_still_waits_for_a_dead_address_is_cancelled(pager, queue):
    made = pager(refused(Refusal.ADDRESS))
    first, second = delivered(queue(2, address="gone"))
    assert (first.state, second.state) == (State.FAILED, State.CANCELLED)
    assert second.code == "dead_address"
    assert len(made.sent) == 1


def test_what_was_not_tried_for_its_account_is_held_with_the_same_batch(pager, queue):
    def slowly():
        time.sleep(0.02)  # so that it is on disk before the others come back
        return refused(Refusal.ACCOUNT, reason="Wrong token")

    made = pager(slowly)
    rows = queue(5)
    deliver_next()
    assert {(row.state, row.code) for row in fresh(rows)} == {(State.HELD, HeldBy.ACCOUNT)}
    assert len(made.sent) == 1


def test_a_refused_account_is_held_with_all_that_goes_through_it(pager, queue):
    made = pager(refused(Refusal.ACCOUNT, reason="Wrong token"))
    rows = queue(3)
    later = queue(next_at=timezone.now() + dt.timedelta(hours=1))
    rows = delivered(rows + later)
    assert {(row.state, row.code, row.attempts) for row in rows} == {
        (State.HELD, HeldBy.ACCOUNT.value, 0)
    }
    assert rows[0].reason == "Wrong token"
    assert len(made.sent) == 1
    state = AccountState.objects.get(messenger="pager", account="default")
    assert state.held_since is not None
    assert (state.reason, len(state.fingerprint)) == ("Wrong token", 64)


def test_what_is_queued_for_a_held_account_later_waits_too(pager, queue):
    pager(refused(Refusal.ACCOUNT))
    delivered(queue())
    (row,) = delivered(queue())
    assert (row.state, row.code, row.attempts) == (State.HELD, HeldBy.ACCOUNT.value, 0)


def test_in_doubt_it_is_sent_again_and_the_messenger_is_told(pager, queue):
    made = pager(refused(Refusal.IN_DOUBT))
    rows = queue()
    (row,) = delivered(rows)
    assert (row.state, row.doubted) == (State.QUEUED, True)
    make_due(rows)
    delivered(rows)
    first, second = made.sent
    assert (first.doubted, second.doubted) == (False, True)
    assert first.key == second.key == str(row.key)
    assert (first.attempt, second.attempt) == (1, 2)


def test_in_doubt_it_waits_for_somebody_where_its_backend_says_so(pager, queue):
    pager(refused(Refusal.IN_DOUBT))
    (row,) = delivered(queue(backend=backend_of("pager", in_doubt=InDoubt.HOLD)))
    assert (row.state, row.doubted, row.reason) == (State.UNKNOWN, True, "Not so fast")


def test_in_doubt_a_service_that_drops_repeats_is_simply_asked_again(pager, queue):
    pager(refused(Refusal.IN_DOUBT), idempotent=True)
    (row,) = delivered(queue(backend=backend_of("pager", in_doubt=InDoubt.HOLD)))
    assert row.state == State.QUEUED


def test_all_for_one_address_wait_where_the_service_says_so(pager, queue):
    made = pager(refused(Refusal.RETRY, retry_after=300, scope=Scope.ADDRESS))
    same = queue(2, address="busy")
    waiting = queue(address="busy", lane=2, next_at=timezone.now() + dt.timedelta(seconds=100))
    (other,) = delivered(queue(address="free"))
    assert other.state == State.SENT
    assert all(seconds_until(row) > 290 for row in fresh(same + waiting))
    assert [row.attempts for row in fresh(same + waiting)] == [1, 0, 0]
    assert [envelope.address for envelope in made.sent] == ["busy", "free"]


def test_all_of_one_account_wait_where_the_service_says_so(pager, queue):
    made = pager(refused(Refusal.RETRY, retry_after=300, scope=Scope.ACCOUNT))
    rows = queue(3) + queue(next_at=timezone.now() + dt.timedelta(seconds=100))
    elsewhere = queue(backend=backend_of("console"))
    delivered(rows)
    make_due(rows)
    rows = delivered(rows + queue())
    assert {row.state for row in rows} == {State.QUEUED}
    assert [row.attempts for row in rows] == [1, 0, 0, 0, 0]
    assert fresh(elsewhere)[0].state == State.DELIVERED
    assert len(made.sent) == 1
    state = AccountState.objects.get()
    assert state.next_slot is not None
    assert 290 < (state.next_slot - timezone.now()).total_seconds() <= 301
    assert (state.reason, state.held_since) == ("Not so fast", None)
    AccountState.objects.update(next_slot=timezone.now())
    assert {row.state for row in delivered(rows)} == {State.SENT}


def test_who_waits_for_an_account_is_not_rewritten(pager, queue):
    pager(refused(Refusal.RETRY, retry_after=300, scope=Scope.ACCOUNT))
    rows = queue(120)
    before = [row.next_at for row in fresh(rows)]
    delivered(rows)
    assert [row.next_at for row in fresh(rows)][1:] == before[1:]


def test_the_service_knows_better_than_we_how_long_others_wait(pager, queue):
    pager(refused(Refusal.RETRY, retry_after=1, scope=Scope.ACCOUNT))
    delivered(queue(2))
    next_slot = AccountState.objects.get().next_slot
    assert next_slot is not None
    assert (next_slot - timezone.now()).total_seconds() <= 1


def test_a_postponed_row_is_not_brought_forward(pager, queue):
    pager(refused(Refusal.RETRY, retry_after=5, scope=Scope.ACCOUNT))
    queue()
    (far,) = queue(next_at=timezone.now() + dt.timedelta(hours=2))
    (far,) = delivered([far])
    assert seconds_until(far) > 7000


def test_an_address_that_has_moved_is_moved_everywhere(pager, queue):
    ada = User.objects.create(username="ada")
    address = Address.objects.create(user=ada, messenger="pager", value="old")
    made = pager(refused(Refusal.RETRY, moved_to="new"))
    rows = queue(address="old") + queue(
        address="old", next_at=timezone.now() + dt.timedelta(hours=1)
    )
    delivered(rows)
    make_due(rows)
    delivered(rows)
    address.refresh_from_db()
    assert address.value == "new"
    assert [envelope.address for envelope in made.sent] == ["old", "new", "new"]


def test_an_accepted_message_may_move_its_address_too(pager, queue):
    Address.objects.create(messenger="pager", value="old")
    pager(Accepted(provider_id="1", moved_to="new"))
    (row,) = delivered(queue(address="old"))
    assert (row.state, row.address) == (State.SENT, "new")
    assert Address.objects.get().value == "new"


def test_an_address_cannot_move_onto_one_that_is_there(pager, queue):
    ada = User.objects.create(username="ada")
    for value in ("old", "new"):
        Address.objects.create(user=ada, messenger="pager", value=value)
    pager(Accepted(provider_id="1", moved_to="new"))
    delivered(queue(address="old"))
    active = {address.value: address.active for address in Address.objects.all()}
    assert active == {"old": False, "new": True}


def test_one_refusal_touches_no_other(pager, queue):
    pager(None, refused(Refusal.MESSAGE), refused(Refusal.RETRY), None)
    states = [row.state for row in delivered(queue(4))]
    assert states == [State.SENT, State.FAILED, State.QUEUED, State.SENT]


def test_what_it_says_is_stored_whatever_it_is(pager, queue):
    pager(
        Accepted(provider_id="x" * 999, detail={"nul": "a\x00b", "odd": object(), "nan": [1]}),
        refused(Refusal.MESSAGE, code="c" * 999, reason="half a pair \ud800, nul \x00"),
        Accepted(provider_id=None, detail="no mapping"),
        Accepted(provider_id="1", detail={"nan": float("nan")}),
    )
    first, second, third, fourth = delivered(queue(4))
    assert (len(first.provider_id), first.detail["nul"]) == (255, "ab")
    assert (len(second.code), second.reason) == (100, "half a pair ?, nul ")
    assert (third.state, third.provider_id, third.detail) == (State.SENT, "", {})
    assert (fourth.state, fourth.detail) == (State.SENT, {})


def test_nothing_is_due_where_nothing_is_queued(db):
    assert deliver_next() == 0
