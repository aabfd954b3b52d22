"""The arithmetic of a rate: when the next message may go, so that no window holds too many.

Of each account, and of each address, one moment is kept: when its next message may go. Slots lie
``interval`` apart, and what was not used is saved up to ``burst`` of them. (This is the generic
cell rate algorithm, with the arrival time told from the other end.) No window of the rate's
period, wherever it begins, has more slots than the rate allows.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dsn_core.plugins.rates import Rate

BURST_PART = 7
"""The seventh part of a rate may go at once. What may go at once is taken from what may follow:
30 a second is 4 at once, and then 23 a second."""
SHORTEST_SLACK = 0.15
SLACK_PART = 0.01
"""A message reaches the service a little after its slot, and not each as late as the last: the
period is taken for so many seconds longer, or for that part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """A rate as slots: ``burst`` may be used together, the others are ``interval`` apart."""

    burst: int
    interval: dt.timedelta

    @classmethod
    def of(cls, rate: Rate) -> Pace:
        """The pace at which the service never counts more than ``rate``."""
        burst = max(1, rate.count // BURST_PART)
        period = rate.period + max(SHORTEST_SLACK, rate.period * SLACK_PART)
        interval = dt.timedelta(seconds=period / (rate.count - burst + 1))
        # No clock of ours tells moments that lie closer together.
        return cls(burst=burst, interval=max(interval, dt.timedelta.resolution))

    @property
    def reach(self) -> dt.timedelta:
        """For how long unused slots are saved."""
        return self.interval * (self.burst - 1)

    @property
    def longest_wait(self) -> dt.timedelta:
        """So long an account may wait for its next slot: for a burst that went out late."""
        return self.interval * (self.burst + 1)

    def free(self, next_slot: dt.datetime | None, now: dt.datetime) -> int:
        """How many may go now."""
        if next_slot is None:
            return self.burst
        if next_slot > now:
            return 0
        return min(self.burst, (now - next_slot) // self.interval + 1)

    def after(self, next_slot: dt.datetime | None, now: dt.datetime, count: int = 1) -> dt.datetime:
        """The next slot once ``count`` of those that were free have been used."""
        oldest = now - self.reach
        return max(next_slot or oldest, oldest) + self.interval * count
