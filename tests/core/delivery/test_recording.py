"""When an outcome is on disk, while others are still being sent."""

from __future__ import annotations

import threading
import time
import uuid

import pytest
from django.db import connection
from django.utils import timezone

from dsn_core.contract.outcome import Accepted, Refusal, Refused
from dsn_core.delivery.claiming import claim_due
from dsn_core.delivery.delivering import deliver_next, never
from dsn_core.delivery.packing import pack
from dsn_core.delivery.sending import Dispatch
from dsn_core.models import Delivery
from dsn_core.states import State
from tests.core.delivery.conftest import Pager, backend_of, fresh

pytestmark = pytest.mark.django_db(transaction=True)


class Watching(threading.Thread):
    """Looks into the database, over a connection of its own, until ``enough`` rows are sent."""

    def __init__(self, enough: int, then: threading.Event) -> None:
        super().__init__(daemon=True)
        self.enough, self.then = enough, then
        self.seen_at = 0.0

    def run(self) -> None:
        ends = time.monotonic() + 10
        while not self.seen_at and time.monotonic() < ends:
            if Delivery.objects.filter(state=State.SENT).count() >= self.enough:
                self.seen_at = time.monotonic()
            time.sleep(0.005)
        connection.close()
        self.then.set()


def test_fast_outcomes_are_on_disk_while_the_next_send_blocks(pager, queue):
    seen, began = threading.Event(), []

    def block():
        began.append(time.monotonic())
        seen.wait(10)
        return Accepted(provider_id="slow")

    pager(None, None, None, block)
    queue(5)
    watching = Watching(3, seen)
    watching.start()
    deliver_next()
    watching.join()
    assert 0 < watching.seen_at - began[0] < 0.3


def test_a_slow_outcome_is_on_disk_before_the_next_send_begins(install, queue):
    states = []

    class Slow(Pager):
        def send(self, envelope):
            row = Delivery.objects.filter(state=State.SENT)
            states.append(row.count())
            time.sleep(0.01)
            return Accepted(provider_id="1")

    install(Slow)
    queue(4)
    deliver_next()
    assert states == [0, 1, 2, 3]


def test_a_slow_exception_is_on_disk_before_the_next_send_begins(install, queue):
    states = []

    class Slow(Pager):
        def send(self, envelope):
            states.append(Delivery.objects.exclude(state=State.SENDING).count())
            time.sleep(0.01)
            raise ValueError

    install(Slow)
    queue(3)
    deliver_next()
    assert states == [0, 1, 2]


def test_no_more_than_fifty_are_sent_and_not_on_disk(install, queue):
    unrecorded = []

    class Fast(Pager):
        count = 0

        def send(self, envelope):
            type(self).count += 1
            if self.count % 10 == 0:
                on_disk = Delivery.objects.filter(state=State.SENT).count()
                unrecorded.append(self.count - on_disk)
            return Accepted(provider_id="1")

    install(Fast)
    queue(100)
    deliver_next()
    assert len(unrecorded) == 10
    assert max(unrecorded) <= 50


def test_at_most_so_many_send_at_once_as_the_messenger_says(install, queue):
    lock, now, most, instances = threading.Lock(), [0], [0], set()

    class Parallel(Pager):
        concurrency = 4

        def send(self, envelope):
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
                instances.add((threading.get_ident(), id(self)))
            time.sleep(0.02)
            with lock:
                now[0] -= 1
            return Accepted(provider_id="1")

    install(Parallel)
    rows = queue(16)
    deliver_next()
    assert most[0] == 4
    assert len(instances) == 4
    assert {row.state for row in fresh(rows)} == {State.SENT}


def test_one_connection_is_kept_for_a_batch_and_closed(install, queue):
    happened = []

    class Connected(Pager):
        def __enter__(self):
            happened.append("open")
            return self

        def __exit__(self, *_):
            happened.append("close")

        def send(self, envelope):
            happened.append(envelope.address)
            return Accepted(provider_id="1")

    install(Connected)
    rows = queue(3)
    deliver_next()
    assert happened == ["open", *(row.address for row in rows), "close"]


def test_two_backends_of_one_account_and_options_share_a_connection(install, queue):
    opened = []

    class Connected(Pager):
        def __enter__(self):
            opened.append(1)
            return self

    install(Connected)
    backend = backend_of("pager")
    queue(2, backend=backend)
    backend.pk, backend.name = None, "Another"
    backend.save()
    queue(2, backend=backend)
    deliver_next()
    assert opened == [1]


def test_a_lease_is_renewed_while_a_send_takes_long(pager, queue, settings):
    settings.DSN = {"LEASE_SECONDS": 1}
    left = []

    def slow():
        time.sleep(1.5)
        lease_until = Delivery.objects.get().lease_until
        assert lease_until is not None
        left.append((lease_until - timezone.now()).total_seconds())
        return Accepted(provider_id="1")

    pager(slow)
    (row,) = queue()
    deliver_next()
    assert left[0] > 0.1
    assert fresh([row])[0].state == State.SENT


def test_what_is_not_sent_in_time_goes_back_and_counts_no_attempt(pager, queue):
    ends = []

    def last():
        ends.append(1)
        return Refused(refusal=Refusal.MESSAGE, code="1", reason="no")

    made = pager(None, last)
    rows = queue(5)
    deliver_next(is_over=lambda: bool(ends))
    states = [(row.state, row.attempts) for row in fresh(rows)]
    assert states == [(State.SENT, 1), (State.FAILED, 1)] + [(State.QUEUED, 0)] * 3
    assert len(made.sent) == 2


def test_a_messenger_that_sends_all_at_once_is_never_interrupted(install, queue):
    ends = []

    class Bulk(Pager):
        def send_many(self, envelopes):
            ends.append(1)
            return iter([Accepted(provider_id=envelope.key) for envelope in envelopes])

    install(Bulk)
    rows = queue(5)
    deliver_next(is_over=lambda: bool(ends))
    assert {row.state for row in fresh(rows)} == {State.SENT}


def test_a_messenger_that_stores_what_it_sends_is_not_captured(install, queue):
    from dsn_core.pausing import is_capture_paused

    paused = []

    class Inbox(Pager):
        def send(self, envelope):
            paused.append(is_capture_paused())
            return Accepted(provider_id="1")

    install(Inbox)
    queue()
    deliver_next()
    assert paused == [True]


def test_what_somebody_else_has_leased_meanwhile_is_not_sent(install, queue, settings):
    settings.DSN = {"LEASE_SECONDS": 0.4}

    class Sleeping(Pager):
        sent = []

        def send(self, envelope):
            # As where the process slept, and was rescued.
            Delivery.objects.update(lease=uuid.uuid4())
            time.sleep(0.4)
            return super().send(envelope)

    install(Sleeping)
    rows = queue(3)
    deliver_next()
    assert len(Sleeping.sent) == 1
    assert {row.state for row in fresh(rows)} == {State.SENDING}


def test_when_nobody_records_any_more_nothing_else_is_sent(install, queue):
    class Whole(Pager):
        sent = []

        def send_many(self, envelopes):
            for envelope in envelopes:
                time.sleep(0.001)
                yield self.send(envelope)

    install(Whole)
    queue(100)
    claim = claim_due()
    assert claim is not None
    batches = Dispatch(pack(claim)[0], is_over=never).batches(tick=10)
    next(batches)
    batches.close()
    at = len(Whole.sent)
    time.sleep(0.2)
    assert len(Whole.sent) <= at + 1
