"""What the service's answers mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dsn_core import Accepted, Refusal, Refused, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

MEANINGS = {
    "unknown_hill": Refusal.ADDRESS,
    "obscene": Refusal.MESSAGE,
    "unauthorized": Refusal.ACCOUNT,
}


def outcome_of(status: int, headers: Mapping[str, str], said: Any) -> Accepted | Refused:
    if status == 201:
        return Accepted(provider_id=said["id"], detail={"seen_from": said["seen_from"]})
    if status == 429:
        return Refused(
            refusal=Refusal.RETRY,
            code="429",
            reason="Too many beacons",
            retry_after=float(headers.get("Retry-After", 1)),
            scope=Scope.ACCOUNT,
        )
    return Refused(
        refusal=MEANINGS.get(said["code"], Refusal.RETRY),
        code=said["code"],
        reason=said["words"],
        moved_to=said.get("moved_to"),
        opted_out=said["code"] == "no_beacons_please",
    )
