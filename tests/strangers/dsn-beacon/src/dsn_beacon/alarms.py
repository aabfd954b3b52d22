"""Alarms: what sounds one, who hears of it, and when nobody does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.dispatch import Signal

from dsn_core import (
    Candidate,
    Gate,
    Occurrence,
    Pass,
    Postpone,
    RecipientSource,
    Suppress,
    To,
    Verb,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

alarm_raised = Signal()
"""Sent with ``station`` (its name) and ``level`` (from 1, a drill, to 3)."""

ALARM = Verb(
    key="beacon.alarm_raised",
    signal=alarm_raised,
    label="A station sounds the alarm",
    provides={"station": str, "level": int},
)


class Watchkeepers(RecipientSource):
    """The users of the group that bears the station's name, and the great hill."""

    key = "beacon.watchkeepers"
    label = "Watchkeepers of the station"
    description = "Users of the group of that name."

    def recipients(self, occurrence: Occurrence) -> Iterable[object]:
        from django.contrib.auth import get_user_model

        users = get_user_model().objects
        yield from users.filter(groups__name=occurrence.values["station"]).order_by("pk")
        yield To(address="Great Hill", messenger="beacon")


class OnlyAlarms(Gate):
    """No beacon for a drill, and none at once for what can wait."""

    key = "beacon.only_alarms"
    label = "No beacons for drills"

    def screen(self, candidates: Sequence[Candidate]) -> Iterator[Pass | Suppress | Postpone]:
        for candidate in candidates:
            occurrence = candidate.occurrence
            level = occurrence.values.get("level")
            if candidate.messenger != "beacon" or level == 3:
                yield Pass()
            elif level == 2:
                yield Postpone(until=occurrence.at + timedelta(hours=1), reason="It can wait")
            else:
                yield Suppress(reason="Only a drill")
