"""Rescues what a worker that died had claimed: by the lease's own end, on the database's clock."""

from __future__ import annotations

from dsn_core.conf import config
from dsn_core.delivery.claiming import SUSPECTS
from dsn_core.models import Backend, InDoubt
from dsn_core.models.alias import alias
from dsn_core.plugins.catalog import catalog
from dsn_core.records.clock import from_now
from dsn_core.records.transitions import deliveries, move, requeue
from dsn_core.states import State

MOST_TOGETHER = 2
"""Whoever is lost at this attempt or a later one goes alone from then on."""
EXPIRED = "lease_expired"
WORDS = "Whoever sent it stopped before saying what became of it."


def rescue() -> int:
    """Give free what nobody works on any more; returns how many deliveries.

    Each may have been sent: it is doubted, or waits for somebody where its backend says so.
    """
    lost = deliveries().filter(state=State.SENDING, lease_until__lt=from_now())
    if not lost.exists():
        return 0
    unleased: dict[str, object] = {"lease": None, "lease_until": None, "doubted": True}
    why: dict[str, object] = {"code": EXPIRED, "reason": WORDS}
    undecided = lost.filter(backend_id__in=_backends_that_hold())
    exhausted = lost.filter(attempts__gte=config().max_attempts)
    among = (State.SENDING,)
    rescued = move(undecided, State.UNKNOWN, among=among, **unleased, **why)
    rescued += move(exhausted, State.FAILED, among=among, **unleased, **why)
    again = lost.filter(attempts__gte=MOST_TOGETHER)
    rescued += requeue(again, among=among, doubted=True, lane=SUSPECTS[0])
    return rescued + requeue(lost, among=among, doubted=True)


def _backends_that_hold() -> list[int]:
    """Those whose messages must not arrive twice, and may: nothing drops a repeat."""
    holding = Backend.objects.using(alias()).filter(in_doubt=InDoubt.HOLD)
    return [pk for pk, key in holding.values_list("pk", "messenger") if not _is_idempotent(key)]


def _is_idempotent(key: str) -> bool:
    offer = catalog().offers["messenger"].get(key)
    return offer is not None and catalog().messenger(key).idempotent
