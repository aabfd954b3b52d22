"""A draft: one recipient of one backend, on its way through addresses and gates to a row."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model

    from dsn_core.fanout.routes import Route
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
