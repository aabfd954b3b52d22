"""``Messenger``: what core does for every one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic

import pytest

from dsn_core import Accepted, Envelope, Fields, Message, Messenger, Refused
from dsn_core.contract.messenger import OptionsT


class Account(Fields):
    token: str


class Options(Fields):
    silent: bool = False


class Pager(Messenger[Account, Options]):
    key = "pager"
    label = "Pager"
    channel = "push"

    def send(self, envelope: Envelope) -> Accepted | Refused:
        return Accepted(provider_id=f"{self.account.token}:{envelope.key}")


class OfAccount(Messenger[Account, OptionsT], Generic[OptionsT]):
    """For a family of messengers with one kind of account."""


class Child(OfAccount[Options]):
    def send(self, envelope: Envelope) -> Accepted | Refused:
        return Accepted(provider_id="")


class Plain(Messenger):
    def send(self, envelope: Envelope) -> Accepted | Refused:
        return Accepted(provider_id="")


@pytest.mark.parametrize("cls", [Pager, Child, type("Grandchild", (Child,), {})])
def test_a_messenger_remembers_what_it_was_written_for(cls: type[Messenger]):
    assert (cls.account_type, cls.options_type) == (Account, Options)


def test_a_bare_messenger_needs_nothing():
    assert (Plain.account_type, Plain.options_type) == (Fields, Fields)


def test_one_class_in_brackets_is_the_account():
    class OnlyAccount(Messenger[Account]):
        pass

    assert (OnlyAccount.account_type, OnlyAccount.options_type) == (Account, Fields)


@pytest.mark.parametrize("argument", ["Account", dict])
def test_what_is_no_fields_class_is_refused_where_it_is_written(argument: object):
    with pytest.raises(TypeError, match="which is no subclass of Fields"):

        class Bad(Messenger[argument, Options]):  # type: ignore[valid-type]  # refused: the test
            pass


def _envelopes() -> Sequence[Envelope]:
    return [Envelope(key=str(n), address="ada", message=Message(text="Hi")) for n in (1, 2)]


def test_send_many_sends_one_by_one_and_in_order():
    pager = Pager(account=Account(token="t"), options=Options())
    outcomes = pager.send_many(_envelopes())
    assert isinstance(outcomes, Iterator)
    assert list(outcomes) == [Accepted(provider_id="t:1"), Accepted(provider_id="t:2")]


def test_a_messenger_is_its_own_context_and_shows_no_secret():
    pager = Pager(account=Account(token="s3cret"), options=Options(), account_name="ops")
    with pager as entered:
        assert entered is pager
    assert repr(pager) == "<Pager account='ops'>"


def test_what_a_messenger_leaves_out_does_nothing():
    pager = Pager(account=Account(token="t"), options=Options())
    assert pager.normalize_address(" ada ") == "ada"
    assert pager.measure("four") == 4
    assert [*pager.poll(), *pager.check(), *pager.probe()] == []
    assert Pager.upgrade_options({"old": 1}) == {"old": 1}
