"""What people may do with deliveries, by the same rules as the engine."""

from __future__ import annotations

import pytest

from dsn_core import signals
from dsn_core.contract.outcome import Refusal, Refused
from dsn_core.models import Delivery, InDoubt
from dsn_core.records import transitions
from dsn_core.records.transitions import deliveries
from dsn_core.states import FINAL, HeldBy, State
from tests.core.delivery.conftest import backend_of, delivered, fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def one_of_each(queue):
    """A delivery in each state."""
    return {state: queue(state=state, attempts=5)[0] for state in State}


def after(rows) -> dict[State, str]:
    return dict(zip(rows, [row.state for row in fresh(rows.values())], strict=True))


def changed(rows) -> set[State]:
    return {before for before, now in after(rows).items() if before != now}


def test_a_retry_takes_what_failed_or_is_in_doubt(one_of_each):
    assert transitions.retry(deliveries()) == 2
    assert changed(one_of_each) == {State.FAILED, State.UNKNOWN}
    failed, unknown = fresh([one_of_each[State.FAILED], one_of_each[State.UNKNOWN]])
    assert (failed.state, failed.attempts, failed.doubted) == (State.QUEUED, 0, False)
    assert (unknown.state, unknown.attempts, unknown.doubted) == (State.QUEUED, 0, True)


def test_a_release_takes_what_is_held(one_of_each):
    assert transitions.release(deliveries()) == 1
    assert changed(one_of_each) == {State.HELD}
    assert fresh([one_of_each[State.HELD]])[0].attempts == 5


def test_a_cancellation_leaves_alone_what_is_final_or_being_sent(one_of_each):
    assert transitions.cancel(deliveries(), "Not now") == 3
    assert changed(one_of_each) == set(State) - FINAL - {State.SENDING}
    row = fresh([one_of_each[State.QUEUED]])[0]
    assert (row.state, row.reason) == (State.CANCELLED, "Not now")
    assert row.finished_at is not None


def test_somebody_may_say_what_became_of_a_doubt(one_of_each):
    assert transitions.mark_sent(deliveries()) == 1
    assert after(one_of_each)[State.UNKNOWN] == State.SENT


def test_somebody_may_say_that_it_was_not_sent(one_of_each):
    assert transitions.mark_failed(deliveries(), "She says no") == 1
    assert after(one_of_each)[State.UNKNOWN] == State.FAILED


def test_only_what_is_queued_is_held(one_of_each):
    assert transitions.hold(deliveries(), HeldBy.BACKEND, "Off") == 1
    assert changed(one_of_each) == {State.QUEUED}


def test_each_outcome_is_announced_once_it_is_stored(pager, queue):
    heard = []

    def hear(signal, delivery, **_):
        heard.append((signal, delivery.address, delivery.state))
        assert Delivery.objects.get(pk=delivery.pk).state == delivery.state
        raise RuntimeError("A receiver of the host's")

    names = ("sent", "failed", "in_doubt", "held", "cancelled")
    announced = [getattr(signals, f"delivery_{name}") for name in names]
    for signal in announced:
        signal.connect(hear, weak=False)
    try:
        pager(
            None,
            Refused(refusal=Refusal.MESSAGE, code="1", reason="no"),
            Refused(refusal=Refusal.IN_DOUBT, code="2", reason="?"),
            Refused(refusal=Refusal.RETRY, code="3", reason="later"),
            Refused(refusal=Refusal.ACCOUNT, code="4", reason="locked"),
        )
        rows = queue(5, backend=backend_of("pager", in_doubt=InDoubt.HOLD))
        delivered(rows)
    finally:
        for signal in announced:
            signal.disconnect(hear)
    assert heard == [
        (signals.delivery_sent, rows[0].address, State.SENT),
        (signals.delivery_failed, rows[1].address, State.FAILED),
        (signals.delivery_in_doubt, rows[2].address, State.UNKNOWN),
        (signals.delivery_held, rows[4].address, State.HELD),
    ]
