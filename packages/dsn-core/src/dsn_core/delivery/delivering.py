"""Delivers what is due: claim, render, send, record."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import Error as DatabaseError

from dsn_core.delivery.claiming import BATCH, SUSPECTS, claim_due
from dsn_core.delivery.lateness import count_from_now
from dsn_core.delivery.packing import pack
from dsn_core.delivery.recording import Recorder
from dsn_core.delivery.sending import Dispatch
from dsn_core.delivery.tallying import Tallying, unwatched
from dsn_core.pausing import capture_paused
from dsn_core.records.transitions import give_back

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dsn_core.delivery.claiming import Claim
    from dsn_core.delivery.routes import Parcel
    from dsn_core.delivery.tallying import Watch

logger = logging.getLogger("dsn_core.delivery")


def never() -> bool:
    """It is never over."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """When no more is sent, and when neither a send nor the database is waited for any longer."""

    is_over: Callable[[], bool]
    is_lost: Callable[[], bool]


def deliver_next(
    limit: int = BATCH,
    *,
    is_over: Callable[[], bool] = never,
    is_lost: Callable[[], bool] = never,
    watch: Watch = unwatched,
) -> int:
    """Deliver one batch, and one suspect; returns how many were due, 0 where none was.

    The batch has at most ``limit``. Once ``is_over()`` no more is sent; what has not been goes
    back into the queue. Once ``is_lost()`` a send that still goes on is not waited for either, nor
    a database that is away: it is in doubt. ``watch`` is told what becomes of them. Raises what
    the database raises.
    """
    end = End(is_over=is_over, is_lost=is_lost)
    count = _deliver(claim_due(limit), end, watch)
    # A suspect goes alone: were it to kill us, it would take nobody with it.
    return count + _deliver(claim_due(1, SUSPECTS), end, watch)


def _deliver(claim: Claim | None, end: End, watch: Watch) -> int:
    if claim is None:
        return 0
    tallying = Tallying(size=len(claim.deliveries), watch=watch)
    recorder = Recorder(claim, tallying, is_over=end.is_lost)
    try:
        _send(_prepare(claim, recorder), recorder, end)
    finally:
        tallying.end()
    return len(claim.deliveries)


def _send(parcels: Sequence[Parcel], recorder: Recorder, end: End) -> None:
    dispatch = Dispatch(
        parcels, is_over=lambda: end.is_over() or recorder.is_late(), is_lost=end.is_lost
    )
    for reports in dispatch.batches(tick=recorder.tick):
        recorder.record(reports)
        recorder.renew()


def _prepare(claim: Claim, recorder: Recorder) -> list[Parcel]:
    """What is to be sent; what cannot be is recorded. Nothing stays claimed if this fails."""
    try:
        # What a template shows is read here: a ``post_init`` trigger would feed itself.
        with capture_paused():
            parcels, changes = pack(claim)
        recorder.apply(changes)
        count_from_now(parcels, since=claim.begun)
    except BaseException:
        _give_back_quietly(claim)
        raise
    return parcels


def _give_back_quietly(claim: Claim) -> None:
    try:
        give_back(claim.lease)
    except DatabaseError:
        logger.warning("A batch of %s waits for its lease to end.", len(claim.deliveries))
