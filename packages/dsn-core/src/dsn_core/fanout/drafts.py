"""A draft: one recipient of one backend, on its way through addresses and gates to a row."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone

from dsn_core.models.delivery import Delivery
from dsn_core.plugins.scrubbing import storable
from dsn_core.states import State

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.db.models import Model

    from dsn_core.fanout.routes import Route
    from dsn_core.models.event import Event
    from dsn_core.models.subscription import Subscription

LONGEST_KEY = 255
LONGEST_ADDRESS = 500
PUBLIC = "public"
"""The recipient key of a message that is for everybody."""


@dataclass(slots=True, kw_only=True)
class Draft:
    """What is known so far. A ``code`` suppresses it; one that is left out gets no row yet.

    ``raw`` is the address as it was found, ``address`` as its messenger writes it.
    """

    route: Route
    subscription: Subscription
    recipient_key: str
    user: Model | None = None
    is_excluded: bool = False
    raw: str = ""
    address: str = ""
    code: str = ""
    reason: str = ""
    until: datetime | None = None
    left_out: bool = False

    def suppress(self, code: str, reason: str = "") -> None:
        """It will not be sent."""
        self.code, self.reason = code, reason

    @property
    def passes(self) -> bool:
        """Nothing speaks against it so far."""
        return not self.code and not self.left_out


def fitting_key(key: str) -> str:
    """``key`` where the column holds it, else its hash, under the same prefix."""
    if len(key) <= LONGEST_KEY:
        return key
    return f"{key.partition(':')[0]}:{hashlib.sha256(key.encode()).hexdigest()}"


def rows_of(event: Event, drafts: Iterable[Draft]) -> list[Delivery]:
    """The deliveries to be stored."""
    now = timezone.now()
    return [_row(event, draft, now) for draft in drafts if not draft.left_out]


def _row(event: Event, draft: Draft, now: datetime) -> Delivery:
    backend, expires_after = draft.route.backend, draft.subscription.trigger.expires_after
    return Delivery(
        event_id=event.pk,
        subscription_id=draft.subscription.pk,
        backend_id=backend.pk,
        messenger=backend.messenger,
        account=backend.account,
        user_pk="" if draft.user is None else str(draft.user.pk),
        address=draft.address[:LONGEST_ADDRESS],
        recipient_key=draft.recipient_key,
        state=State.SUPPRESSED if draft.code else State.QUEUED,
        next_at=draft.until or now,
        expires_at=event.captured_at + expires_after if expires_after else None,
        code=draft.code,
        reason=storable(draft.reason),
        created_at=now,
        finished_at=now if draft.code else None,
    )
