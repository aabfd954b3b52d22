"""The benchmarks measure what they say, and say it when a promise is broken."""

from __future__ import annotations

import json
import platform
import sys
from importlib import import_module

import pytest

from bench.cases import CASES
from bench.child import Child
from bench.interleaving import Case, measure, timed
from bench.keeping import keep
from bench.promises import AtLeastAsFast, AtMostMore, AtMostTimes, Promise, Shown
from tests.repo.tree import ROOT


def case_of(promise: Promise, *, ours: float = 3.0, floor: float = 2.0) -> Case:
    """A case whose sides have measured by themselves."""
    return Case(
        floor_name="a floor",
        unit="MiB",
        rounds=3,
        ours=lambda: ours,
        floor=lambda: floor,
        promise=promise,
    )


@pytest.mark.parametrize("name", CASES)
def test_every_case_is_where_the_table_says(name):
    module, _, function = CASES[name].place.partition(":")
    assert callable(getattr(import_module(f"bench.{module}"), function))


def test_both_sides_take_turns():
    turns: list[str] = []
    case = Case(
        floor_name="", rounds=3, ours=lambda: turns.append("o"), floor=lambda: turns.append("f")
    )
    measure("x", case)
    assert "".join(turns) == "of" + "fo" * 3, "once to warm up, then in turn"


@pytest.mark.parametrize(
    ("promise", "figure", "holds"),
    [
        (AtMostTimes(1.4), 1.5, False),
        (AtMostTimes(1.5), 1.5, True),
        (AtLeastAsFast(0.8), 2 / 3, False),
        (AtLeastAsFast(0.6), 2 / 3, True),
        (AtMostMore(0.9), 1.0, False),
        (AtMostMore(1.0), 1.0, True),
        (Shown(), 1.5, True),
    ],
)
def test_a_promise_holds_or_is_broken(promise, figure, holds):
    result = measure("x", case_of(promise))
    assert result.figure == figure
    assert result.holds is holds
    assert ("BROKEN" in result.line()) is not holds


def test_the_minimum_counts_and_every_round_is_kept():
    values = iter([9.0, 4.0, 2.0, 3.0])
    case = Case(
        floor_name="", unit="MiB", count=2, rounds=3, ours=lambda: next(values), floor=lambda: 2.0
    )
    result = measure("x", case)
    assert (result.ours.minimum, result.ours.median, result.ours.rounds) == (
        1.0,
        1.5,
        (2.0, 1.0, 1.5),
    )
    assert result.figure == 1.0


def test_a_side_that_says_nothing_is_timed():
    case = Case(floor_name="", ours=lambda: None, floor=lambda: timed(lambda: None), rounds=1)
    assert measure("x", case).ours.minimum > 0


def test_a_side_may_live_in_a_process_of_its_own():
    code = "from bench.child import answer; n = iter((1.5, 2.5)); answer(lambda: next(n))"
    with Child([sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT)}) as child:
        assert [child.round(), child.round()] == [1.5, 2.5]


def test_a_side_that_dies_is_no_measurement():
    with (
        pytest.raises(RuntimeError, match="its errors are above"),
        Child([sys.executable, "-c", "raise SystemExit(1)"]),
    ):
        pass


def test_what_is_kept_replaces_what_was_and_names_no_machine(tmp_path):
    path = tmp_path / "results.json"
    for case, figure in (("a", 1), ("b", 2), ("a", 3)):
        keep({"case": case, "database": "sqlite", "figure": figure}, path)
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert [(row["case"], row["figure"]) for row in kept["results"]] == [("a", 3), ("b", 2)]
    assert {"python", "django", "cores"} <= kept["machine"].keys()
    assert platform.node() not in path.read_text(encoding="utf-8")
