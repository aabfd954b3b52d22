"""What a case promises: a figure made of both sides, and its bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

SECONDS = "s"


class Promise(Protocol):
    """How ours compares, and whether that is what was promised."""

    def figure(self, ours: float, floor: float) -> float:
        """Both sides in one number."""

    def holds(self, figure: float) -> bool:
        """Is it what was promised?"""

    def words(self, figure: float, unit: str) -> str:
        """For people."""


@dataclass(frozen=True, slots=True)
class AtMostTimes:
    """Ours costs at most ``bound`` times what the floor costs."""

    bound: float

    def figure(self, ours: float, floor: float) -> float:
        """The one divided by the other."""
        return ours / floor

    def holds(self, figure: float) -> bool:
        """Is it little enough?"""
        return figure <= self.bound

    def words(self, figure: float, unit: str) -> str:
        """For people."""
        return f"{figure:.2f} times the floor; at most {self.bound:g}"


@dataclass(frozen=True, slots=True)
class AtLeastAsFast:
    """Ours is at least ``bound`` times as fast as the floor or peer."""

    bound: float

    def figure(self, ours: float, floor: float) -> float:
        """How many of ours are done while the floor does one."""
        return floor / ours

    def holds(self, figure: float) -> bool:
        """Is it fast enough?"""
        return figure >= self.bound

    def words(self, figure: float, unit: str) -> str:
        """For people."""
        return f"{figure:.2f} times as fast; at least {self.bound:g}"


@dataclass(frozen=True, slots=True)
class AtMostMore:
    """Ours costs at most ``bound`` more than the floor, in the unit of the case."""

    bound: float

    def figure(self, ours: float, floor: float) -> float:
        """What ours adds."""
        return ours - floor

    def holds(self, figure: float) -> bool:
        """Is it little enough?"""
        return figure <= self.bound

    def words(self, figure: float, unit: str) -> str:
        """For people."""
        return f"{readable(figure, unit)} more; at most {readable(self.bound, unit)}"


@dataclass(frozen=True, slots=True)
class Shown:
    """Nothing is promised; the ratio is shown."""

    def figure(self, ours: float, floor: float) -> float:
        """The one divided by the other."""
        return ours / floor

    def holds(self, figure: float) -> bool:
        """It cannot be broken."""
        return True

    def words(self, figure: float, unit: str) -> str:
        """For people."""
        return f"{figure:.2f} times the floor"


def readable(value: float, unit: str) -> str:
    """A number in its unit; seconds in the one that suits."""
    if unit != SECONDS:
        return f"{value:.1f} {unit}"
    if abs(value) < 1e-3:
        return f"{1e6 * value:.2f} µs"
    return f"{1e3 * value:.2f} ms" if abs(value) < 1 else f"{value:.2f} s"
