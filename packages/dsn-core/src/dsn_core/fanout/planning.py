"""Planning: claims an event and writes its deliveries, page by page."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from django.db import transaction

from dsn_core.fanout import leasing
from dsn_core.fanout.addressing import veto
from dsn_core.fanout.causes import Causes
from dsn_core.fanout.drafts import rows_of
from dsn_core.fanout.gates import Gates
from dsn_core.fanout.keys import Users
from dsn_core.fanout.pages import Page, Pages, Place
from dsn_core.fanout.recipients import Recipients
from dsn_core.fanout.repeating import leave_out_stored, suppress_duplicates
from dsn_core.fanout.routes import Routing, routing_of
from dsn_core.models.alias import alias
from dsn_core.models.delivery import Delivery
from dsn_core.models.payload import occurrence_of
from dsn_core.pausing import capture_paused
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.found import error_words
from dsn_core.plugins.scrubbing import storable
from dsn_core.states import SuppressedBy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsn_core.fanout.drafts import Draft
    from dsn_core.models.event import Event

logger = logging.getLogger("dsn_core.fanout")


def fan_out_next(*, pages: int | None = None) -> bool:
    """Fan out the oldest event that is due; False where none was.

    After ``pages`` pages of a thousand recipients the rest is left to the next call. To be called
    outside of a transaction: each page is committed by itself.
    """
    with capture_paused():
        event = leasing.claim()
        if event is None:
            return False
        try:
            _fan_out(event, pages)
        except Exception as error:
            logger.exception("Event %s could not be fanned out", event.pk)
            reason = storable(error_words(error))
            leasing.defer(event, reason)
    return True


def _fan_out(event: Event, most_pages: int | None) -> None:
    planner = Planner.of(event)
    for number, page in enumerate(planner.pages.after(_stored_place(event)), start=1):
        planner.settle(page.drafts)
        if not planner.store(page):
            return  # The lease ran out, and somebody else has the event now.
        if number == most_pages:
            leasing.hand_back(event)
            return
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
        using = alias()
        rows = rows_of(self.event, page.drafts)
        cursor: dict[str, object] = {
            "stage": page.place.stage,
            "after": page.place.after,
            "causes": self.causes.as_list(),
        }
        with transaction.atomic(using=using):
            if not leasing.advance(self.event, cursor):
                return False
            Delivery.objects.using(using).bulk_create(rows, ignore_conflicts=True)
        self.nothing_stored = False
        return True

    def finish(self) -> None:
        """Close the event, or leave it for later where something was missing."""
        if self.causes:
            leasing.start_over(self.event, str(self.causes))
        else:
            leasing.finish(self.event, "\n".join(self.routing.notes))
