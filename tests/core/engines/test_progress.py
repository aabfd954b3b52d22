"""The line that a worker shows on a terminal."""

from __future__ import annotations

import io
import time

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper
from django.db import OperationalError, connection

from dsn_core.contract.outcome import Accepted, Refusal, Refused
from dsn_core.delivery.delivering import deliver_next
from dsn_core.delivery.sending import SLOW
from dsn_core.engines import worker as workers
from dsn_core.management import progress as progresses
from dsn_core.management.progress import Progress

pytestmark = pytest.mark.django_db(transaction=True)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def shown(pager, queue, monkeypatch):
    """Runs the command on a terminal until three deliveries were tried; what stood there."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(progresses, "SHORTEST_PAUSE", 0.0)

    def run(*, out=None, **options):
        pager(
            Refused(refusal=Refusal.MESSAGE, code="1", reason="no"),
            Refused(refusal=Refusal.RETRY, code="1", reason="later"),
            stop_after(monkeypatch),
        )
        queue(3)
        out = out or Terminal()
        call_command("dsn_worker", stdout=out, **options)
        return out.getvalue()

    return run


def stop_after(monkeypatch):
    """An answer that stops whichever worker runs."""
    running = []
    begin = workers.Worker.run

    def run(self):
        running.append(self)
        begin(self)

    def stop():
        running[0].stop()
        return Accepted(provider_id="1")

    monkeypatch.setattr(workers.Worker, "run", run)
    return stop


def test_one_line_is_written_over_itself(shown):
    first, lines, last, _ = shown().split("\n")
    assert first == "Working; Ctrl-C ends."
    assert last == "3 deliveries tried, 0 pages of recipients planned."
    _, *drawn = lines.split("\r")
    assert drawn[0].startswith("0.0/s  due 3  sent 0  retry 0  failed 0")
    assert drawn[-1].startswith("0.3/s  due 3  sent 1  retry 1  failed 1")
    assert len({len(line) for line in drawn}) == 1
    assert "\x1b" not in lines


def test_on_a_narrow_terminal_the_line_is_cut(shown, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    _, *drawn = shown().split("\n")[1].split("\r")
    assert {len(line) for line in drawn} == {29}


def test_with_verbosity_0_nothing_is_shown(shown):
    assert "\r" not in shown(verbosity=0)


def test_a_terminal_that_cannot_write_over_a_line_is_told_nothing(shown, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    assert "\r" not in shown()


def test_a_pipe_is_told_nothing(shown):
    assert "\r" not in shown(out=io.StringIO())


def test_what_is_due_is_counted_up_to_a_number(queue, monkeypatch):
    monkeypatch.setattr(progresses, "MOST_DUE", 3)
    queue(5)
    out = Terminal()
    Progress(OutputWrapper(out)).look()
    assert "due 3+ " in out.getvalue()


def test_a_batch_that_the_database_cut_short_takes_nothing_from_the_next(pager, queue):
    def cut(execute, sql, params, many, context):
        if sent.count(1) == 2 and "dsn_delivery" in sql:
            raise OperationalError("server closed the connection unexpectedly")
        return execute(sql, params, many, context)

    def answer():
        sent.append(1)
        time.sleep(SLOW)
        return Accepted(provider_id="1")

    sent = []
    progress = Progress(OutputWrapper(Terminal()))
    pager(*[answer] * 3)
    queue(2)
    with connection.execute_wrapper(cut), pytest.raises(OperationalError):
        deliver_next(is_lost=lambda: len(sent) == 2, watch=progress.watch)
    queue(1)
    deliver_next(watch=progress.watch)
    assert progress._totals["sent"] == 2


def test_a_grace_that_makes_no_sense_is_refused():
    for grace in (-1.0, float("nan")):
        with pytest.raises(CommandError, match="--grace is"):
            call_command("dsn_worker", "--once", grace=grace)
