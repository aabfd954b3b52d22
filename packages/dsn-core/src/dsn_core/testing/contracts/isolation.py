"""Proofs: one instance per thread is enough, and a forked process begins anew."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from typing import TYPE_CHECKING

from dsn_core.contract.outcome import Accepted
from dsn_core.testing.contracts.faults import demand, does_not_apply, fault
from dsn_core.testing.contracts.proving import Proof, Raised

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
                (outcome, *_) = self.results(server, second)
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
        (outcome, *_) = self.results(server, envelope, messenger=one)
        if not isinstance(outcome, Accepted):
            fault(f"{self.name} gave {outcome!r} {when}.", "forks")


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
