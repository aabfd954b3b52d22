"""The worker: its loop, its end, and what it does when the database goes away."""

from __future__ import annotations

import io
import signal
import time

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from dsn_core.contract.outcome import Accepted, Refusal, Refused
from dsn_core.engines import worker as workers
from dsn_core.engines.draining import Drained
from dsn_core.engines.worker import Worker, WorkerEngine
from dsn_core.models import AccountState, InDoubt
from dsn_core.states import State
from tests.core.delivery.conftest import backend_of, fresh, make_due

pytestmark = pytest.mark.django_db(transaction=True)


def states(rows) -> list[str]:
    return [row.state for row in fresh(rows)]


def test_it_works_until_it_is_stopped(pager, queue, monkeypatch):
    monkeypatch.setattr(workers, "POLL_SECONDS", 0.02)
    pager()
    rows = queue(250)
    idle = []

    def each_round():
        if set(states(rows)) == {State.SENT}:
            idle.append(1)
        if len(idle) == 3 or time.monotonic() > ends:
            worker.stop()

    ends = time.monotonic() + 20
    worker = Worker(each_round=each_round)
    worker.run()
    assert len(idle) == 3
    assert worker.delivered == 250


def test_once_does_all_that_is_due_and_ends(pager, queue, capsys):
    pager(Refused(refusal=Refusal.RETRY, code="1", reason="later", retry_after=60))
    rows = queue(230)
    call_command("dsn_worker", "--once")
    assert states(rows).count(State.SENT) == 229
    assert "230 deliveries" in capsys.readouterr().out


def test_once_waits_for_the_next_slot_while_it_comes_soon(pager, queue, capsys):
    pager(rate="100/second", rate_per_address="2/second")
    rows = queue(30) + queue(2, address="busy")
    call_command("dsn_worker", "--once")
    assert set(states(rows)) == {State.SENT}
    assert "32 deliveries tried" in capsys.readouterr().out


def test_once_says_what_waits_for_longer(pager, queue, capsys):
    pager(rate="10/hour")
    rows = queue(5)
    started = time.monotonic()
    call_command("dsn_worker", "--once")
    assert time.monotonic() - started < 4
    assert states(rows).count(State.SENT) == 1
    assert "4 deliveries wait for pager:default; the next may go at 2" in capsys.readouterr().out


def test_it_looks_again_when_the_next_slot_comes(pager, queue, monkeypatch):
    monkeypatch.setattr(workers, "POLL_SECONDS", 30)
    worker = Worker()

    def last():
        worker.stop()
        return Accepted(provider_id="1")

    pager(*[None] * 11, last, rate="20/second")
    rows = queue(12)
    started = time.monotonic()
    worker.run()
    assert set(states(rows)) == {State.SENT}
    assert 0.4 < time.monotonic() - started < 5


def test_once_releases_what_is_held_for_nothing(pager, queue):
    pager()
    rows = queue(backend=backend_of("pager", enabled=False))
    call_command("dsn_worker", "--once")
    backend_of("pager", enabled=True)
    call_command("dsn_worker", "--once")
    assert states(rows) == [State.SENT]


def test_the_signal_to_stop_finishes_the_batch(pager, queue):
    worker = Worker()

    def stop():
        worker.stop()
        return Accepted(provider_id="1")

    pager(stop)
    rows = queue(130)
    worker.run()
    assert states(rows).count(State.SENT) == 100
    assert states(rows).count(State.QUEUED) == 30


def test_a_batch_that_takes_too_long_to_finish_goes_back(pager, queue, monkeypatch):
    monkeypatch.setattr(workers, "GRACE_SECONDS", 0.05)
    worker = Worker()

    def slow():
        time.sleep(0.02)
        return Accepted(provider_id="1")

    def stop():
        worker.stop()
        return slow()

    pager(stop, *[slow] * 99)
    rows = queue(100)
    worker.run()
    assert 1 <= states(rows).count(State.SENT) <= 8
    assert {row.attempts for row in fresh(rows) if row.state == State.QUEUED} == {0}


def test_the_command_leaves_no_signal_handler_behind(db):
    before = signal.getsignal(signal.SIGTERM)
    call_command("dsn_worker", "--once")
    assert signal.getsignal(signal.SIGTERM) is before


class Pipe(io.StringIO):
    """What has come out at its other end."""

    out = ""

    def flush(self):
        self.out = self.getvalue()


def test_the_command_says_at_once_that_it_works_and_in_the_end_what_it_did(pager, queue):
    pipe, seen = Pipe(), []

    def end():
        seen.append(pipe.out)
        signal.raise_signal(signal.SIGTERM)
        return Accepted(provider_id="1")

    pager(end)
    queue()
    call_command("dsn_worker", stdout=pipe)
    assert seen == ["Working; Ctrl-C ends.\n"]
    last = "1 deliveries tried, 0 pages of recipients planned.\n"
    assert pipe.getvalue() == "Working; Ctrl-C ends.\n" + last


