"""Proofs: each message of a batch goes its own way, and its outcome stands in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core.contract.messenger import Messenger
from dsn_core.contract.outcome import Accepted, Refusal, Refused
from dsn_core.testing.contracts.faults import demand, does_not_apply
from dsn_core.testing.contracts.proving import Proof

if TYPE_CHECKING:
    from dsn_core.testing.contracts.stage import Server

LARGEST = 100
"""As many as core hands over at once."""


class Batching(Proof):
    """What is about several messages at once."""

    def test_each_message_of_a_batch_arrives_at_its_own_address(self, server: Server) -> None:
        envelopes = [self.envelope(address=self.address(number)) for number in range(6)]
        results = self.results(server, *envelopes)
        demand(
            len(results) == len(envelopes) and all(isinstance(one, Accepted) for one in results),
            f"For a batch of six that the service takes {self.name} gave {results!r}.",
            "batches",
        )
        for envelope in envelopes:
            places = [one.address for one in self.found(server, envelope)]
            demand(
                places == [envelope.address],
                f"In a batch, the message for {envelope.address!r} arrived at {places!r}.",
                "batches",
            )

    def test_the_largest_batch_has_no_lost_end(self, server: Server) -> None:
        if self.messenger.send_many is Messenger.send_many:
            does_not_apply("The messenger sends one by one, as send_many of core does.")
        envelopes = [self.envelope(address=self.address(number)) for number in range(LARGEST)]
        before = len(self.arrived(server))
        results = self.results(server, *envelopes)
        taken = [one for one in results if isinstance(one, Accepted)]
        arrived = len(self.arrived(server)) - before
        demand(
            len(results) == len(taken) == arrived == LARGEST,
            f"Of a batch of {LARGEST}, as many as core hands over, {arrived} arrived; {self.name} "
            f"gave {len(results)} outcomes, {len(taken)} of them Accepted. Where the service "
            "takes fewer at once, ask it several times.",
            "batches",
        )

    def test_outcomes_come_in_the_order_of_the_batch(self, server: Server) -> None:
        envelopes = [self.envelope(address=self.address(number)) for number in range(5)]
        results = self.results(server, *envelopes)
        demand(len(results) == len(envelopes), f"{self.name} gave {results!r} for five.", "order")
        for envelope, outcome in zip(envelopes, results, strict=True):
            ids = [one.id for one in self.found(server, envelope)]
            demand(
                isinstance(outcome, Accepted) and ids == [outcome.provider_id],
                f"The outcome {outcome!r} stands where that of {ids!r} belongs: outcomes come in "
                "the order of the envelopes.",
                "order",
            )

    def test_a_refusal_within_a_batch_is_told_in_its_place(self, server: Server) -> None:
        """One that is about this message alone: after another a messenger may ask no more."""
        alone = (Refusal.ADDRESS, Refusal.MESSAGE)
        replies = [reply for reply, meant, *_ in (self.refusals or {}).values() if meant in alone]
        if not replies:
            does_not_apply("The class names no refusal of a single message or address.")
        envelopes = [self.envelope(address=self.address(number)) for number in range(3)]
        self.say(server, replies[0], about=envelopes[0])
        results = self.results(server, *envelopes)
        kinds = [type(one) for one in results]
        demand(
            kinds == [Refused, Accepted, Accepted],
            f"The first of three was refused, and {self.name} gave {results!r}.",
            "order",
        )
        arrived = [len(self.found(server, envelope)) for envelope in envelopes]
        demand(
            arrived == [0, 1, 1],
            f"The first of three was refused; of each arrived {arrived!r}.",
            "batches",
        )
