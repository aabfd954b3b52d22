"""What a delivery costs beside what any outbox must do, and what several workers bring."""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from django.db import connection, transaction

from bench.child import Child
from bench.interleaving import Case, timed
from bench.nothing import deliver, ensure_sent, installed, queue, set_up
from bench.promises import AtLeastAsFast, Shown
from bench.wording import COUNT
from dsn_core.delivery.claiming import BATCH
from dsn_core.models import Delivery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bench.promises import Promise

ROUNDS = 5
WORKER_COUNT = 3_000
TABLE = Delivery._meta.db_table


@contextmanager
def null_delivery() -> Iterator[Case]:
    """Claim, render, send and record, beside a loop that claims and marks."""
    with installed():
        set_up()
        yield Case(
            floor_name="bare claim and mark",
            count=COUNT,
            rounds=ROUNDS,
            ours=partial(_measured, deliver),
            floor=partial(_measured, _claim_and_mark),
        )


def _measured(work: Callable[[], object]) -> float:
    queue()
    seconds = timed(work)
    ensure_sent()
    return seconds


def _claim_and_mark() -> None:
    """The least that an outbox must write: two statements for each batch, each committed."""
    locking = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    claim = (
        f"UPDATE {TABLE} SET state = 'sending' WHERE id IN (SELECT id FROM {TABLE} "
        f"WHERE state = 'queued' AND lane = 1 ORDER BY next_at, id LIMIT {BATCH} {locking}) "
        "RETURNING id"
    )
    mark = f"UPDATE {TABLE} SET state = 'sent', finished_at = next_at WHERE id IN (%s)"
    while claimed := _rows(claim):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(mark % ", ".join(str(row[0]) for row in claimed))


def _rows(statement: str) -> Sequence[tuple[int]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        rows: Sequence[tuple[int]] = cursor.fetchall()
    return rows


@contextmanager
def workers_2() -> Iterator[Case]:
    """Two processes of ``dsn_worker --once`` beside one."""
    with _workers(2, AtLeastAsFast(1.6)) as case:
        yield case


@contextmanager
def workers_4() -> Iterator[Case]:
    """Four of them: more than most machines that measure this have cores."""
    with _workers(4, Shown()) as case:
        yield case


@contextmanager
def _workers(number: int, promise: Promise) -> Iterator[Case]:
    with installed(), ExitStack() as stack:
        set_up(WORKER_COUNT)
        command = [sys.executable, "-m", "bench.working"]
        workers = [stack.enter_context(Child(command)) for _ in range(number)]

        def work(some: Sequence[Child]) -> float:
            queue()
            seconds = timed(partial(_together, some))
            ensure_sent(WORKER_COUNT)
            return seconds

        yield Case(
            floor_name="one worker",
            count=WORKER_COUNT,
            rounds=ROUNDS,
            ours=partial(work, workers),
            floor=partial(work, workers[:1]),
            promise=promise,
        )


def _together(workers: Sequence[Child]) -> None:
    threads = [threading.Thread(target=worker.round) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
