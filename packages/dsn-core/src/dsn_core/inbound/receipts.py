"""Receipts: a delivery has arrived, or has not after all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q

from dsn_core import signals
from dsn_core.contract.outcome import Refusal, Scope
from dsn_core.inbound.reading import moment, seconds, text
from dsn_core.models import Backend, Delivery
from dsn_core.models.alias import alias
from dsn_core.plugins.scrubbing import LONGEST_CODE
from dsn_core.records.addresses import bury, forget_soft_failures, note_soft_failure
from dsn_core.records.clock import from_now
from dsn_core.records.holding import held_accounts, hold_account, make_account_wait
from dsn_core.records.transitions import deliveries, move
from dsn_core.states import State

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet
    from django.dispatch import Signal

    from dsn_core.models import InboundReport

SENT = (State.SENT, State.UNKNOWN)
"""What a failing receipt is about. One that has arrived has arrived."""
NOT_ARRIVED = (*SENT, State.FAILED, State.QUEUED, State.HELD)
"""What a good one is about: what waits to be sent, again, need not be."""


def is_good(report: InboundReport) -> bool:
    """Does it say that something has arrived? Many of these are applied together."""
    return report.kind == "receipt" and bool(report.values["delivered"])


def apply_good(receipts: Sequence[InboundReport]) -> list[str | None]:
    """What good receipts of one account did, each; None while nothing is known to be sent."""
    rows = _rows(receipts)
    arrived: dict[int, Delivery] = {}
    outcomes: list[str | None] = []
    for receipt in receipts:
        row = rows.get(_named(receipt))
        if row is None or row.state == State.SENDING:
            outcomes.append(None)
        elif row.state in NOT_ARRIVED and row.pk not in arrived:
            arrived[row.pk] = row
            outcomes.append(State.DELIVERED.value)
        else:
            outcomes.append(_nothing(row))
    if arrived:
        _arrive(receipts[0], arrived)
    return outcomes


def _arrive(receipt: InboundReport, arrived: Mapping[int, Delivery]) -> None:
    reached = deliveries().filter(pk__in=arrived)
    move(reached, State.DELIVERED, among=NOT_ARRIVED, code="", reason="")
    values = {row.address for row in arrived.values() if row.address}
    forget_soft_failures(receipt.messenger, receipt.account, values)
    for row in arrived.values():
        _announce(signals.delivery_confirmed, row)


def apply_bad(receipt: InboundReport) -> str | None:
    """What a receipt did that says that something failed; None as with good ones."""
    row = _rows([receipt]).get(_named(receipt))
    if row is None or row.state == State.SENDING:
        return None
    return _failed(receipt, row)


def _named(receipt: InboundReport) -> tuple[str, str]:
    return ("key" if text(receipt, "key") else "provider_id"), receipt.subject


def _rows(receipts: Sequence[InboundReport]) -> dict[tuple[str, str], Delivery]:
    """The deliveries they are about, by ``_named``; of this account, which may speak of no other's.

    Locked: nobody may claim one between the look and the change.
    """
    first = receipts[0]
    named = [_named(receipt) for receipt in receipts if receipt.subject]
    keys = [subject for name, subject in named if name == "key"]
    ids = [subject for name, subject in named if name == "provider_id"]
    through = Backend.objects.using(alias()).filter(account=first.account)
    mine = Q(account=first.account) | Q(backend_id__in=through.values("pk"))
    theirs = deliveries().filter(mine, messenger=first.messenger)
    found: dict[tuple[str, str], Delivery] = {}
    # Not blank: PostgreSQL believes that of a hundred at most, and reads all rows for more.
    for wanted in (Q(key__in=keys), Q(provider_id__in=ids) & ~Q(provider_id="")):
        # One after the other: no index serves both at once.
        for row in theirs.filter(wanted).order_by("pk").select_for_update():
            found["key", str(row.key)] = found["provider_id", row.provider_id] = row
    return found


def _failed(report: InboundReport, row: Delivery) -> str:
    said = {"code": text(report, "code")[:LONGEST_CODE], "reason": text(report, "reason")}
    if row.state == State.FAILED and said == {"code": row.code, "reason": row.reason}:
        return _nothing(row)
    is_news = bool(move(_only(row), State.FAILED, among=SENT, **said))
    _tell_others(report, row, is_news=is_news)
    if not is_news:
        return _nothing(row)
    _announce(signals.delivery_failed, row)
    return State.FAILED.value


def _only(row: Delivery) -> QuerySet[Delivery]:
    return deliveries().filter(pk=row.pk)


def _nothing(row: Delivery) -> str:
    return f"changed nothing: it is {row.state}"


def _tell_others(report: InboundReport, row: Delivery, *, is_news: bool) -> None:
    """What a failure means for the address or the account."""
    refusal, reason = report.values["refusal"], text(report, "reason") or text(report, "code")
    place = report.messenger, report.account, row.address
    if refusal == Refusal.ACCOUNT.value:
        # It announces what it does, and writes for all workers: after this is on disk.
        transaction.on_commit(lambda: _hold(*place[:2], reason), using=alias(), robust=True)
    elif refusal == Refusal.ADDRESS.value and row.address:
        bury(*place, reason, user_pk=row.user_pk, at=moment(report))
    elif report.values.get("scope") == Scope.ACCOUNT.value and is_news:
        make_account_wait(*place[:2], from_now(seconds(report)), reason)
    elif report.values.get("scope") == Scope.ADDRESS.value and row.address and is_news:
        note_soft_failure(*place, reason)


def _hold(messenger: str, account: str, reason: str) -> None:
    if (messenger, account) not in held_accounts():
        hold_account(messenger, account, reason)


def _announce(signal: Signal, row: Delivery) -> None:
    if signal.has_listeners(Delivery):
        transaction.on_commit(lambda: _send(signal, row), using=alias(), robust=True)


def _send(signal: Signal, row: Delivery) -> None:
    row.refresh_from_db()
    signal.send_robust(sender=Delivery, delivery=row)
