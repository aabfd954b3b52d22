"""Telegram's limits, kept strictly, for ``dsn_telegram.testing``.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` messages in any ``seconds``."""

    count: int
    seconds: float


OF_THE_BOT = Limit(30, 1.0)
OF_A_PERSON = Limit(1, 1.0)
OF_A_GROUP = Limit(20, 60.0)


class Limits:
    """When which chat was last written to. Real Telegram tolerates short bursts; this does not."""

    def __init__(self) -> None:
        self._all: deque[float] = deque()
        self._chats: defaultdict[object, deque[float]] = defaultdict(deque)

    def wait(self, chat: object, *, is_group: bool, now: float) -> int:
        """Whole seconds to wait before ``chat`` may be written to; 0: it may, and is counted."""
        times = self._chats[chat]
        own = _seconds(times, OF_A_GROUP if is_group else OF_A_PERSON, now)
        wait = max(_seconds(self._all, OF_THE_BOT, now), own)
        if wait <= 0:
            times.append(now)
            self._all.append(now)
        return math.ceil(wait)


def _seconds(times: deque[float], limit: Limit, now: float) -> float:
    while times and now - times[0] >= limit.seconds:
        times.popleft()
    return times[0] + limit.seconds - now if len(times) >= limit.count else 0.0
