"""What outcomes and reports say about addresses: one is dead, has opted out, or has moved.

A report may come late: what happened before the last one that is known changes nothing.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, cast

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from dsn_core import signals
from dsn_core.conf import config
from dsn_core.models import Address, InactiveKind
from dsn_core.models.alias import alias, from_writer
from dsn_core.records.clock import from_now
from dsn_core.records.contending import contend
from dsn_core.records.transitions import deliveries
from dsn_core.states import OPEN, State, SuppressedBy

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable

    from django.db.models import Model, QuerySet
    from django.dispatch import Signal

    from dsn_core.models import Delivery

LONGEST_REASON = 500
MOST_SOFT_FAILURES = 3
"""So many receipts in a row that say "not now", and an address is taken for dead."""
IN_USE: dict[str, object] = {"active": True, "kind": "", "reason": "", "soft_failures": 0}


def addresses() -> QuerySet[Address]:
    """All addresses, where DSN's tables are."""
    return Address.objects.using(alias())


def rows_of(messenger: str, account: str, value: str) -> QuerySet[Address]:
    """The rows of one address, whoever's, of which this account may speak.

    One for all accounts is among them only where there is no other account: who blocks one bot
    has not blocked another.
    """
    return _rows_of(messenger, account).filter(value=value)


def _rows_of(messenger: str, account: str) -> QuerySet[Address]:
    others = set(config().messengers.get(messenger, {})) - {account}
    mine = (account,) if others else ("", account)
    return addresses().filter(messenger=messenger, account__in=mine)


def is_strangers(messenger: str, account: str, value: str) -> bool:
    """Whether no user has a row of this address, and nothing speaks against it either."""
    known = addresses().filter(messenger=messenger, account__in=("", account), value=value)
    return not known.exclude(user=None, active=True).exists()


def inactive_among(rows: Iterable[Delivery]) -> dict[tuple[str, str, str], Address]:
    """The inactive ones among the addresses of ``rows``, by messenger, account and value."""
    places = {(row.messenger, row.address) for row in rows if row.address}
    if not places:
        return {}
    # The messengers too, by which the index begins.
    messengers, values = (set(part) for part in zip(*places, strict=True))
    found = addresses().filter(active=False, messenger__in=messengers, value__in=values)
    return {(address.messenger, address.account, address.value): address for address in found}


def why_not(address: Address) -> SuppressedBy:
    """The code of what is not sent to an inactive address. One without a kind is taken for dead."""
    opted_out = address.kind == InactiveKind.OPTED_OUT
    return SuppressedBy.OPTED_OUT if opted_out else SuppressedBy.DEAD


def bury(
    messenger: str,
    account: str,
    value: str,
    reason: str,
    *,
    opted_out: bool = False,
    user_pk: str = "",
    at: dt.datetime | None = None,
) -> bool:
    """Never again to this address: its rows become inactive; one is made where there is none.

    ``opted_out``: because the person there wants no more. Returns whether that was news.
    """
    kind = InactiveKind.OPTED_OUT if opted_out else InactiveKind.DEAD
    off = {"active": False, "kind": kind, "reason": reason[:LONGEST_REASON]}
    known = rows_of(messenger, account, value)
    # Who wants no more still wants no more when the address is dead, too.
    as_it_is = Q(active=False, kind=kind) if opted_out else Q(active=False)
    if _update(known, at):
        is_news = bool(_update(known.exclude(as_it_is), at, **off))
    else:
        is_news = not known.exists()
        if is_news:
            _make(messenger, account, value, user_pk, reported_at=at or from_now(), **off)
    if is_news:
        signal = signals.address_opted_out if opted_out else signals.address_dead
        _announce(signal, messenger, account, value, reason=reason)
    return is_news


def reopen(
    messenger: str, account: str, value: str, reason: str = "", *, at: dt.datetime | None = None
) -> bool:
    """Use an address again that was dead or had opted out. Returns whether there was one."""
    known = rows_of(messenger, account, value)
    if not _update(known, at):
        if at is not None and not known.exists():
            # Noted, for an older report that comes later.
            _make(messenger, account, value, "", reported_at=at, **IN_USE)
        return False
    is_news = bool(_update(known.filter(active=False), at, **IN_USE))
    if is_news:
        _announce(signals.address_opted_in, messenger, account, value, reason=reason)
    return is_news


