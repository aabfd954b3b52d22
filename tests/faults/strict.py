"""A service that counts, and answers 429 to whoever is too fast; and the messenger that uses it.

A test installs the messenger as a distribution of its own, for the processes that it starts.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import time
from collections import defaultdict
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dsn_core.contract.hookspecs import hookimpl
from dsn_core.contract.messenger import Messenger
from dsn_core.contract.outcome import Accepted, Refusal, Refused, Scope
from dsn_core.testing import Answer, HTTPServer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from dsn_core.testing import Call

"""How many messages in how many seconds: over all, to one chat, and to one group."""


class StrictServer(HTTPServer):
    """Counts in windows that slide: what was taken in the last seconds, whenever they begin."""

    def __init__(self, rules: Mapping[str, tuple[int, float]]) -> None:
        super().__init__()
        self.rules = rules
        self.taken: list[tuple[float, str, str]] = []
        self.refused: list[tuple[float, str]] = []
        self._times: dict[str, list[float]] = defaultdict(list)

    def answer(self, call: Call) -> Answer:
        """Take it, or say for how long to wait."""
        given = call.json
        assert isinstance(given, dict)
        key, address = str(given["key"]), str(given["address"])
        for counted, rule in (("", ""), (address, address.partition("-")[0])):
            wait = self._wait(counted, rule, call.at)
            if wait is not None:
                self.refused.append((call.at, rule))
                parameters = {"retry_after": wait, "for": rule}
                return Answer(status=429, json=parameters)
        self._times[""].append(call.at)
        self._times[address].append(call.at)
        self.taken.append((call.at, key, address))
        return Answer(json={"id": len(self.taken)})

    def _wait(self, counted: str, rule: str, now: float) -> float | None:
        if rule not in self.rules:
            return None
        count, period = self.rules[rule]
        recent = [at for at in self._times[counted] if at > now - period]
        return recent[0] + period - now if len(recent) >= count else None

    def most_refused(self, seconds: float) -> int:
        """The most refusals in any so many seconds."""
        times = [at for at, _ in self.refused]
        return max(
            (sum(1 for at in times if first <= at < first + seconds) for first in times), default=0
        )

    def took(self) -> float:
        """Seconds from the first message that was taken to the last."""
        return self.taken[-1][0] - self.taken[0][0]


class Strict(Messenger):
    """Speaks to a ``StrictServer`` and keeps to its rules, as far as ``STRICT_RATE`` says them."""

    key = "strict"
    label = "Strict"
    channel = "chat"
    rate = os.environ.get("STRICT_RATE", "30/second")
    rules = json.loads(os.environ.get("STRICT_ADDRESSES", "{}"))

    def address_rate(self, address):
        return self.rules.get(address.partition("-")[0])

    def __enter__(self):
        self.connection = http.client.HTTPConnection(urlsplit(os.environ["STRICT_URL"]).netloc)
        return self

    def __exit__(self, *_):
        self.connection.close()

    def send(self, envelope):
        if os.environ.get("STRICT_DIES") == envelope.address:
            os.kill(os.getpid(), signal.SIGKILL)
        body = json.dumps({"key": envelope.key, "address": envelope.address})
        self.connection.request("POST", "/", body)
        answer = self.connection.getresponse()
        said = json.loads(answer.read())
        time.sleep(float(os.environ.get("STRICT_TAKES", "0")))
        if answer.status == 200:
            return Accepted(provider_id=f"{os.getpid()}")
        return Refused(
            refusal=Refusal.RETRY,
            code="429",
            reason="Too Many Requests",
            retry_after=said["retry_after"],
            scope=Scope.ADDRESS if said["for"] else Scope.ACCOUNT,
        )


@hookimpl
def dsn_messengers():
    return [Strict]


def install(folder: Path) -> None:
    """Make a distribution in ``folder``, to be put on a process's path."""
    papers = folder / "dsn_strict-1.0.dist-info"
    papers.mkdir()
    (papers / "METADATA").write_text("Metadata-Version: 2.1\nName: dsn-strict\nVersion: 1.0\n")
    (papers / "entry_points.txt").write_text(f"[dsn]\nstrict = {__name__}\n")
