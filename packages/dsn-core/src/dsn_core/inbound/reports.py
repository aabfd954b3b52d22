"""Applies stored reports to deliveries and addresses, each once; what comes too early waits."""

from __future__ import annotations

import datetime as dt
import logging
import time
from itertools import groupby
from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from dsn_core.inbound.linking import apply_linked
from dsn_core.inbound.reading import moment, text
from dsn_core.inbound.receipts import apply_bad, apply_good, is_good
from dsn_core.inbound.storing import stored
from dsn_core.models.alias import alias
from dsn_core.records.addresses import bury, is_strangers, move_address, reopen
from dsn_core.records.clock import from_now
from dsn_core.records.contending import contend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from django.db.models import QuerySet

    from dsn_core.models import InboundReport

logger = logging.getLogger("dsn_core.inbound")

PATIENCE = dt.timedelta(days=1)
"""So long a receipt waits for a delivery that is not known yet; then it was never ours."""
SOONEST, LATEST = 10.0, 3600.0
"""Seconds until what waits is looked at again: as long as it has waited, within these."""
MOST_AT_ONCE = 1_000
SWEEP_SECONDS = 1.0
"""A sweep has more to do, and runs in whoever saves where there is no worker."""
MOST_TOGETHER = 100
UNKNOWN = "changed nothing: no delivery is known by it"


class AppliedElsewhere(RuntimeError):
    """Somebody else has applied one of these reports meanwhile."""


def apply(reports: Iterable[InboundReport], *, seconds: float = float("inf")) -> int:
    """Apply each, for so long; returns how many are done. The others wait.

    What one raises does not stop the others, except where the database is away: that is raised.
    """
    deadline, done = time.monotonic() + seconds, 0
    for batch in _batches(reports):
        if time.monotonic() >= deadline:
            break
        done += _apply(batch)
    return done


def apply_waiting() -> int:
    """Apply what came before its delivery was known to be sent; returns how many are done.

    What could not be applied in time for the answer to its webhook is among it.
    """
    waiting = stored().filter(applied_at=None, next_at__lte=from_now()).order_by("next_at", "pk")
    return apply(waiting[:MOST_AT_ONCE], seconds=SWEEP_SECONDS)


def _batches(reports: Iterable[InboundReport]) -> Iterator[list[InboundReport]]:
    """In order: good receipts of one account together, as far as they follow one another."""
    for together, run in groupby(reports, _kinship):
        found = list(run)
        size = MOST_TOGETHER if together else 1
        for start in range(0, len(found), size):
            yield found[start : start + size]


def _kinship(report: InboundReport) -> tuple[str, str] | None:
    return (report.messenger, report.account) if is_good(report) else None


def _apply(batch: Sequence[InboundReport]) -> int:
    try:
        return contend(lambda: _apply_together(batch))
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001  # it must not stop the others, nor a sweep
        if len(batch) > 1:
            return sum(_apply([report]) for report in batch)
        return _put_off(batch[0], error)


def _put_off(report: InboundReport, error: Exception) -> int:
    if isinstance(error, AppliedElsewhere):
        return 0
    name = type(error).__name__
    logger.warning("Report %s could not be applied: %s", report.pk, name)
    return _note([report], None, f"could not be applied: {name}")


def _apply_together(batch: Sequence[InboundReport]) -> int:
    """Take them, do what they say, note what that was. Taken back where they must wait.

    Raises ``AppliedElsewhere`` where one of them is no longer to be had.
    """
    mine = stored().filter(pk__in=[report.pk for report in batch], applied_at=None)
    with transaction.atomic(using=alias()):
        if mine.update(applied_at=from_now()) < len(batch):
            raise AppliedElsewhere
        did: dict[str | None, list[InboundReport]] = {}
        for report, outcome in zip(batch, _outcomes(batch), strict=True):
            did.setdefault(outcome, []).append(report)
        return sum(_note(reports, outcome, UNKNOWN) for outcome, reports in did.items())


def _outcomes(batch: Sequence[InboundReport]) -> Sequence[str | None]:
    return apply_good(batch) if is_good(batch[0]) else [WAYS[batch[0].kind](batch[0])]


def _note(reports: Sequence[InboundReport], outcome: str | None, otherwise: str) -> int:
    """Note what they did; what did nothing waits, or is given up with these words."""
    now = timezone.now()
    patient = [one for one in reports if outcome is None and now - one.received_at < PATIENCE]
    if patient:
        waited = max((now - one.received_at).total_seconds() for one in patient)
        pause = from_now(min(max(waited, SOONEST), LATEST))
        _rows(patient).update(applied_at=None, next_at=pause)
    done = [one for one in reports if one not in patient]
    if done:
        _rows(done).update(applied_at=from_now(), outcome=outcome or otherwise)
    return len(done)


def _rows(reports: Sequence[InboundReport]) -> QuerySet[InboundReport]:
    return stored().filter(pk__in=[report.pk for report in reports])


def _opted_out(report: InboundReport) -> str:
    reason = text(report, "reason") or "The person there wants no more."
    return _said(bury(*_place(report), reason, opted_out=True, at=moment(report)), "opted out")


def _opted_in(report: InboundReport) -> str:
    at = moment(report)
    if reopen(*_place(report), text(report, "reason"), at=at):
        return "opted in"
    if is_strangers(*_place(report)):
        return UNLINKED if at is None else NOTED
    return KNOWN


def _moved(report: InboundReport) -> str:
    moved_to = text(report, "moved_to")
    if moved_to in ("", report.subject):
        return NOWHERE
    move_address(*_place(report), moved_to)
    return "moved"


def _place(report: InboundReport) -> tuple[str, str, str]:
    return report.messenger, report.account, report.subject


def _said(is_news: bool, what: str) -> str:
    return what if is_news else KNOWN


KNOWN = "changed nothing: it was known"
NOTED = "noted: nobody of yours has this address"
UNLINKED = "changed nothing: nobody of yours has this address"
NOWHERE = "changed nothing: it names no address"


def _of_an_address(way: Callable[[InboundReport], str]) -> Callable[[InboundReport], str]:
    """``way``, where there is an address."""
    return lambda report: way(report) if text(report, "address") else NOWHERE


WAYS: Mapping[str, Callable[[InboundReport], str | None]] = {
    "receipt": apply_bad,
    "opted_out": _of_an_address(_opted_out),
    "opted_in": _of_an_address(_opted_in),
    "moved": _of_an_address(_moved),
    "linked": _of_an_address(apply_linked),
}
