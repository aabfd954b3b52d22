"""The admin. Django's autodiscovery finds this package; each page registers itself."""

from __future__ import annotations

from dsn_core.admin.account import AccountStateAdmin
from dsn_core.admin.address import AddressAdmin
from dsn_core.admin.backend import BackendAdmin
from dsn_core.admin.delivery import DeliveryAdmin
from dsn_core.admin.event import EventAdmin
from dsn_core.admin.link import LinkAdmin
from dsn_core.admin.report import InboundReportAdmin
from dsn_core.admin.subscription import SubscriptionAdmin
from dsn_core.admin.template import StoredTemplateAdmin
from dsn_core.admin.trigger import TriggerAdmin

__all__ = [
    "AccountStateAdmin",
    "AddressAdmin",
    "BackendAdmin",
    "DeliveryAdmin",
    "EventAdmin",
    "InboundReportAdmin",
    "LinkAdmin",
    "StoredTemplateAdmin",
    "SubscriptionAdmin",
    "TriggerAdmin",
]
