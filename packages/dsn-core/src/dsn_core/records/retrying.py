"""When a delivery is tried again."""

from __future__ import annotations

import random

FIRST = 10.0
LONGEST = 6 * 3600.0
SHORTEST = 1.0
LONGEST_WISH = 30 * 86_400.0
"""A service that wants us to wait for longer is not believed."""


def delay(attempt: int, retry_after: object = None) -> float:
    """Seconds to wait after the attempt of this number (from 1): exponential, with full jitter.

    Never under a second, and never under ``retry_after`` where that is a sensible number.
    """
    ceiling = min(LONGEST, FIRST * 2.0 ** min(max(attempt, 1) - 1, 30))
    return max(SHORTEST, random.uniform(0, ceiling), wished(retry_after))


def wished(retry_after: object) -> float:
    """The seconds that a service asks for; 0 where it says nothing of use."""
    if isinstance(retry_after, bool) or not isinstance(retry_after, (int, float)):
        return 0.0
    # The shorter one first: a whole number may be too large for a float.
    return float(min(retry_after, LONGEST_WISH)) if retry_after > 0 else 0.0
