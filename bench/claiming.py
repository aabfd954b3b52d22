"""What a claim costs among a million finished deliveries, beside an empty table."""

from __future__ import annotations

import os
import statistics
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench.child import Child, answer
from bench.databases import own_database
from bench.interleaving import Case
from bench.promises import AtMostTimes

if TYPE_CHECKING:
    from collections.abc import Iterator

FINISHED = 1_000_000
CLAIMS = 60
ROUNDS = 7


@contextmanager
def million() -> Iterator[Case]:
    """The 95th percentile of some claims, each on a database of its own."""
    from tests.core.delivery.finished import finish_many

    finish_many(FINISHED)
    command = [sys.executable, "-m", "bench.claiming", os.environ["DSN_TEST_DATABASE"]]
    with Child(command) as empty:
        yield Case(
            floor_name="an empty table, p95",
            rounds=ROUNDS,
            ours=p95,
            floor=empty.round,
            promise=AtMostTimes(2),
        )


def p95() -> float:
    """The seconds within which nineteen of twenty claims are done."""
    from dsn_core.delivery.claiming import BATCH, claim_due
    from dsn_core.models import Delivery
    from dsn_core.records.transitions import give_back
    from tests.core.delivery.finished import queue_some

    rows = queue_some(BATCH)
    taken = []
    for _ in range(CLAIMS):
        started = time.perf_counter()
        claim = claim_due(BATCH)
        taken.append(time.perf_counter() - started)
        assert claim is not None
        give_back(claim.lease)
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return statistics.quantiles(taken, n=20)[-1]


def main(database: str) -> None:
    """Answer with the percentile of a database of this process's own."""
    with own_database(database) as _:
        answer(p95)


if __name__ == "__main__":
    main(sys.argv[1])
