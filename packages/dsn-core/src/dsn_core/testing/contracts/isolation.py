"""Proofs: one instance per thread is enough, and a forked process begins anew."""

from __future__ import annotations

import locale
import logging
import os
import signal
import socket
import threading
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from dsn_core.contract.outcome import Accepted
from dsn_core.testing.contracts.faults import demand, does_not_apply, fault
from dsn_core.testing.contracts.proving import Proof
from dsn_core.testing.contracts.results import Raised

if TYPE_CHECKING:
    from dsn_core.contract.message import Envelope
    from dsn_core.contract.messenger import Messenger
    from dsn_core.testing.contracts.stage import Server

THREADS = 4
EACH = 5


class Isolation(Proof):
    """What is about threads and processes."""

    def test_instances_in_threads_do_not_disturb_one_another(self, server: Server) -> None:
        batches = [
            [self.envelope(address=self.address(number)) for _ in range(EACH)]
            for number in range(THREADS)
        ]
        results: dict[int, list[object]] = {}

        def send(number: int) -> None:
            try:
                results[number] = self.results(server, *batches[number])
            except BaseException as error:  # noqa: BLE001  # also what pytest raises
                results[number] = [Raised(error)]

        threads = [threading.Thread(target=send, args=(number,)) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(self.patience * 2)
        for number, batch in enumerate(batches):
            given = results.get(number, [])
            demand(
                len(given) == EACH and all(isinstance(one, Accepted) for one in given),
                f"With {THREADS} threads sending, one of them was given {given!r}.",
                "threads",
            )
            for envelope in batch:
                places = [one.address for one in self.found(server, envelope)]
                demand(
                    places == [envelope.address],
                    f"With {THREADS} threads sending, a message for {envelope.address!r} arrived "
                    f"at {places!r}.",
                    "threads",
                )

    def test_two_accounts_stay_apart(self, server: Server) -> None:
        start = type(self).server_type
        if start is None:
            does_not_apply("The class has no server_type by which a second service could start.")
        with start() as other:
            if self.account(server) == self.account(other):
                does_not_apply("Both services have one account.")
            for here, there in ((server, other), (other, server), (server, other)):
                envelope = self.envelope()
                given = self.results(here, envelope)
                demand(
                    self.found(here, envelope) and not self.found(there, envelope),
                    f"Two accounts sent in turn. {self.name} gave {given!r}, and the message is "
                    "not where its own account sends: instances share what was made for one of "
                    "them. Keep a client on the instance, or one for each account.",
                    "threads",
                )

    def test_the_process_is_left_as_it_was(self, server: Server) -> None:
        before = _process()
        self.accepted(server)
        for name, value in _process().items():
            demand(
                value == before[name],
                f"{self.name} changed {name}, for all that runs in this process.",
                "threads",
            )

    def test_a_forked_process_sends_too(self, server: Server) -> None:
        if not hasattr(os, "fork"):
            does_not_apply("This system does not fork.")
        messenger = self.made(server)
        first, second, third = (self.envelope() for _ in range(3))
        self._sends(server, messenger, first, "before a fork")
        child = _fork()
        if child == 0:
            code = 1
            try:
                outcome = self.outcome(server, second)
                code = 0 if isinstance(outcome, Accepted) else 2
            finally:
                os._exit(code)
        ended = _awaited(child, self.patience + 5)
        demand(ended is not None, f"{self.name} hung in a forked process.", "forks")
        demand(ended == 0, f"{self.name} could not send in a forked process.", "forks")
        self._sends(server, messenger, third, "after a fork")
        for envelope, when in ((first, "before"), (second, "in"), (third, "after")):
            demand(
                len(self.found(server, envelope)) == 1,
                f"A message that was sent {when} a forked process arrived "
                f"{len(self.found(server, envelope))} times.",
                "forks",
            )

    def _sends(self, server: Server, one: Messenger, envelope: Envelope, when: str) -> None:
        outcome = self.outcome(server, envelope, messenger=one)
        if not isinstance(outcome, Accepted):
            fault(f"{self.name} gave {outcome!r} {when}.", "forks")


def _process() -> dict[str, object]:
    """What a whole process has once, by its name."""
    return {
        "socket.setdefaulttimeout": socket.getdefaulttimeout(),
        "socket.socket": socket.socket,
        "os.environ": {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"},
        "the working directory": Path.cwd(),
        "the level of the root logger": logging.getLogger().level,
        "the locale": locale.setlocale(locale.LC_ALL),
    }


def _fork() -> int:
    with warnings.catch_warnings():
        # A worker forks where it has threads, and so do we: that is what is to be proved.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _awaited(child: int, seconds: float) -> int | None:
    """Its exit code; None where it had to be killed."""
    over = time.monotonic() + seconds
    while time.monotonic() < over:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None
