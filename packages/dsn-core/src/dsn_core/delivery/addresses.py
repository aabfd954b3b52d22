"""What outcomes say about addresses: one is dead, another has moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from dsn_core.delivery.contending import contend
from dsn_core.delivery.transitions import deliveries
from dsn_core.models import Address, InactiveKind
from dsn_core.models.alias import alias
from dsn_core.states import OPEN, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from dsn_core.models import Delivery

LONGEST_REASON = 500


def addresses() -> QuerySet[Address]:
    """All addresses, where DSN's tables are."""
    return Address.objects.using(alias())


def _rows_of(messenger: str, account: str, value: str) -> QuerySet[Address]:
    return addresses().filter(messenger=messenger, value=value, account__in=("", account))


def inactive_among(rows: Iterable[Delivery]) -> dict[tuple[str, str, str], Address]:
    """The inactive ones among the addresses of ``rows``, by messenger, account and value."""
    values = {row.address for row in rows if row.address}
    if not values:
        return {}
    found = addresses().filter(active=False, value__in=values)
    return {(address.messenger, address.account, address.value): address for address in found}


def bury(row: Delivery, account: str, reason: str) -> None:
    """Never again to this address: its rows become inactive; one is made where there is none."""
    dead = {"active": False, "kind": InactiveKind.DEAD, "reason": reason[:LONGEST_REASON]}
    known = _rows_of(row.messenger, account, row.address)
    if contend(lambda: known.update(**dead)):
        return
    made = Address(
        user_id=cast("int | None", _user_id(row.user_pk)),
        messenger=row.messenger,
        account=account,
        value=row.address,
        **dead,
    )
    addresses().bulk_create([made], ignore_conflicts=True)


def _user_id(user_pk: str) -> object:
    """Her key, where she still exists."""
    if not user_pk:
        return None
    users = get_user_model()._default_manager
    try:
        return users.filter(pk=user_pk).values_list("pk", flat=True).first()
    except (ValueError, TypeError):
        return None


def move_address(messenger: str, account: str, old: str, new: str) -> None:
    """What was at ``old`` is at ``new``: its rows, and all that still waits for it."""
    try:
        with transaction.atomic(using=alias()):
            _rows_of(messenger, account, old).update(value=new)
    except IntegrityError:
        # The new one is there already.
        moved = {"active": False, "kind": InactiveKind.DEAD, "reason": f"It has moved to {new}."}
        _rows_of(messenger, account, old).update(**moved)
    waiting = OPEN - {State.SENDING}
    deliveries().filter(
        state__in=[state.value for state in waiting],
        messenger=messenger,
        account=account,
        address=old,
    ).update(address=new)
