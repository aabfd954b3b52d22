"""Proofs: whatever the service answers, or does not, is said as it is and in time."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from dsn_core.contract.outcome import Accepted, Refusal, Refused
from dsn_core.testing.contracts.faults import demand, does_not_apply, fault
from dsn_core.testing.contracts.proving import Proof
from dsn_core.testing.contracts.results import Raised
from dsn_core.testing.http_server import Answer

if TYPE_CHECKING:
    import pytest

    from dsn_core.testing.contracts.stage import Server

NONE = "none is named"
DELAY = "retry-after"


class Refusing(Proof):
    """What is about messages that the service does not take."""

    def test_throttling_is_kept_to(self, server: Server) -> None:
        if self.throttled is None:
            does_not_apply("The service never asks to slow down.")
        self.say(server, self.throttled)
        refused = self.refused(server, "the service asked to slow down")
        demand(
            refused.refusal is Refusal.RETRY,
            f'"Not so fast" became {refused!r}: it means RETRY.',
            "throttling",
        )
        demand(
            refused.scope is self.throttled_scope,
            f"Who must wait is {refused.scope}; the service means {self.throttled_scope}.",
            "throttling",
        )
        if self.retry_after is not None:
            waits = refused.retry_after
            demand(
                waits is not None and abs(waits - self.retry_after) <= 1,
                f"The service asked for {self.retry_after:g} seconds; retry_after is {waits!r}.",
                "retry-after",
            )

    def test_a_delay_that_is_no_number_stops_nothing(self, server: Server) -> None:
        """What stands between the service and us may write its own ``Retry-After``, or none."""
        reply = self.throttled
        if not isinstance(reply, Answer) or DELAY not in map(str.lower, reply.headers):
            does_not_apply("The service sends no Retry-After.")
        rest = {name: value for name, value in reply.headers.items() if name.lower() != DELAY}
        for delay in ({}, {DELAY: "soon"}, {DELAY: "Wed, 21 Oct 2015 07:28:00 GMT"}):
            self.say(server, replace(reply, headers={**rest, **delay}))
            refused = self.refused(server, f"the service asked to slow down ({delay})")
            demand(
                refused.refusal is Refusal.RETRY,
                f'"Not so fast" with {delay or "no Retry-After"} became {refused!r}: it means '
                "RETRY; where the delay cannot be read, leave retry_after at None.",
                "retry-after",
            )

    def test_a_refusal_is_said_as_what_it_means(self, server: Server, case: str) -> None:
        if self.refusals is None:
            does_not_apply("The service refuses nothing.")
        reply, meant, *waiting = self.refusals[case]
        self.say(server, reply)
        refused = self.refused(server, f"the service refused ({case})")
        demand(
            refused.refusal is meant,
            f"{case} means {meant}; {self.name} gave {refused!r}.",
            "refusals",
        )
        for scope in waiting:
            demand(
                refused.scope is scope,
                f"After {case}, who must wait is {scope}; {self.name} says {refused.scope}.",
                "throttling",
            )
        demand(refused.code, f"The refusal of {case} has no code.", "refusals")
        demand(refused.reason.strip(), f"The refusal of {case} has no reason.", "refusals")

    def test_silence_ends_in_doubt(self, server: Server) -> None:
        if self.hangs is None:
            does_not_apply("There is no service that could keep silent.")
        self.say(server, self.hangs)
        begun = time.monotonic()
        refused = self.refused(server, "the service kept silent")
        took, timeout = time.monotonic() - begun, self.account(server).get("timeout")
        demand(
            not isinstance(timeout, (int, float)) or took <= 3 * timeout + 1,
            f"The account's timeout is {timeout} seconds, and {self.name} waited {took:.1f}.",
            "timeouts",
        )
        demand(
            refused.refusal is Refusal.IN_DOUBT,
            f"The service was asked and kept silent: it may have been sent. {self.name} gave "
            f"{refused!r}, which is not IN_DOUBT.",
            "timeouts",
        )

    def test_an_answer_that_drips_in_ends(self, server: Server) -> None:
        if self.drips is None:
            does_not_apply("Nothing says how an answer drips in: drips = DRIP proves that it ends.")
        self.say(server, self.drips)
        refused = self.refused(server, "the answer came letter by letter, without end")
        demand(
            refused.refusal is Refusal.IN_DOUBT,
            f"The answer came letter by letter: it may have been sent. {self.name} gave "
            f"{refused!r}, which is not IN_DOUBT.",
            "timeouts",
        )

    def test_a_connection_that_breaks_ends_in_doubt(self, server: Server) -> None:
        if self.drops is None:
            does_not_apply("There is no connection that could break.")
        self.say(server, self.drops)
        outcome = self.outcome(server)
        if isinstance(outcome, Accepted):
            demand(
                self.messenger.idempotent,
                f"The connection broke after the message was handed over, and {self.name} sent it "
                "again: it may have arrived twice. Give IN_DOUBT; core knows what is wanted then.",
                "timeouts",
            )
            return
        demand(
            outcome.refusal is Refusal.IN_DOUBT,
            f"The connection broke after the message was handed over, and {self.name} gave "
            f"{outcome!r}, which is not IN_DOUBT.",
            "timeouts",
        )

    def test_an_answer_that_nobody_can_read_is_no_acceptance(self, server: Server) -> None:
        if self.unreadable is None:
            does_not_apply("The service says nothing that must be read.")
        self.say(server, self.unreadable)
        refused = self.refused(server, "nobody can read what the service said")
        demand(
            refused.refusal is Refusal.IN_DOUBT,
            f"An unreadable answer became {refused!r}: it may have been sent, so it is IN_DOUBT.",
            "timeouts",
        )

    def test_a_service_that_is_away_is_tried_later(self, server: Server) -> None:
        if not self.may_be_away:
            does_not_apply("There is no service that could be away.")
        one = self.made(server)
        self.stop(server)
        entered, *_ = self.results(server, self.envelope(), messenger=one) or [None]
        if isinstance(entered, Raised) and entered.place == "__enter__":
            return  # It may raise there: nothing was sent, and core tries the batch later.
        outcome = self.outcome(server, messenger=one)
        if not isinstance(outcome, Refused):
            fault(f"The service is away, and {self.name} gave {outcome!r}.", "timeouts")
        demand(
            outcome.refusal is Refusal.RETRY,
            f"The service is away, and {self.name} gave {outcome!r}. It was not asked: RETRY.",
            "timeouts",
        )

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each of ``refusals``."""
        if "case" in metafunc.fixturenames:
            metafunc.parametrize("case", list(self.refusals or {}) or [NONE])
