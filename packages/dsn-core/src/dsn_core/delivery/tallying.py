"""Tallying: how many deliveries of a batch became what, for whoever watches."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dsn_core.states import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dsn_core.records.transitions import Change

GIVEN_BACK = "given_back"
"""It went back as it was: there was no time to try it."""
WORDS: Mapping[State, str] = {
    State.SENT: "sent",
    State.DELIVERED: "sent",
    State.FAILED: "failed",
    State.QUEUED: "retry",
    State.HELD: "held",
    State.UNKNOWN: "in_doubt",
    State.CANCELLED: "cancelled",
}
NAMES = (*dict.fromkeys(WORDS.values()), GIVEN_BACK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A batch of ``size``, and what has become of it until now, by ``NAMES``.

    ``seconds`` have passed since its claim; ``is_whole``: no more will be known of it.
    """

    size: int
    counts: Mapping[str, int]
    seconds: float
    is_whole: bool


Watch = Callable[[Tally], object]


def unwatched(tally: Tally) -> None:
    """Nobody watches."""


@dataclass(slots=True, kw_only=True)
class Tallying:
    """Counts what is recorded of one batch, and tells ``watch``."""

    size: int
    watch: Watch
    began: float = field(default_factory=time.monotonic)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, changes: Iterable[Change]) -> None:
        """These are on disk."""
        for change in changes:
            is_back = change.state is State.QUEUED and change.uncounted
            self.counts[GIVEN_BACK if is_back else WORDS[change.state]] += 1
        self._tell(is_whole=False)

    def end(self) -> None:
        """The batch is over."""
        self._tell(is_whole=True)

    def _tell(self, *, is_whole: bool) -> None:
        self.watch(
            Tally(
                size=self.size,
                counts={name: self.counts[name] for name in NAMES},
                seconds=time.monotonic() - self.began,
                is_whole=is_whole,
            )
        )
