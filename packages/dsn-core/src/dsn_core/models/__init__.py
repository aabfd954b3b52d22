"""What is stored, under the app label ``dsn``."""

from __future__ import annotations

from dsn_core.models.account import AccountState, AddressSlot
from dsn_core.models.address import Address, InactiveKind
from dsn_core.models.backend import Backend, InDoubt
from dsn_core.models.delivery import Attempt, Delivery
from dsn_core.models.event import Event
from dsn_core.models.link import Link
from dsn_core.models.report import InboundReport
from dsn_core.models.revision import Revision
from dsn_core.models.subscription import Subscription
from dsn_core.models.template import StoredTemplate
from dsn_core.models.trigger import Condition, Match, Trigger

__all__ = [
    "AccountState",
    "Address",
    "AddressSlot",
    "Attempt",
    "Backend",
    "Condition",
    "Delivery",
    "Event",
    "InDoubt",
    "InactiveKind",
    "InboundReport",
    "Link",
    "Match",
    "Revision",
    "StoredTemplate",
    "Subscription",
    "Trigger",
]
