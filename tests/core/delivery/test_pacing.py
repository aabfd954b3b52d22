"""The arithmetic of rates: no window holds too many, wherever it begins and whoever asks when."""

from __future__ import annotations

import datetime as dt
import random

import pytest

from dsn_core.delivery.pacing import Pace
from dsn_core.plugins.rates import Rate, read_rate

RATES = ("1/second", "5/second", "30/second", "200/second", "20/minute", "6/hour", "1000/day")
START = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)


def rate_of(text: str) -> Rate:
    rate = read_rate(text)
    assert rate is not None
    return rate


def sent(pace: Pace, rests: list[float]) -> list[float]:
    """When each goes, as seconds, where somebody asks after each of these rests and uses all."""
    now, next_slot, times = 0.0, None, []
    for rest in rests:
        now += rest
        moment = START + dt.timedelta(seconds=now)
        free = pace.free(next_slot, moment)
        if free:
            times += [now] * free
            next_slot = pace.after(next_slot, moment, free)
    return times


def most_in_a_window(times: list[float], period: float) -> int:
    first = most = 0
    for last, at in enumerate(times):
        while times[first] <= at - period:
            first += 1
        most = max(most, last - first + 1)
    return most


@pytest.mark.parametrize("text", RATES)
@pytest.mark.parametrize("seed", range(5))
def test_no_window_holds_more_than_the_rate(text, seed):
    rate, dice = rate_of(text), random.Random(seed)
    pace = Pace.of(rate)
    short = pace.interval.total_seconds() / 2
    # All is used as soon as it may be, but for a long rest now and then, and some calls at once.
    rests = [dice.choices((short, 0, rate.period), (60, 20, 1))[0] for _ in range(3000)]
    assert 0 < most_in_a_window(sent(pace, rests), rate.period) <= rate.count


@pytest.mark.parametrize("text", RATES)
def test_messages_that_arrive_a_little_late_break_no_limit(text):
    rate, dice = rate_of(text), random.Random(7)
    pace = Pace.of(rate)
    rests = [pace.interval.total_seconds() / 4] * 6000
    late = sorted(at + dice.uniform(0, 0.04) for at in sent(pace, rests))
    assert most_in_a_window(late, rate.period) <= rate.count


@pytest.mark.parametrize("text", ["30/second", "200/second", "20/minute", "1000/day"])
def test_most_of_the_rate_is_used(text):
    rate = rate_of(text)
    pace = Pace.of(rate)
    times = sent(pace, [pace.interval.total_seconds() / 3] * 6000)
    assert len(times) / times[-1] * rate.period >= 0.75 * rate.count


def test_thirty_a_second_are_four_at_once_and_then_one_by_one():
    pace = Pace.of(rate_of("30/second"))
    assert pace.free(None, START) == 4
    next_slot = pace.after(None, START, 4)
    assert pace.free(next_slot, START) == 0
    assert 0.04 < (next_slot - START).total_seconds() < 0.045
    assert pace.free(next_slot, next_slot) == 1
    assert pace.free(next_slot, next_slot + dt.timedelta(hours=1)) == 4


def test_after_a_wait_that_the_service_wants_it_begins_slowly():
    pace = Pace.of(rate_of("30/second"))
    until = START + dt.timedelta(seconds=5)
    assert pace.free(until, until) == 1
    assert pace.after(until, until) == until + pace.interval


@pytest.mark.parametrize("text", ["", "fast", "0/second", "30/fortnight", "30 / second", 30, None])
def test_what_is_no_rate_is_none(text):
    assert read_rate(text) is None


@pytest.mark.parametrize("text", ["3000000/second", "999999999/second", "999999999/day"])
def test_a_rate_that_is_as_good_as_none_stops_nothing(text):
    pace = Pace.of(rate_of(text))
    next_slot = pace.after(None, START)
    assert pace.free(next_slot, START + dt.timedelta(seconds=1)) == pace.burst


@pytest.mark.parametrize("digits", [10, 400, 5000])
def test_a_rate_that_no_number_holds_is_none(digits):
    assert read_rate("9" * digits + "/second") is None
