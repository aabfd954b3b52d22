"""Measuring two ways to do one thing, in turn: what else the machine does befalls both alike."""

from __future__ import annotations

import gc
import statistics
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.promises import SECONDS, Promise, Shown, readable

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is measured, beside its floor or peer; each does ``count`` of something.

    A side that returns None is timed. A number is what it has measured itself, in ``unit``.
    """

    floor_name: str
    ours: Callable[[], float | None]
    floor: Callable[[], float | None]
    count: int = 1
    unit: str = SECONDS
    promise: Promise = field(default_factory=Shown)
    rounds: int = ROUNDS
    """Unless somebody asks for another number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What each round measured for one of ``count``, in the case's unit."""

    minimum: float
    median: float
    rounds: tuple[float, ...]

    @classmethod
    def of(cls, values: list[float]) -> Side:
        """To the digits that mean something."""
        rounds = tuple(float(f"{value:.4g}") for value in values)
        return cls(minimum=min(rounds), median=statistics.median(rounds), rounds=rounds)

    def words(self, unit: str) -> str:
        """For people."""
        return f"{readable(self.minimum, unit)} / {readable(self.median, unit)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Both sides of a case, and how ours compares."""

    case: str
    database: str
    floor_name: str
    count: int
    unit: str
    ours: Side
    floor: Side
    figure: float
    """By the minima: what the code costs when nobody is in its way."""
    words: str
    holds: bool

    def line(self) -> str:
        """For people."""
        sides = " ".join(f"{side.words(self.unit):>23}" for side in (self.ours, self.floor))
        mark = "" if self.holds else "  BROKEN"
        return (
            f"{self.case:<24} {self.database:<9} {sides}   {self.words} ({self.floor_name}){mark}"
        )


HEAD = f"{'minimum / median of one':<34} {'ours':>23} {'floor':>23}"


def measure(name: str, case: Case, *, database: str = "", rounds: int | None = None) -> Result:
    """Run both once to warm them, then in turn."""
    case.ours()
    case.floor()
    gc.collect()
    gc.freeze()  # what stands already is not to be looked through before each round
    ours, floor = [], []
    for _ in range(rounds or case.rounds):
        floor.append(_measured(case.floor) / case.count)
        ours.append(_measured(case.ours) / case.count)
    sides = Side.of(ours), Side.of(floor)
    figure = case.promise.figure(sides[0].minimum, sides[1].minimum)
    return Result(
        case=name,
        database=database,
        floor_name=case.floor_name,
        count=case.count,
        unit=case.unit,
        ours=sides[0],
        floor=sides[1],
        figure=figure,
        words=case.promise.words(figure, case.unit),
        holds=case.promise.holds(figure),
    )


def _measured(side: Callable[[], float | None]) -> float:
    gc.collect()
    started = time.perf_counter()
    own = side()
    seconds = time.perf_counter() - started
    return seconds if own is None else own


def timed(work: Callable[[], object]) -> float:
    """The seconds that ``work`` takes: for a side whose preparation is not to count."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
