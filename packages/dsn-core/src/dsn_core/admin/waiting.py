"""Why a queued delivery does not go: its account or its address waits, or nobody comes by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext

from dsn_core.admin.words import moment
from dsn_core.conf import INLINE, config
from dsn_core.models import AccountState, AddressSlot, Delivery
from dsn_core.states import State

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet

LONG = "DATETIME_FORMAT"


def with_accounts(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """``rows`` with what ``account_waits`` and ``address_waits`` show of each, and its account."""
    account = {"messenger": OuterRef("backend__messenger"), "account": OuterRef("backend__account")}
    states = AccountState.objects.filter(**account)
    slots = AddressSlot.objects.filter(**account, address=OuterRef("address"))
    return rows.annotate(
        account_pk=Subquery(states.values("pk")[:1]),
        account_until=Subquery(states.values("next_slot")[:1]),
        account_because=Subquery(states.values("reason")[:1]),
        address_until=Subquery(slots.values("next_slot")[:1]),
    )


def account_waits(row: Delivery) -> str:
    """Until when its account waits, and why; empty where it does not. For ``with_accounts``."""
    until: dt.datetime | None = getattr(row, "account_until", None)
    if row.state != State.QUEUED or until is None or until <= timezone.now():
        return ""
    words = gettext("its account waits until %(until)s") % {"until": moment(until, LONG)}
    because: str | None = getattr(row, "account_because", None)
    return f"{words}: {because}" if because else words


def address_waits(row: Delivery) -> str:
    """Until when its address waits; empty where it does not. For ``with_accounts``."""
    until: dt.datetime | None = getattr(row, "address_until", None)
    if row.state != State.QUEUED or until is None or until <= timezone.now():
        return ""
    return gettext("its address waits until %(until)s") % {"until": moment(until, LONG)}


def is_due(row: Delivery) -> str:
    """That nothing holds it back and still nobody sends it: no worker is meant to run."""
    now = timezone.now()
    if row.state != State.QUEUED or row.next_at > now or config().engine != INLINE:
        return ""
    if account_waits(row) or address_waits(row):
        return ""
    return gettext("Due: it goes with the next event, or run dsn_worker.")
