"""What the service reports."""

from __future__ import annotations

import hmac
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dsn_core import Forged, Linked, Moved, OptedIn, OptedOut, Receipt, Refusal, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsn_core import Webhook

Said = Receipt | OptedOut | OptedIn | Moved | Linked


def read(webhook: Webhook, key: str) -> Iterator[Said]:
    wanted = hmac.new(key.encode(), webhook.url.encode() + webhook.body, "sha256").hexdigest()
    given = webhook.headers.get("x-beacon-signature", "")
    if not key or not hmac.compare_digest(given, wanted):
        raise Forged("X-Beacon-Signature is missing or wrong")
    for news in json.loads(webhook.body):
        yield report(news)


def report(news: dict[str, Any]) -> Said:
    at, number, hill = datetime.fromisoformat(news["at"]), news["number"], news.get("hill", "")
    match news["what"]:
        case "seen":
            return Receipt(provider_id=news["id"], delivered=True, at=at, id=number)
        case "drowned":
            return Receipt(
                provider_id=news["id"],
                delivered=False,
                refusal=Refusal.MESSAGE,
                scope=Scope.ADDRESS,
                code="rain",
                reason="It rained",
                at=at,
                id=number,
            )
        case "tired":
            return OptedOut(address=hill, reason="No more beacons", at=at, id=number)
        case "rested":
            return OptedIn(address=hill, at=at, id=number)
        case "moved":
            return Moved(address=hill, moved_to=news["to"], id=number)
        case _:
            return Linked(token=news["token"], address=hill, id=number)
