"""Reports become rows, each once, before anything is done about them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from dataclasses import fields
from enum import Enum
from typing import TYPE_CHECKING

from django.utils import timezone

from dsn_core.contract.report import Linked, Moved, OptedIn, OptedOut, Receipt
from dsn_core.exceptions import InvalidAddress, InvalidReport
from dsn_core.models import InboundReport
from dsn_core.models.alias import alias
from dsn_core.models.link import hash_token
from dsn_core.records.contending import contend
from dsn_core.records.retrying import wished

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet

    from dsn_core.contract.report import Report
    from dsn_core.inbound.accounts import Source

KINDS: Mapping[type, str] = {
    Receipt: "receipt",
    OptedOut: "opted_out",
    OptedIn: "opted_in",
    Moved: "moved",
    Linked: "linked",
}
"""What a report is called in its row."""
ADDRESSES = ("address", "moved_to")
CHANGING = ("opted_out", "opted_in", "moved")
"""Kinds that may well come again with the same content: somebody changes her mind twice."""
LONGEST_TEXT = 500


def stored() -> QuerySet[InboundReport]:
    """All reports, where DSN's tables are."""
    return InboundReport.objects.using(alias())


def store(source: Source, reports: Iterable[Report]) -> list[InboundReport]:
    """Write those that are new; returns, of all that were given, the rows still to be applied.

    Raises ``InvalidReport`` for what is none, and what the database raises.
    """
    rows = [_row(source, report) for report in reports]
    if not rows:
        return []
    contend(lambda: stored().bulk_create(rows, ignore_conflicts=True))
    mine = stored().filter(messenger=source.key, account=source.account)
    waiting = mine.filter(fingerprint__in={row.fingerprint for row in rows}, applied_at=None)
    return list(waiting.order_by("pk"))


def _row(source: Source, report: Report) -> InboundReport:
    kind = KINDS.get(type(report))
    if kind is None:
        name = type(report).__qualname__
        raise InvalidReport(f"{source.key} gave a {name}; a report is one of {_names()}.")
    values = {field.name: _value(source, report, field.name) for field in fields(report)}
    return InboundReport(
        messenger=source.key,
        account=source.account,
        fingerprint=_fingerprint(kind, values),
        kind=kind,
        subject=_subject(values),
        values=values,
    )


def _subject(values: Mapping[str, object]) -> str:
    """What it speaks of, in the spelling by which that is stored."""
    key = str(values.get("key") or "")
    try:
        return str(uuid.UUID(key)) if key else _first_of(values)
    except ValueError:
        return ""  # It is none of ours.


def _first_of(values: Mapping[str, object]) -> str:
    return str(values.get("provider_id") or values.get("address") or "")


def _names() -> str:
    return ", ".join(kind.__name__ for kind in KINDS)


def _value(source: Source, report: Report, name: str) -> object:
    value: object = getattr(report, name)
    if name == "at":
        return _moment(source, value)
    if isinstance(value, Enum):
        return value.value
    if name == "delivered":
        return bool(value)
    if name == "retry_after":
        return wished(value)
    if name == "token":
        return hash_token(str(value))
    text = source.scrubber.text("" if value is None else value, LONGEST_TEXT)
    return _normalized(source, text) if name in ADDRESSES else text


def _moment(source: Source, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, dt.datetime):
        name = type(value).__qualname__
        raise InvalidReport(f"{source.key} gave a {name} as 'at'; it must be a datetime or None.")
    return (value if timezone.is_aware(value) else timezone.make_aware(value)).isoformat()


def _normalized(source: Source, raw: str) -> str:
    """As the addresses that are stored are written; as it came where that cannot be."""
    try:
        normal = source.messenger.normalize_address(raw)
    except InvalidAddress:
        return raw
    return source.scrubber.text(normal, LONGEST_TEXT)


def _fingerprint(kind: str, values: Mapping[str, object]) -> str:
    """What a repeated report shares with the first. Without an id or time, nothing tells them."""
    said = [kind, values["id"]] if values["id"] else [kind, sorted(values.items(), key=str)]
    if not values["id"] and kind in CHANGING and not values.get("at"):
        said.append(str(uuid.uuid4()))
    return hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()
