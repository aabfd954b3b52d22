"""Accounts that cannot be used: held, with all that goes through them, until something changes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db.models import Case, F, Q, Value, When

from dsn_core.models import AccountState, AddressSlot, Backend
from dsn_core.models.alias import alias
from dsn_core.plugins.accounts import fingerprint
from dsn_core.records.clock import from_now
from dsn_core.records.contending import contend
from dsn_core.records.transitions import deliveries, hold, release
from dsn_core.signals import account_held
from dsn_core.states import PACED, HeldBy, State

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from dsn_core.models import Delivery
    from dsn_core.records.clock import Moment

logger = logging.getLogger("dsn_core.delivery")

LONGEST_REASON = 500
UNEXPLAINED = "It gave no reason."
"""What a service is taken to say that wants an account to wait and does not say why."""


def hold_account(messenger: str, account: str, reason: str) -> int:
    """Hold an account and all that is queued for it; returns how many deliveries wait.

    It is held until its settings change, or somebody releases it.
    """
    held = {
        "held_since": from_now(),
        "reason": reason[:LONGEST_REASON],
        "fingerprint": fingerprint(messenger, account),
    }
    contend(
        lambda: AccountState.objects.using(alias()).update_or_create(
            messenger=messenger, account=account, defaults=held
        )
    )
    waiting = hold(through_account(messenger, account), HeldBy.ACCOUNT, reason)
    logger.warning("The account %r of %s is held: %s", account, messenger, reason)
    account_held.send_robust(
        sender=AccountState, messenger=messenger, account=account, reason=reason
    )
    return waiting


def release_account(messenger: str, account: str) -> int:
    """Use an account again, now; returns how many deliveries are no longer held for it.

    What waits for its time goes too: that of the account, or of an address of it.
    """
    states = AccountState.objects.using(alias()).filter(messenger=messenger, account=account)
    free_again(states)
    contend(lambda: states.update(next_slot=None, reason=""))
    _forget_times(messenger, account)
    held = through_account(messenger, account).filter(code=HeldBy.ACCOUNT)
    return release(held)


def _forget_times(messenger: str, account: str) -> None:
    slots = AddressSlot.objects.using(alias()).filter(messenger=messenger, account=account)
    contend(slots.delete)
    planned = through_account(messenger, account).filter(state=State.QUEUED, code=PACED)
    contend(lambda: planned.update(next_at=from_now(), code="", reason=""))


def free_again(states: QuerySet[AccountState]) -> int:
    """Note that these accounts are held no longer."""
    return contend(
        lambda: states.filter(held_since__isnull=False).update(
            held_since=None, reason="", fingerprint=""
        )
    )


def held_accounts() -> dict[tuple[str, str], AccountState]:
    """Every account that is held, by its messenger's key and its name."""
    states = AccountState.objects.using(alias()).filter(held_since__isnull=False)
    return {(state.messenger, state.account): state for state in states}


def free_changed_accounts() -> None:
    """Use those accounts again whose settings have changed since they were held."""
    changed = [
        state.pk
        for state in held_accounts().values()
        if state.fingerprint != fingerprint(state.messenger, state.account)
    ]
    if changed:
        free_again(AccountState.objects.using(alias()).filter(pk__in=changed))


def through_account(messenger: str, account: str) -> QuerySet[Delivery]:
    """Deliveries whose backend goes through this account today."""
    backends = Backend.objects.using(alias()).filter(messenger=messenger, account=account)
    return deliveries().filter(backend_id__in=list(backends.values_list("pk", flat=True)))


def postpone(rows: QuerySet[Delivery], until: object) -> int:
    """Let those that are queued wait until then at least."""
    early = rows.filter(state=State.QUEUED, next_at__lt=until)
    return contend(lambda: early.update(next_at=until))


def make_account_wait(messenger: str, account: str, until: Moment, reason: str) -> None:
    """Let nothing go through this account before then, whoever works and whatever is queued.

    The service has said so, be it without a ``reason``: only our own pace keeps none.
    """
    said = (reason or UNEXPLAINED)[:LONGEST_REASON]
    words = Case(When(held_since__isnull=True, then=Value(said)), default=F("reason"))
    states = AccountState.objects.using(alias())
    earlier = Q(next_slot__isnull=True) | Q(next_slot__lt=until)
    mine = states.filter(earlier, messenger=messenger, account=account)
    if not mine.update(next_slot=until, reason=words):
        made = AccountState(messenger=messenger, account=account)
        states.bulk_create([made], ignore_conflicts=True)
        # Also where somebody else, who knows nothing of the wait, has just made it.
        mine.update(next_slot=until, reason=words)