def test_once_says_only_what_it_did(db, capsys):
    call_command("dsn_worker", "--once")
    assert capsys.readouterr().out == "0 deliveries tried, 0 pages of recipients planned.\n"


def test_the_second_signal_is_not_caught(monkeypatch):
    set_to = []
    monkeypatch.setattr(signal, "signal", lambda *given: set_to.append(given))
    Worker().stop(signal.SIGTERM)
    assert set_to == [(signal.SIGTERM, signal.SIG_DFL)]


def test_a_database_that_is_away_is_waited_for(monkeypatch):
    monkeypatch.setattr(workers, "LONGEST_BACKOFF", 0.01)
    answers = iter([OperationalError("gone"), OperationalError("gone"), Drained()])
    connections = []
    worker = Worker()

    def drain(**_):
        connections.append(connection.connection)
        answer = next(answers)
        if isinstance(answer, Exception):
            connection.ensure_connection()
            raise answer
        worker.stop()
        return answer

    monkeypatch.setattr(workers, "drain", drain)
    monkeypatch.setattr(workers, "tidy", lambda: 0)
    worker.run()
    assert len(connections) == 3
    assert connections[1:] == [None, None]


def test_the_second_signal_is_heard_also_where_the_first_got_stuck(monkeypatch):
    worker, handlers = Worker(), []
    monkeypatch.setattr(workers.signal, "signal", lambda *given: handlers.append(given))
    monkeypatch.setattr(worker, "_stopping", Stuck())
    with pytest.raises(Stuck):
        worker.stop(signal.SIGTERM)
    assert handlers == [(signal.SIGTERM, signal.SIG_DFL)]


class Stuck(Exception):
    """An event whose lock the signal came into."""

    def set(self) -> None:
        raise self


def test_the_pause_is_never_longer_than_ten_seconds(monkeypatch):
    waited = []
    worker = Worker()
    monkeypatch.setattr(worker._stopping, "wait", waited.append)
    for failures in range(1, 60):
        worker._reconnect(OperationalError(), failures)
    assert max(waited) <= 10
    assert waited[0] < 1


def test_its_engine_needs_no_ring(queue):
    rows = queue()
    WorkerEngine().ring()
    assert states(rows) == [State.QUEUED]


# ── dsn_retry ───────────────────────────────────────────────────────────────────────────


def said(capsys, *arguments: str) -> str:
    call_command("dsn_retry", *arguments)
    return str(capsys.readouterr().out)


def test_retry_puts_back_what_failed_or_is_in_doubt(pager, queue, capsys):
    pager(
        Refused(refusal=Refusal.MESSAGE, code="1", reason="no"),
        Refused(refusal=Refusal.IN_DOUBT, code="1", reason="?"),
    )
    rows = queue(2, backend=backend_of("pager", in_doubt=InDoubt.HOLD))
    call_command("dsn_worker", "--once")
    assert states(rows) == [State.FAILED, State.UNKNOWN]
    capsys.readouterr()
    assert said(capsys, "--failed") == "1 deliveries that were failed are queued again.\n"
    assert states(rows) == [State.QUEUED, State.UNKNOWN]
    assert said(capsys, "--unknown") == "1 deliveries that were unknown are queued again.\n"
    assert states(rows) == [State.QUEUED, State.QUEUED]


def test_retry_uses_a_held_account_again(pager, queue, capsys):
    pager(Refused(refusal=Refusal.ACCOUNT, code="1", reason="Wrong token"))
    rows = queue(2)
    call_command("dsn_worker", "--once")
    capsys.readouterr()
    words = said(capsys, "--account", "pager:default")
    assert words == "pager:default is used again; 2 deliveries no longer wait for it.\n"
    assert AccountState.objects.get().held_since is None
    make_due(rows)
    call_command("dsn_worker", "--once")
    assert states(rows) == [State.SENT, State.SENT]


def test_retry_takes_only_one_backend(queue, capsys):
    mine = queue(state=State.FAILED)
    others = queue(state=State.FAILED, backend=backend_of("console"))
    said(capsys, "--failed", "--backend", "pager")
    assert states(mine + others) == [State.QUEUED, State.FAILED]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Say what to try again"),
        (["--account", "pager"], "write it as messenger:name"),
        (["--account", "pager:nobody"], "No backend goes through 'pager:nobody'"),
        (["--failed", "--backend", "x"], "There is no backend 'x'"),
    ],
)
def test_retry_says_what_is_wrong_with_its_arguments(arguments, words):
    with pytest.raises(CommandError, match=words):
        call_command("dsn_retry", *arguments)
