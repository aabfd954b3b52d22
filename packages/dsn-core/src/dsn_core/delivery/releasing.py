"""Releases what was held once its cause is gone, and cancels what nobody wants any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from dsn_core.models import Backend, Subscription
from dsn_core.models.alias import alias
from dsn_core.plugins.catalog import catalog
from dsn_core.records.clock import from_now
from dsn_core.records.holding import free_changed_accounts, held_accounts
from dsn_core.records.transitions import cancel, deliveries, release
from dsn_core.rendering.words import known_keys
from dsn_core.states import HeldBy, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from django.db.models import QuerySet

    from dsn_core.models import Delivery


def sweep() -> int:
    """Release what has no cause left to wait, and cancel what is off; returns how many moved."""
    free_changed_accounts()
    held = deliveries().filter(state=State.HELD)
    waiting = set(held.order_by().values_list("code", "backend_id").distinct())
    moved = _cancel_switched_off()
    return moved + _release(waiting) if waiting else moved


def _release(waiting: Iterable[tuple[str, int | None]]) -> int:
    held = deliveries().filter(state=State.HELD)
    moved = cancel(
        held.filter(expires_at__lte=from_now()),
        "It was not worth sending any more.",
        code="expired",
    )
    moved += cancel(held.filter(backend=None), "Its backend has been deleted.", code="backend_gone")
    backends = Backend.objects.using(alias()).in_bulk({pk for _, pk in waiting if pk is not None})
    for cause, is_gone in _causes().items():
        ready = [
            pk
            for code, pk in waiting
            if code == cause and pk is not None and pk in backends and is_gone(backends[pk])
        ]
        if ready:
            moved += release(held.filter(code=cause, backend_id__in=ready))
    return moved


def _causes() -> Mapping[str, Callable[[Backend], bool]]:
    """For each cause, whether it is gone for a backend."""
    accounts = held_accounts()
    known = known_keys()
    return {
        HeldBy.PLUGIN.value: lambda backend: backend.messenger in catalog().offers["messenger"],
        HeldBy.TEMPLATE.value: lambda backend: backend.message_template in known,
        HeldBy.OPTIONS.value: _options_fit,
        HeldBy.BACKEND.value: lambda backend: backend.enabled,
        HeldBy.ACCOUNT.value: lambda backend: (backend.messenger, backend.account) not in accounts,
    }


def _options_fit(backend: Backend) -> bool:
    try:
        backend.build_options()
    except (Exception, SystemExit):  # noqa: BLE001  # a plugin's code
        return False
    return True


def _cancel_switched_off() -> int:
    """What waits for a trigger or subscription that is off is not wanted any more."""
    off = Subscription.objects.using(alias()).filter(Q(enabled=False) | Q(trigger__enabled=False))
    pks = list(off.values_list("pk", flat=True))
    return cancel(_waiting().filter(subscription_id__in=pks), OFF, code=OFF_CODE) if pks else 0


def _waiting() -> QuerySet[Delivery]:
    return deliveries().filter(state__in=(State.QUEUED, State.HELD))


OFF = "Its trigger or subscription is switched off."
OFF_CODE = "switched_off"