def note_soft_failure(messenger: str, account: str, value: str, reason: str) -> None:
    """Count a receipt that says "not now"; after a few in a row the address is taken for dead."""
    known = rows_of(messenger, account, value)
    if not contend(lambda: known.update(soft_failures=F("soft_failures") + 1)):
        _make(messenger, account, value, "", soft_failures=1)
    if known.filter(active=True, soft_failures__gte=MOST_SOFT_FAILURES).exists():
        bury(messenger, account, value, f"Refused {MOST_SOFT_FAILURES} times in a row: {reason}")


def forget_soft_failures(messenger: str, account: str, values: Collection[str]) -> None:
    """Something has arrived at each of these."""
    counted = _rows_of(messenger, account).filter(value__in=values, soft_failures__gt=0)
    contend(lambda: counted.update(soft_failures=0))


def move_address(messenger: str, account: str, old: str, new: str) -> None:
    """What was at ``old`` is at ``new``: its rows, and all that still waits for it."""
    # Wherever it is known by this account: it is nowhere reached at the old one any more.
    rows = addresses().filter(messenger=messenger, account__in=("", account))
    taken = set(rows.filter(value=new).values_list("user_id", "account"))
    leaving = list(rows.filter(value=old).values_list("pk", "user_id", "account"))
    double = [pk for pk, *owner in leaving if tuple(owner) in taken]

    def rename() -> None:
        with transaction.atomic(using=alias()):
            rows.filter(value=old).exclude(pk__in=double).update(value=new)

    # Where somebody has just written the new one, the rest is left behind with the doubles.
    with suppress(IntegrityError):
        contend(rename)
    reason = f"It has moved to {new}."[:LONGEST_REASON]
    moved = {"active": False, "kind": InactiveKind.DEAD, "reason": reason}
    contend(lambda: rows.filter(value=old, active=True).update(**moved))
    waiting = deliveries().filter(
        state__in=[state.value for state in OPEN - {State.SENDING}],
        messenger=messenger,
        account=account,
        address=old,
    )
    contend(lambda: waiting.update(address=new))
    _announce(signals.address_moved, messenger, account, old, moved_to=new)


def link(user: Model, messenger: str, account: str, value: str) -> None:
    """``user`` is reached at this address, which she has shown to be hers."""
    rows_of(messenger, account, value).filter(active=False).update(**IN_USE)
    owner = {"user_id": user.pk, "messenger": messenger, "value": value}
    hers = addresses().filter(**owner, account__in=("", account), active=True)
    if not hers.update(verified_at=from_now()):
        addresses().update_or_create(
            **owner, account=account, defaults={"verified_at": from_now(), **IN_USE}
        )
    _announce(signals.address_linked, messenger, account, value, user=user)


def _update(rows: QuerySet[Address], at: dt.datetime | None, **values: object) -> int:
    """Change those of ``rows`` of which nothing newer is known, and note when that was."""
    if at is not None:
        rows = rows.filter(Q(reported_at=None) | Q(reported_at__lte=at))
    return contend(lambda: rows.update(reported_at=at or from_now(), **values))


def _make(messenger: str, account: str, value: str, user_pk: str, **values: object) -> None:
    made = Address(
        user_id=cast("int | None", _user_id(user_pk)),
        messenger=messenger,
        account=account,
        value=value,
        **values,
    )
    contend(lambda: addresses().bulk_create([made], ignore_conflicts=True))


def _user_id(user_pk: str) -> object:
    """Her key, where she still exists."""
    if not user_pk:
        return None
    users = from_writer(get_user_model()._default_manager.all())
    try:
        return users.filter(pk=user_pk).values_list("pk", flat=True).first()
    except (ValueError, TypeError):
        return None


def _announce(signal: Signal, messenger: str, account: str, value: str, **said: object) -> None:
    """Once it is on disk."""
    told = {"messenger": messenger, "account": account, "address": value, **said}
    transaction.on_commit(
        lambda: signal.send_robust(sender=Address, **told), using=alias(), robust=True
    )
