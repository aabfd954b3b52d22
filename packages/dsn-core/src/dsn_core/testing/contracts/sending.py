"""Proofs: a message arrives once, whole, and where it should."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dsn_core.contract.message import Message
from dsn_core.contract.messenger import Overflow
from dsn_core.testing.contracts.faults import demand, does_not_apply, fault
from dsn_core.testing.contracts.proving import Proof
from dsn_core.testing.contracts.words import plain, unique

if TYPE_CHECKING:
    from dsn_core.contract.message import Envelope
    from dsn_core.testing.contracts.stage import Server

SIGNS = {
    "emoji": "Ship it 🚀 👩‍👩‍👧‍👦 🇩🇪",
    "right to left": "מחר בבוקר نراكم غدا",
    "combining signs": "Nguyễn Ärger Žižek",
    "what markup begins with": "1 < 2 & 3 > 2 *now* _here_ `x` [a](b)",
}


class Sending(Proof):
    """What is about messages that the service takes."""

    def test_a_message_arrives_where_it_should(self, server: Server) -> None:
        envelope = self.envelope()
        outcome = self.accepted(server, envelope)
        found = self.found(server, envelope)
        demand(found, f"{self.name} gave {outcome!r}, but the message did not arrive.", "outcomes")
        demand(len(found) == 1, f"{self.name} sent one message {len(found)} times.", "outcomes")
        (one,) = found
        demand(
            one.address == envelope.address,
            f"A message for {envelope.address!r} arrived at {one.address!r}.",
            "batches",
        )
        demand(
            outcome.provider_id == one.id,
            f"The service calls the message {one.id!r}; the provider_id is "
            f"{outcome.provider_id!r}. No receipt would find it.",
            "outcomes",
        )

    def test_the_key_stays_the_same_over_attempts(self, server: Server) -> None:
        first, other = self.envelope(), self.envelope()
        again = replace(first, attempt=2, doubted=True)
        for envelope in (first, again, other):
            self.accepted(server, envelope)
        demand(
            self.found(server, first) and self.found(server, other),
            "Of two messages one did not arrive: had it the key of the other?",
            "keys",
        )
        keys, others = ({one.key for one in self.found(server, each)} for each in (first, other))
        if not any(keys | others):
            demand(
                not self.messenger.idempotent,
                f"{self.name} is said to be idempotent, but hands the service no key.",
                "keys",
            )
            does_not_apply("The service takes no key.")
        demand(
            len(keys) == 1,
            f"Two attempts of one message had the keys {sorted(keys)}: the service cannot tell "
            "that they are one. Use Envelope.key as it is.",
            "keys",
        )
        demand(
            len(self.found(server, first)) == 1 or not self.messenger.idempotent,
            f"{self.name} is said to be idempotent, but the service took one message twice: with "
            "the same key it must drop the second, or nothing keeps people from getting both.",
            "keys",
        )
        demand(
            keys.isdisjoint(others),
            f"Two messages had one key, {sorted(keys & others)}: the service may drop the second.",
            "keys",
        )

    @pytest.mark.parametrize("signs", SIGNS.values(), ids=SIGNS.keys())
    def test_words_arrive_as_they_are(self, server: Server, signs: str) -> None:
        words = f"{unique()} {signs}"
        self.accepted(server, self.envelope(words))
        demand(
            any(words in plain(one.text) for one in self.arrived(server)),
            f"{words!r} arrived as {[one.text for one in self.arrived(server)][-1:]!r}.",
            "words",
        )

    def test_a_text_as_long_as_it_may_be_arrives_whole(self, server: Server) -> None:
        if self.messenger.max_length is None:
            does_not_apply("The messenger has no max_length.")
        text = self._text_of(server, self.messenger.max_length)
        self.accepted(server, self._bare(text))
        demand(
            any(text in plain(one.text) for one in self.arrived(server)),
            f"A text of {self.messenger.max_length}, as max_length allows, did not arrive whole.",
            "lengths",
        )

    def test_a_longer_text_arrives_in_parts(self, server: Server) -> None:
        if self.messenger.max_length is None or self.messenger.overflow is not Overflow.SPLIT:
            does_not_apply("The messenger splits nothing: core fits the text to max_length.")
        limit = self.messenger.max_length
        text = self._text_of(server, limit * 2 + limit // 2)
        before = len(self.arrived(server))
        self.accepted(server, self._bare(text))
        parts = [one.text for one in self.arrived(server)[before:]]
        one = self.made(server)
        words = text.split()
        arrived = [word for word in " ".join(parts).split() if word in words]
        demand(
            arrived == words,
            f"A text of {one.measure(text)} did not arrive whole, in {len(parts)} parts: "
            f"{len(arrived)} of {len(words)} words.",
            "lengths",
        )
        longest = max(map(one.measure, parts))
        demand(longest <= limit, f"A part is {longest} long; {limit} is the limit.", "lengths")

    def test_lengths_are_measured(self, server: Server) -> None:
        one = self.made(server)
        demand(one.measure("") == 0, "An empty text has a length.", "lengths")
        lengths = [one.measure("a" * count) for count in (1, 10, 100)]
        demand(
            lengths == sorted(lengths) and lengths[0] > 0,
            f"Longer texts measure {lengths}: they must not be shorter.",
            "lengths",
        )

    def _bare(self, text: str) -> Envelope:
        return self.envelope(message=Message(text=text))

    def _text_of(self, server: Server, length: int) -> str:
        """Words that measure no more than ``length``, and nearly that."""
        one, words = self.made(server), [unique()]
        step = one.measure(" abcdefghi")
        room = length - one.measure(words[0])
        demand(
            room >= 0,
            f"max_length is {length}. The contract tells its messages apart by words that measure "
            f"{one.measure(words[0])}, and cannot prove a shorter one.",
            "lengths",
        )
        words += ["abcdefghi"] * (room // step)
        text = " ".join(words)
        if one.measure(text) > length:
            fault(f"measure() grows faster than its parts: {one.measure(text)}.", "lengths")
        return text
