"""Draining: fan out and deliver in turn, until nothing is due or it is enough."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dsn_core.delivery.claiming import BATCH
from dsn_core.delivery.delivering import deliver_next, never
from dsn_core.delivery.releasing import sweep
from dsn_core.delivery.rescuing import rescue
from dsn_core.delivery.slots import forget_passed_slots, keep_to_rates
from dsn_core.delivery.tallying import unwatched
from dsn_core.fanout.planning import FanOut
from dsn_core.fanout.waking import wake
from dsn_core.inbound.reports import apply_waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from dsn_core.delivery.tallying import Watch

EVENTS_IN_TURN = 20
"""So many pages of recipients are planned before deliveries have their turn again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained:
    """What was done: pages of recipients planned, and deliveries tried.

    ``is_empty``: nothing was left that is due.
    """

    planned: int = 0
    delivered: int = 0
    is_empty: bool = True


def drain(
    *,
    limit: int | None = None,
    deadline: float | None = None,
    stopped: Callable[[], bool] = never,
    overdue: Callable[[], bool] = never,
    lost: Callable[[], bool] = never,
    watch: Watch = unwatched,
) -> Drained:
    """Fan out due events and deliver due batches, in turn, until nothing is due.

    At most ``limit`` deliveries. Once ``stopped()`` nothing new is begun; once ``overdue()``, or
    when ``time.monotonic()`` passes ``deadline``, what has been begun is not finished either but
    goes back; and once ``lost()``, a send that still goes on is not waited for. ``watch`` is told
    what becomes of the deliveries. Raises what the database raises.
    """

    def is_over() -> bool:
        return overdue() or (deadline is not None and time.monotonic() >= deadline)

    planned = delivered = 0
    with FanOut() as fan_out:
        while not (stopped() or is_over()):
            room = BATCH if limit is None else min(BATCH, limit - delivered)
            if room <= 0:
                break
            pages = plan_some(fan_out, is_over)
            count = deliver_next(room, is_over=is_over, is_lost=lost, watch=watch)
            planned, delivered = planned + pages, delivered + count
            if pages == 0 and count == 0:
                return Drained(planned=planned, delivered=delivered)
    return Drained(planned=planned, delivered=delivered, is_empty=False)


def plan_some(fan_out: FanOut, is_over: Callable[[], bool] = never) -> int:
    """Plan a few pages of recipients; returns how many there were."""
    for count in range(EVENTS_IN_TURN):
        if is_over() or not fan_out.plan():
            return count
    return EVENTS_IN_TURN


def tidy() -> int:
    """Rescue what was lost and release what has waited long enough; returns how many moved."""
    forget_passed_slots()
    keep_to_rates()
    return rescue() + sweep() + wake() + apply_waiting()
