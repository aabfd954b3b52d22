"""How long a delivery waits before it is tried again."""

from __future__ import annotations

import pytest

from dsn_core.records.retrying import LONGEST, delay


@pytest.mark.parametrize("attempt", [1, 2, 3, 5, 8, 11, 13, 40, 5000])
def test_a_delay_is_between_a_second_and_its_ceiling(attempt):
    ceiling = min(LONGEST, 10 * 2 ** min(attempt - 1, 60))
    delays = [delay(attempt) for _ in range(300)]
    assert all(1 <= seconds <= ceiling for seconds in delays)
    # Full jitter: spread over all of it.
    assert min(delays) < ceiling * 0.2
    assert max(delays) > ceiling * 0.8


def test_no_delay_is_longer_than_six_hours():
    assert max(delay(50) for _ in range(300)) <= 6 * 3600


def test_the_service_is_waited_for_as_long_as_it_says():
    assert all(delay(1, 90) == 90 for _ in range(50))
    assert all(delay(12, 90) >= 90 for _ in range(50))


@pytest.mark.parametrize("wish", ["7200", None, float("nan"), -1, 0, False, True])
def test_a_senseless_wish_changes_nothing(wish):
    assert 1 <= delay(1, wish) <= 10


@pytest.mark.parametrize("wish", [float("inf"), 10**400, 1e300])
def test_a_wish_for_ever_is_a_month(wish):
    assert delay(1, wish) == 30 * 86_400
