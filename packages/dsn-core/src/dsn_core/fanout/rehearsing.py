"""Rehearsing: who would get what for an event, planned as for sending, and nothing is stored.

Sources and gates are asked as they always are; they only read, by their contract.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dsn_core.fanout.pages import Place
from dsn_core.fanout.planning import Planner
from dsn_core.models.event import Event
from dsn_core.pausing import capture_paused
from dsn_core.states import SuppressedBy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from django.db.models import Model

    from dsn_core.fanout.drafts import Draft
    from dsn_core.models.backend import Backend

SENT = ""
"""The code of those who would get the message."""
LEFT_OUT = "left_out"
"""The code of those about whom nothing can be said, for a cause that is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One recipient of one backend.

    Without a ``code`` she would get the message, at ``address``; with one she would not, for
    ``reason``. ``until``: a gate postpones it.
    """

    recipient_key: str
    subscription: str
    user: Model | None
    address: str
    code: str
    reason: str
    until: datetime | None

    @property
    def is_told(self) -> bool:
        """Would she get the message?"""
        return not self.code


@dataclass(slots=True, kw_only=True)
class Part:
    """What would become of one backend: how many of each code, and the first lines.

    ``first`` is the first recipient who would get the message.
    """

    backend: Backend
    counts: Counter[str] = field(default_factory=Counter)
    lines: list[Line] = field(default_factory=list)
    first: Line | None = None

    @property
    def told(self) -> int:
        """How many would get the message."""
        return self.counts[SENT]

    @property
    def looked_at(self) -> int:
        """How many recipients were planned."""
        return self.counts.total()

    def note(self, line: Line, most: int) -> None:
        """Count one recipient, and keep her among the first."""
        self.counts[line.code] += 1
        if line.is_told and self.first is None:
            self.first = line
        if len(self.lines) < most:
            self.lines.append(line)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """Who would get what. ``is_whole``: everybody was looked at.

    ``causes`` are what is missing or broken, for which the event would be planned again; ``notes``
    what is left out on purpose, such as a backend that is switched off.
    """

    parts: tuple[Part, ...]
    causes: tuple[str, ...]
    notes: tuple[str, ...]
    is_whole: bool


def rehearse(
    event: Event, *, lines: int = 20, most: int | None = None, even_if_off: bool = False
) -> Rehearsal:
    """Plan ``event``, stored or not, for the subscriptions as they are now; store nothing.

    At most ``lines`` recipients of each backend are kept, besides the counts. After ``most``
    recipients of a backend the rest is not looked at. ``even_if_off``: as though its triggers
    were switched on.
    """
    with capture_paused():
        planner = Planner.of(_fresh(event), even_if_off=even_if_off)
        stage = _Stage(planner=planner, lines=lines)
        whole = all(stage.play(page.drafts, most) for page in planner.pages.after(Place()))
    return Rehearsal(
        parts=tuple(stage.parts.values()),
        causes=tuple(planner.causes.as_list()),
        notes=planner.routing.notes,
        is_whole=whole,
    )


def _fresh(event: Event) -> Event:
    """The event as whoever plans it first gets it: what is stored for it counts for nothing."""
    return Event(
        verb=event.verb,
        trigger_ids=event.trigger_ids,
        payload=event.payload,
        actor=event.actor,
        captured_at=event.captured_at,
        attempts=1,
    )


@dataclass(slots=True, kw_only=True)
class _Stage:
    planner: Planner
    lines: int
    parts: dict[int, Part] = field(default_factory=dict)
    _holders: dict[tuple[int, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for route in self.planner.routing.routes:
            self.parts[route.backend.pk] = Part(backend=route.backend)

    def play(self, drafts: list[Draft], most: int | None) -> bool:
        """Plan one page; False where that is enough."""
        self.planner.settle(drafts)
        for draft in self._once_an_address(drafts):
            self.parts[draft.route.backend.pk].note(_line(draft), self.lines)
        return most is None or all(part.looked_at < most for part in self.parts.values())

    def _once_an_address(self, drafts: Iterable[Draft]) -> Iterator[Draft]:
        """As the rows of earlier pages would tell, of which there are none."""
        for draft in drafts:
            if draft.passes and draft.address:
                place = draft.route.backend.pk, draft.address
                holder = self._holders.setdefault(place, draft.recipient_key)
                if holder != draft.recipient_key:
                    draft.suppress(SuppressedBy.DUPLICATE, f"The message goes to {holder}.")
            yield draft


def _line(draft: Draft) -> Line:
    return Line(
        recipient_key=draft.recipient_key,
        subscription=draft.subscription.name,
        user=draft.user,
        address=draft.address,
        code=LEFT_OUT if draft.left_out else str(draft.code),
        reason=draft.reason,
        until=draft.until,
    )
