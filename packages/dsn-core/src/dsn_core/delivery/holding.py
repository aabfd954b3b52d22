"""Accounts that cannot be used: held, with all that goes through them, until something changes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from dsn_core.delivery.clock import from_now
from dsn_core.delivery.contending import contend
from dsn_core.delivery.transitions import deliveries, hold, release
from dsn_core.models import AccountState, Backend
from dsn_core.models.alias import alias
from dsn_core.plugins.accounts import fingerprint
from dsn_core.signals import account_held
from dsn_core.states import HeldBy, State

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from dsn_core.models import Delivery

logger = logging.getLogger("dsn_core.delivery")

LONGEST_REASON = 500


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
    """Use an account again; returns how many deliveries no longer wait for it."""
    states = AccountState.objects.using(alias()).filter(messenger=messenger, account=account)
    free_again(states)
    held = through_account(messenger, account).filter(code=HeldBy.ACCOUNT)
    return release(held)


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
