"""A server that speaks the service's protocol, for the tests of whoever uses it."""

from __future__ import annotations

from typing import Any

from dsn_core.testing import Answer, Call, HTTPServer


class BeaconServer(HTTPServer):
    """Knows one token, and no hill whose name begins with "lost"."""

    token = "bt-right"

    def answer(self, call: Call) -> Answer:
        if call.headers.get("authorization") != f"Bearer {self.token}":
            return Answer(status=401, json={"code": "unauthorized", "words": "Who are you?"})
        if self.beacons[-1]["hill"].startswith("lost"):
            return Answer(status=422, json={"code": "unknown_hill", "words": "There is none"})
        return Answer(status=201, json={"id": f"b-{len(self.calls)}", "seen_from": 3})

    @property
    def beacons(self) -> list[dict[str, Any]]:
        """What was asked for, oldest first."""
        return [call.json for call in self.calls if isinstance(call.json, dict)]
