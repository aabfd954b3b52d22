"""What the contract asks of a test class and its local server, and how it says what is amiss."""

from __future__ import annotations

import dataclasses
import re

import httpx
import pytest

from dsn_core.contract.fields import Fields
from dsn_core.contract.messenger import Messenger
from dsn_core.contract.outcome import Refusal, Refused
from dsn_core.contract.report import Forged
from dsn_core.testing import Answer, MessengerContract
from dsn_core.testing.contracts.faults import explained
from dsn_core.testing.contracts.saying import unsaid
from tests.core.testing.pigeons import failure, load_guide, run_proof, unload_guide
from tests.repo.tree import ROOT

SAID = "test_the_class_says_what_its_service_does"
QUOTED = "test_no_secret_is_in_an_outcome_or_an_error"
EXAMPLE = re.compile(r"^<!-- example: ([^>]+) -->\n```python\n(.*?)^```$", re.M | re.S)


@pytest.fixture(scope="module")
def contract(tmp_path_factory):
    """The contract of the guide's messenger, which keeps it."""
    yield load_guide(tmp_path_factory.mktemp("guide"))
    unload_guide()


@pytest.fixture(scope="module")
def examples():
    """The page's examples, by name."""
    return dict(EXAMPLE.findall((ROOT / "docs/reference/contracts.md").read_text(encoding="utf-8")))


class Mute(Messenger):
    key = "mute"


WRONG = {
    "a misspelt name": ({"spelings": {}}, "does not ask for spelings; did you mean spellings?"),
    "a misspelt method": ({"quote": lambda self, words: []}, "did you mean quotes?"),
    "a value of another name": ({"wait": 5}, "does not ask for wait; a name of your own is _wait"),
    "no cases": ({"refusals": {}}, "refusals holds no case"),
    "half a case": (
        {"refusals": {"nobody": Answer(status=404)}},
        "its refusal 'nobody' is neither (reply, Refusal) nor (reply, Refusal, Scope)",
    ),
    "a word for a meaning": (
        {"refusals": {"nobody": (Answer(status=404), "address")}},
        "its refusal 'nobody' is neither",
    ),
    "a messenger that does not send": ({"messenger": Mute}, "Mute lacks send"),
    "an instance for the class": ({"messenger": object()}, "it needs messenger = the class"),
}


@pytest.mark.parametrize(("said", "words"), WRONG.values(), ids=WRONG)
def test_what_is_said_wrongly_is_named(contract, said, words):
    assert words in "; ".join(unsaid(type("Wrong", (contract,), said)))


def test_it_is_told_once(contract):
    told = failure(contract, SAID, {}, about={"spelings": {}})
    assert told.startswith("Broken cannot be proved: the contract does not ask for spelings")
    assert told.endswith(explained("use"))


def test_what_is_proved_of_such_a_class_is_nothing(contract):
    broken = type("Broken", (contract,), {"spelings": {}})()
    broken._need_what_is_said(SAID)
    with pytest.raises(pytest.skip.Exception, match=f"Broken lacks something: see {SAID}"):
        broken._need_what_is_said("test_throttling_is_kept_to")
    contract()._need_what_is_said("test_throttling_is_kept_to")


def test_what_no_service_is_without_must_be_said():
    told = list(unsaid(type("Empty", (MessengerContract,), {})))
    assert [sentence.partition(";")[0] for sentence in told] == [
        "it needs messenger = the class that is to be proved",
        "it does not say throttled",
        "it does not say refusals",
    ]


def test_methods_fixtures_and_classes_of_ones_own_are_left_alone(contract):
    own = {
        "winter": pytest.fixture(lambda self: None),
        "thaw": lambda self: None,
        "feeder": property(lambda self: None),
        "test_it_sings": lambda self: None,
        "_wait": 5,
        "throttled": None,
        "refusals": None,
    }
    assert list(unsaid(type("Whole", (contract,), own))) == []


@pytest.mark.parametrize(
    ("values", "words"),
    [({}, 'account()["token"] is missing'), ({"token": "1", "tokn": "2"}, "tokn")],
)
def test_an_account_that_does_not_fit_is_told_without_a_traceback(contract, values, words):
    about = {"account": lambda self, server: values}
    told = failure(contract, "test_a_message_arrives_where_it_should", {}, about=about)
    assert words in told
    assert told.endswith(explained("use"))


