"""The worker's line on a terminal: how fast it goes, what is due, what became of the rest."""

from __future__ import annotations

import shutil
import time
from collections import Counter, deque
from typing import TYPE_CHECKING

from dsn_core.records.clock import from_now
from dsn_core.records.transitions import deliveries
from dsn_core.states import State

if TYPE_CHECKING:
    from django.core.management.base import OutputWrapper

    from dsn_core.delivery.tallying import Tally

SHORTEST_PAUSE = 0.2
DUE_SECONDS = 2.0
RATE_SECONDS = 10.0
MOST_DUE = 10_000
WIDTH = 72


class Progress:
    """One line, written over itself. It knows no colour."""

    def __init__(self, out: OutputWrapper) -> None:
        self._out = out
        self._totals: Counter[str] = Counter()
        self._batch: Counter[str] = Counter()
        self._recent: deque[tuple[float, int]] = deque()
        self._due = ""
        self._counted = self._drawn = float("-inf")

    def watch(self, tally: Tally) -> None:
        """Take what has become of a batch until now."""
        new = Counter(tally.counts)
        new.subtract(self._batch)
        self._totals.update(new)
        self._batch = Counter() if tally.is_whole else Counter(tally.counts)
        now = time.monotonic()
        self._recent.append((now, sum(new.values())))
        if now - self._drawn >= SHORTEST_PAUSE:
            self._draw(now)

    def look(self) -> None:
        """Once a round: count what is due, and show it."""
        now = time.monotonic()
        if now - self._counted >= DUE_SECONDS:
            self._counted = now
            queued = deliveries().filter(state=State.QUEUED, next_at__lte=from_now()).order_by()
            count = queued[: MOST_DUE + 1].count()
            self._due = f"{count}" if count <= MOST_DUE else f"{MOST_DUE}+"
            self._draw(now)

    def end(self) -> None:
        """Leave the line as it is now."""
        self._draw(time.monotonic())
        self._out.write("")

    def _draw(self, now: float) -> None:
        self._drawn = now
        while self._recent and self._recent[0][0] < now - RATE_SECONDS:
            self._recent.popleft()
        rate = sum(count for _, count in self._recent) / RATE_SECONDS
        totals = self._totals
        line = (
            f"{rate:.1f}/s  due {self._due}  sent {totals['sent']}  "
            f"retry {totals['retry']}  failed {totals['failed']}"
        )
        width = min(WIDTH, shutil.get_terminal_size().columns - 1)
        # A longer line would begin another one, which nothing is written over.
        self._out.write(f"\r{line:{width}.{width}}", ending="")
        self._out.flush()
