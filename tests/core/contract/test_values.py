"""The values of the contract: frozen, slotted, keyword-only."""

from __future__ import annotations

import dataclasses
import inspect

import pytest

import dsn_core
from dsn_core import Accepted, Envelope, Message, Refusal, Refused, Scope

VALUES = [
    value
    for name in dsn_core.__all__
    if inspect.isclass(value := getattr(dsn_core, name))
    and dataclasses.is_dataclass(value)
    and name != "Fields"
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.__name__)
def test_a_value_is_frozen_slotted_and_keyword_only(value: type):
    assert value.__dataclass_params__.frozen  # type: ignore[attr-defined]  # every dataclass has it
    assert "__slots__" in vars(value)
    kinds = {parameter.kind for parameter in inspect.signature(value).parameters.values()}
    assert kinds <= {inspect.Parameter.KEYWORD_ONLY}


def test_there_are_as_many_values_as_the_contract_says():
    assert len(VALUES) == 20


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.__name__)
def test_a_value_names_no_any(value: type):
    for field in dataclasses.fields(value):
        assert "Any" not in str(field.type)


def test_an_acceptance_needs_only_the_providers_id():
    assert Accepted(provider_id="1") == Accepted(
        provider_id="1", delivered=False, moved_to=None, detail={}
    )


def test_a_refusal_makes_only_its_own_message_wait_unless_it_says_more():
    refused = Refused(refusal=Refusal.RETRY, code="429", reason="Too many")
    assert refused.scope is Scope.MESSAGE
    assert refused.retry_after is None


def test_an_envelope_is_the_first_attempt_unless_it_says_more():
    envelope = Envelope(key="k", address="ada", message=Message(text="Hi"))
    assert (envelope.attempt, envelope.doubted, envelope.expires_at) == (1, False, None)
