"""A messenger that splits: what the contract asks of its parts, and what it leaves to it."""

from __future__ import annotations

import dataclasses

import pytest

from dsn_core.contract.messenger import Overflow
from tests.core.testing.pigeons import failure, load_guide, run_proof, unload_guide


@pytest.fixture(scope="module")
def contract(tmp_path_factory):
    """The contract of the guide's messenger, which keeps it."""
    yield load_guide(tmp_path_factory.mktemp("guide"))
    unload_guide()


def parts_of(envelope):
    words = envelope.message.text.split()
    return [" ".join(words[start : start + 20]) for start in range(0, len(words), 20)]


def sends_parts(self, envelope, keep=slice(None)):
    for number, part in enumerate(parts_of(envelope)[keep], start=1):
        message = dataclasses.replace(envelope.message, text=f"{number}: {part}")
        one = dataclasses.replace(envelope, message=message, key=f"{envelope.key} {number}")
        outcome = super(type(self), self).send(one)
    return outcome


def test_a_part_may_have_a_number(contract):
    splits = {"send": sends_parts, "overflow": Overflow.SPLIT}
    run_proof(contract, "test_a_longer_text_arrives_in_parts", splits)


def test_a_part_that_is_lost_is_named(contract):
    def send(self, envelope):
        return sends_parts(self, envelope, keep=slice(-1))

    splits = {"send": send, "overflow": Overflow.SPLIT}
    told = failure(contract, "test_a_longer_text_arrives_in_parts", splits)
    assert "did not arrive whole" in told
