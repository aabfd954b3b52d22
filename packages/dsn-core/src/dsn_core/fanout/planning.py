"""Planning: claims an event and writes its deliveries, page by page."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, Self

from django.db import DatabaseError, InterfaceError, transaction

from dsn_core.fanout import leasing
from dsn_core.fanout.addressing import veto
from dsn_core.fanout.causes import Causes
from dsn_core.fanout.columns import columns_of
from dsn_core.fanout.gates import Gates
from dsn_core.fanout.keys import Users
from dsn_core.fanout.pages import Page, Pages, Place
from dsn_core.fanout.recipients import Recipients
from dsn_core.fanout.repeating import leave_out_stored, suppress_duplicates
from dsn_core.fanout.routes import Routing, routing_of
from dsn_core.fanout.storing import insert
from dsn_core.models.alias import alias
from dsn_core.models.payload import occurrence_of
from dsn_core.pausing import capture_paused
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.found import error_words
from dsn_core.plugins.scrubbing import storable
from dsn_core.states import SuppressedBy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsn_core.fanout.drafts import Draft
    from dsn_core.models.event import Event

logger = logging.getLogger("dsn_core.fanout")

OVER: Final = object()


def fan_out_next(*, pages: int | None = None) -> bool:
    """Fan out the oldest event that is due; False where none was.

    After ``pages`` pages of a thousand recipients the rest is left to the next call. To be called
    outside of a transaction: each page is committed by itself.
    """
    with FanOut() as fan_out:
        if not fan_out.plan():
            return False
        planned = 1
        while fan_out.is_under_way and planned != pages:
            planned += fan_out.plan()
    return True


class FanOut:
    """The fan-out of due events, one after the other, a page of recipients at a time.

    A context manager. What an event names is read once, also where its pages are planned with
    pauses in between; whoever leaves hands back the event that is under way.
    """

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: tuple[Event, Iterator[None]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        held, self._held = self._held, None
        if held is not None:
            # Where the database is gone, the lease runs out by itself.
            with suppress(DatabaseError, InterfaceError):
                leasing.hand_back(held[0])

    @property
    def is_under_way(self) -> bool:
        """Has an event been begun and not been finished?"""
        return self._held is not None

    def plan(self) -> bool:
        """Plan and store the next page, or finish the event; False where none is due."""
        with capture_paused():
            held, self._held = self._held or _claimed(), None
            if held is None:
                return False
            event, steps = held
            try:
                if next(steps, OVER) is not OVER:
                    self._held = held
            except Exception as error:
                logger.exception("Event %s could not be fanned out", event.pk)
                leasing.defer(event, storable(error_words(error)))
        return True


def _claimed() -> tuple[Event, Iterator[None]] | None:
    event = leasing.claim()
    return None if event is None else (event, _steps(event))


def _steps(event: Event) -> Iterator[None]:
    """Plan and store one page at each step; finish the event at the last."""
    planner = Planner.of(event)
    for page in planner.pages.after(_stored_place(event)):
        planner.settle(page.drafts)
        if not planner.store(page):
            return  # The lease ran out, and somebody else has the event now.
        yield
    planner.finish()


def _stored_place(event: Event) -> Place:
    stored: dict[str, Any] = event.cursor
    return Place(stage=stored["stage"], after=stored["after"]) if stored else Place()


@dataclass(slots=True, kw_only=True)
class Planner:
    """The fan-out of one event by whoever holds its lease."""

    event: Event
    routing: Routing
    pages: Pages
    gates: Gates
    causes: Causes
    nothing_stored: bool

    @classmethod
    def of(cls, event: Event, *, even_if_off: bool = False) -> Planner:
        """Read what the event's subscriptions are now.

        ``even_if_off``: as though its triggers were switched on.
        """
        causes = Causes(event.cursor.get("causes", ()))
        installed, occurrence = catalog(), occurrence_of(event)
        routing = routing_of(event, installed, causes, even_if_off=even_if_off)
        recipients = Recipients(
            occurrence=occurrence,
            routing=routing,
            users=Users.of_the_project(),
            catalog=installed,
            causes=causes,
        )
        return cls(
            event=event,
            routing=routing,
            pages=Pages(recipients=recipients),
            gates=Gates.of(installed, occurrence, causes),
            causes=causes,
            nothing_stored=event.attempts == 1 and not event.cursor,
        )

    def settle(self, drafts: Sequence[Draft]) -> None:
        """Decide about each draft of a page. The order of the questions is that of the answers."""
        if self.event.attempts > 1:
            leave_out_stored(self.event, drafts)
        self._screen(drafts, core=True)
        veto(drafts)
        for draft in drafts:
            if draft.is_excluded and draft.passes:
                draft.suppress(SuppressedBy.ACTOR)
        self._screen(drafts, core=False)
        suppress_duplicates(self.event, drafts, first_page=self.nothing_stored)

    def _screen(self, drafts: Sequence[Draft], *, core: bool) -> None:
        def backend(draft: Draft) -> int:
            return draft.route.backend.pk

        for _backend, batch in groupby(sorted(drafts, key=backend), key=backend):
            self.gates.screen(batch, core=core)

    def store(self, page: Page) -> bool:
        """Write a page and the place after it, together. False where the lease is lost."""
        columns = columns_of(self.event, page.drafts)
        cursor: dict[str, object] = {
            "stage": page.place.stage,
            "after": page.place.after,
            "causes": self.causes.as_list(),
        }
        with transaction.atomic(using=alias()):
            if not leasing.advance(self.event, cursor):
                return False
            if columns:
                insert(columns)
        self.nothing_stored = False
        return True

    def finish(self) -> None:
        """Close the event, or leave it for later where something was missing."""
        if self.causes:
            leasing.start_over(self.event, str(self.causes))
        else:
            leasing.finish(self.event, "\n".join(self.routing.notes))
