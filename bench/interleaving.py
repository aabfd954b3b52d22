"""Timing two ways to do one thing, in turn: what else the machine does befalls both alike."""

from __future__ import annotations

import gc
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is measured, beside its floor or peer; each does ``count`` of something."""

    name: str
    floor_name: str
    count: int
    ours: Callable[[], object]
    floor: Callable[[], object]
    most: float
    """The ratio that must not be exceeded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Seconds for each single one, and how ours compare."""

    name: str
    floor_name: str
    ours: tuple[float, float]
    floor: tuple[float, float]
    most: float
    """``ours`` and ``floor`` are the minimum and the median."""

    @property
    def ratio(self) -> float:
        """Minimum by minimum: what the code costs when nobody is in its way."""
        return self.ours[0] / self.floor[0]

    @property
    def holds(self) -> bool:
        """Is it what was promised?"""
        return self.ratio <= self.most

    def line(self) -> str:
        """For people."""
        ours, floor = (
            f"{1e3 * pair[0]:.3f} / {1e3 * pair[1]:.3f}" for pair in (self.ours, self.floor)
        )
        mark = "" if self.holds else f"  more than {self.most:g}"
        return f"{self.name:<34} {ours:>17} {floor:>17}   {self.ratio:.2f}{mark}"


HEAD = f"{'ms each, minimum / median':<34} {'ours':>17} {'floor':>17}   ratio"


def measure(case: Case, rounds: int = ROUNDS) -> Result:
    """Run both once to warm them, then in turn."""
    case.ours()
    case.floor()
    ours, floor = [], []
    for _ in range(rounds):
        floor.append(_seconds(case.floor) / case.count)
        ours.append(_seconds(case.ours) / case.count)
    return Result(
        name=case.name,
        floor_name=case.floor_name,
        ours=(min(ours), statistics.median(ours)),
        floor=(min(floor), statistics.median(floor)),
        most=case.most,
    )


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
