"""What stands in a stored report, as its own types."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

if TYPE_CHECKING:
    from dsn_core.models import InboundReport

LATE = dt.timedelta(seconds=10)
"""More than any two clocks of one project should be apart."""


def text(report: InboundReport, name: str) -> str:
    """The text by this name; empty where there is none."""
    value = report.values.get(name)
    return value if isinstance(value, str) else ""


def moment(report: InboundReport) -> dt.datetime | None:
    """When it happened, as the database keeps times; None where it is simply the last word.

    Never later than it was received: a service whose clock runs ahead would else silence all that
    it reports after that. One that had to wait is no later word than what has come meanwhile.
    """
    at = text(report, "at")
    if not at:
        has_waited = timezone.now() - report.received_at > LATE
        return report.received_at if has_waited else None
    happened = dt.datetime.fromisoformat(at)
    kept = happened if settings.USE_TZ else timezone.make_naive(happened)
    return min(kept, report.received_at)


def seconds(report: InboundReport) -> float:
    """For how long the service asks to wait; 0 where it says nothing."""
    value = report.values.get("retry_after")
    return value if isinstance(value, float) else 0.0