def test_a_messenger_without_brackets_is_told_of_them(contract):
    told = failure(contract, "test_the_process_is_left_as_it_was", {"account_type": Fields})
    assert 'account()["url"] is unknown' in told
    assert "Write class Pigeon(Messenger[Account, Options])." in told


def test_a_local_server_that_raises_is_told_before_the_messenger(contract):
    class Clumsy(contract.server_type):
        def answer(self, call):
            return Answer(json=call.json["recipient"])

        def handle_error(self, *given):
            """Nothing is printed."""

    about = {"server_type": Clumsy}
    told = failure(contract, "test_a_message_arrives_where_it_should", {}, about=about)
    assert told.startswith("Clumsy.answer() raised KeyError: 'recipient': mend the local server")


def test_words_in_a_query_are_found(contract):
    proof = contract()
    with contract.server_type() as server:
        envelope = proof.envelope()
        proof.say(server, Answer(status=429), about=envelope)
        answer = httpx.get(server.url, params={"text": envelope.message.text})
    assert answer.status_code == 429


def test_a_timeout_that_is_ignored_is_named(contract):
    def send(self, envelope):
        slow = dataclasses.replace(self.account, timeout=1.5)
        other = type(self).__mro__[1](account=slow, options=self.options)
        return other.send(envelope)

    def account(self, server):
        return {**contract.account(self, server), "timeout": 0.1}

    told = failure(
        contract, "test_silence_ends_in_doubt", {"send": send}, about={"account": account}
    )
    assert told.startswith("The account's timeout is 0.1 seconds, and Pigeon waited 1.")


def quotes_json(self, envelope):
    outcome = None
    answer = httpx.post(self.account.url, json={"text": envelope.message.text})
    if answer.headers["content-type"] == "application/json":
        words = answer.json().get("message", "no words")
        outcome = Refused(refusal=Refusal.MESSAGE, code="400", reason=words)
    return outcome or Refused(refusal=Refusal.IN_DOUBT, code="x", reason="No clear answer")


def test_a_secret_quoted_in_json_is_named_and_not_shown(contract):
    class Strict(contract.server_type):
        def answer(self, call):
            return Answer(status=201, json={"id": "1"})

    told = failure(
        contract,
        QUOTED,
        {"send": quotes_json},
        about={"server_type": Strict, "may_be_away": False, "drops": None},
    )
    assert "an answer that quotes the account: Answer(status=400, json={'error': '…'" in told
    assert Strict.token not in told


def test_a_webhook_that_is_read_before_it_is_verified_is_named(contract):
    def receive(self, webhook):
        if not webhook.headers.get("x-pigeon-signature"):
            raise Forged(f"{len(webhook.body)} bytes" if b"letter" in webhook.body else no_words())
        yield from super(type(self), self).receive(webhook)

    def no_words():
        return {}["letter"]

    told = failure(contract, "test_a_forged_webhook_is_refused", {"receive": receive})
    assert "that is unsigned and holds an empty object raised KeyError instead of Forged" in told


def test_a_limit_that_leaves_no_room_for_a_mark_is_named(contract):
    proof = "test_a_text_as_long_as_it_may_be_arrives_whole"
    told = failure(contract, proof, {"max_length": 5})
    assert told.startswith("max_length is 5. The contract tells its messages apart by words that")


def test_what_raised_with_a_full_stop_is_told_with_one(contract):
    def send(self, envelope):
        raise RuntimeError("The line is closed.")

    told = failure(contract, "test_a_message_arrives_where_it_should", {"send": send})
    assert told.startswith("Pigeon raised RuntimeError: The line is closed. The service's answer")


def test_the_pages_examples_run(contract, examples):
    names: dict[str, object] = {}
    exec(examples["a service of forms"], names)
    exec(examples["what is said and what came in"], names)
    exec(examples["a proof of one's own"], {**names, "TestPigeon": contract}, names)
    winter = names["TestPigeonInWinter"]
    run_proof(winter, "test_a_letter_for_a_pigeon_that_is_ill_waits", {})
