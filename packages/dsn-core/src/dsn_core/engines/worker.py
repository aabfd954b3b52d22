"""The worker: a process of its own that looks for work all the time."""

from __future__ import annotations

import logging
import random
import signal
import threading
import time
from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError, connections

from dsn_core.delivery.expecting import next_slot_in
from dsn_core.delivery.warming import warm_up
from dsn_core.engines.draining import Drained, drain, tidy
from dsn_core.engines.engine import Engine
from dsn_core.engines.logs import log_batch

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from dsn_core.delivery.tallying import Watch

logger = logging.getLogger("dsn_core.engines")

POLL_SECONDS = 1.0
SHORTEST_PAUSE = 0.01
LONGEST_WAIT = 5.0
"""For so many seconds ``run_once`` waits for the next slot of a paced account."""
TIDY_SECONDS = 10.0
LONGEST_BACKOFF = 10.0
GRACE_SECONDS = 10.0
"""How long a batch may go on after the signal to stop; then the rest goes back."""
LAST_SECONDS = 0.5
"""How long a send that has begun may go on after that; then nobody waits for it any more."""
MOST_IN_TURN = 1_000
"""After so many even a busy worker looks up, to rescue, to refresh or to stop."""


class WorkerEngine(Engine):
    """For projects that run ``dsn_worker``: it sees what is due by itself."""

    def ring(self) -> None:
        """Nothing is to be done: the worker looks every second."""


def nothing() -> None:
    """Do nothing each round."""


class Worker:
    """The loop. ``each_round`` is called once a round, such as to refresh what is in memory.

    ``watch`` is told what becomes of each batch. After ``stop`` a batch may go on for ``grace``
    seconds.
    """

    def __init__(
        self,
        each_round: Callable[[], object] = nothing,
        *,
        watch: Watch = log_batch,
        grace: float | None = None,
    ) -> None:
        self._each_round = each_round
        self._watch = watch
        self._grace = GRACE_SECONDS if grace is None else grace
        self._stopping = threading.Event()
        self._grace_ends = float("inf")
        self._tidied = float("-inf")
        self._is_warm = False
        self.planned = self.delivered = 0

    def stop(self, number: int = 0, frame: FrameType | None = None) -> None:
        """Finish the current batch, then end. A handler for signals; the second one is heard."""
        if number:
            # First: the event's lock may be held by what the signal came into.
            signal.signal(number, signal.SIG_DFL)
        self._grace_ends = min(self._grace_ends, time.monotonic() + self._grace)
        self._stopping.set()

    def run(self) -> None:
        """Work until ``stop`` is called. A database that is away is waited for."""
        failures = 0
        while not self._stopping.is_set():
            try:
                pause = self._round()
            except (OperationalError, InterfaceError) as error:
                failures += 1
                self._reconnect(error, failures)
                continue
            failures = 0
            self._stopping.wait(pause)

    def run_once(self) -> None:
        """Do all that is due, and what that creates; also what has a slot within a few seconds."""
        self._begin_round()
        tidy()
        while not self._stopping.is_set():
            if self._note(self._drain()).is_empty:
                soon = next_slot_in()
                if soon is None or soon > LONGEST_WAIT:
                    return
                self._stopping.wait(max(soon, SHORTEST_PAUSE))

    def _round(self) -> float:
        """Work for a while; returns for how many seconds to rest then."""
        self._begin_round()
        now = time.monotonic()
        if now - self._tidied >= TIDY_SECONDS:
            self._tidied = now
            tidy()
        if not self._note(self._drain(limit=MOST_IN_TURN)).is_empty or self._stopping.is_set():
            return 0.0
        soon, poll = next_slot_in(), POLL_SECONDS * random.uniform(0.75, 1.25)
        return poll if soon is None else min(poll, max(soon, SHORTEST_PAUSE))

    def _begin_round(self) -> None:
        self._each_round()
        if not self._is_warm:
            warm_up()
            self._is_warm = True

    def _drain(self, limit: int | None = None) -> Drained:
        return drain(
            limit=limit,
            stopped=self._stopping.is_set,
            overdue=self._is_overdue,
            lost=self._is_lost,
            watch=self._watch,
        )

    def _is_overdue(self) -> bool:
        return time.monotonic() >= self._grace_ends

    def _is_lost(self) -> bool:
        return time.monotonic() >= self._grace_ends + LAST_SECONDS

    def _note(self, drained: Drained) -> Drained:
        self.planned += drained.planned
        self.delivered += drained.delivered
        if drained.planned:
            logger.info("planned: pages=%s", drained.planned, extra={"dsn_pages": drained.planned})
        return drained

    def _reconnect(self, error: Exception, failures: int) -> None:
        pause = min(LONGEST_BACKOFF, 0.25 * 2.0 ** min(failures, 10)) * random.uniform(0.5, 1)
        logger.warning("The database is away (%s); again in %.1f s.", type(error).__name__, pause)
        # A host's other database may be the one that is away.
        connections.close_all()
        self._stopping.wait(pause)
