"""Faults that are easily made and seldom seen: the contract names each."""

from __future__ import annotations

import base64
import dataclasses
import hmac
import json
import logging
import os
import sys
import warnings
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

import pytest

from dsn_core.contract.fields import Fields, option
from dsn_core.contract.messenger import Problem
from dsn_core.contract.outcome import Refused
from dsn_core.contract.report import Forged, Receipt
from dsn_core.testing import DRIP, Answer, MessengerContract
from dsn_core.testing.contracts.faults import explained
from tests.core.testing.pigeons import failure, load_guide, run_proof, unload_guide


@pytest.fixture(scope="module")
def contract(tmp_path_factory):
    """The contract of the guide's messenger, which keeps it."""
    yield load_guide(tmp_path_factory.mktemp("guide"))
    unload_guide()


def before(deed):
    """``send`` as it is, after this deed."""

    def send(self, envelope):
        deed(self)
        return super(type(self), self).send(envelope)

    return send


def after(changed):
    """``send`` as it is, with its refusals changed."""

    def send(self, envelope):
        outcome = super(type(self), self).send(envelope)
        return changed(outcome) if isinstance(outcome, Refused) else outcome

    return send


def raises(*given):
    raise RuntimeError("the line is closed")


def asks_again(self, envelope):
    outcome = super(type(self), self).send(envelope)
    return super(type(self), self).send(envelope) if isinstance(outcome, Refused) else outcome


def needs_a_number(outcome):
    if outcome.retry_after is None:
        raise ValueError("could not convert string to float: 'soon'")
    return outcome


def logs_basic_authentication(self):
    login = base64.b64encode(f"pigeon:{self.account.token}".encode()).decode()
    logging.getLogger("dsn_pigeon").debug("Authorization: Basic %s", login)


def raises_when_express(self):
    if self.options.express:
        raise RuntimeError("no express today")


def looks_at_the_sixth_letter(self):
    if self.account.token[5] == " ":
        yield Problem(message="The token has a blank in it")


FIRST: list[object] = []


def sends_through_the_first_account(self, envelope):
    FIRST.append(self.account)
    other = type(self)(account=FIRST[0], options=self.options)
    return super(type(self), other).send(envelope)


def stops_at_a_refusal(self, envelopes):
    for envelope in envelopes:
        outcome = self.send(envelope)
        yield outcome
        if isinstance(outcome, Refused):
            return


def report_of(webhook, **changes):
    report = json.loads(webhook.body)
    return Receipt(
        provider_id=report["letter"],
        delivered=report["status"] == "delivered",
        reason=report["status"],
        **changes,
    )


def signature_of(self, webhook):
    return hmac.digest(self.account.webhook_secret.encode(), webhook.body, "sha256").hex()


def compares_with_equals(self, webhook):
    if webhook.headers.get("x-pigeon-signature") != signature_of(self, webhook):
        raise Forged("Wrong signature")
    yield report_of(webhook, id="1")


def verifies_where_a_secret_is_set(self, webhook):
    given = webhook.headers.get("x-pigeon-signature", "").encode()
    expected = signature_of(self, webhook).encode()
    if self.account.webhook_secret and not hmac.compare_digest(given, expected):
        raise Forged("Wrong signature")
    yield report_of(webhook, id="1")


def verifies_where_it_is_signed(self, webhook):
    given = webhook.headers.get("x-pigeon-signature", "").encode()
    if given and not hmac.compare_digest(given, signature_of(self, webhook).encode()):
        raise Forged("Wrong signature")
    yield report_of(webhook, id="1")


def compares_texts(self, webhook):
    given = webhook.headers.get("x-pigeon-signature", "")
    if not given or not hmac.compare_digest(given, signature_of(self, webhook)):
        raise Forged("Wrong signature")
    yield report_of(webhook, id="1")


def tells_the_secret_to_a_forger(self, webhook):
    raise Forged(f"This is not signed with {self.account.webhook_secret}")
    yield


def has_no_id(self, webhook):
    yield report_of(webhook)


ARRIVES = "test_a_message_arrives_where_it_should"
THROTTLED = "test_throttling_is_kept_to"
LOGGED = "test_no_secret_is_logged"
FORGED = "test_a_forged_webhook_is_refused"
PLANTED = {
    "an entrance without self": (
        {"__enter__": lambda self: None},
        ARRIVES,
        "it gave None: return self (in __enter__)",
        "outcomes",
    ),
    "an exit that raises": (
        {"__exit__": raises},
        ARRIVES,
        "raised RuntimeError: the line is closed (in __exit__)",
        "outcomes",
    ),
    "a code that is a number": (
        {"send": after(lambda outcome: dataclasses.replace(outcome, code=429))},
        THROTTLED,
        "its code is no str",
        "outcomes",
    ),
    "a delay that is a text": (
        {"send": after(lambda outcome: dataclasses.replace(outcome, retry_after="7"))},
        THROTTLED,
        "its retry_after is no number of seconds",
        "outcomes",
    ),
    "asking again by itself": (
        {"send": asks_again},
        THROTTLED,
        "although the service asked to slow down: it asked again by itself",
        "asking-again",
    ),
    "a Retry-After taken for a number": (
        {"send": after(needs_a_number)},
        "test_a_delay_that_is_no_number_stops_nothing",
        "raised ValueError: could not convert",
        "outcomes",
    ),
    "a print": (
        {"send": before(lambda self: print("with", self.account.token))},
        LOGGED,
        "a print wrote a secret",
        "secrets",
    ),
    "a warning": (
        {"send": before(lambda self: warnings.warn(self.account.token, stacklevel=1))},
        LOGGED,
        "a warning wrote a secret",
        "secrets",
    ),
    "a header in the log": (
        {"send": before(logs_basic_authentication)},
        LOGGED,
        "the logger 'dsn_pigeon' wrote a secret",
        "secrets",
    ),
    "a secret told to a forger": (
        {"receive": tells_the_secret_to_a_forger},
        FORGED,
        "holds a secret",
        "secrets",
    ),
    "a signature that is looked at where there is one": (
        {"receive": verifies_where_it_is_signed},
        FORGED,
        "A webhook without its headers and query was believed",
        "webhooks",
    ),
    "a signature compared as text": (
        {"receive": compares_texts},
        FORGED,
        "with foreign headers and query raised TypeError instead of Forged",
        "webhooks",
    ),
    "a secret that is not set": (
        {"receive": verifies_where_a_secret_is_set},
        "test_an_account_without_its_secret_believes_nobody",
        "for an account without webhook_secret, was believed",
        "webhooks",
    ),
    "a signature compared with ==": (
        {"receive": compares_with_equals},
        "test_a_signature_is_compared_in_constant_time",
        "compares 'x-pigeon-signature' with == or !=",
        "webhooks",
    ),
    "a report that may be repeated": (
        {"receive": has_no_id},
        "test_a_webhook_that_is_read_twice_says_the_same",
        "has neither id nor at",
        "webhooks",
    ),
    "a lost end": (
        {"send_many": lambda self, envelopes: map(self.send, envelopes[:50])},
        "test_the_largest_batch_has_no_lost_end",
        "Of a batch of 100, as many as core hands over, 50 arrived",
        "batches",
    ),
    "a batch that ends at a refusal": (
        {"send_many": stops_at_a_refusal},
        "test_a_refusal_within_a_batch_is_told_in_its_place",
        "The first of three was refused, and Pigeon gave [Refused",
        "order",
    ),
    "an account for all": (
        {"send": sends_through_the_first_account},
        "test_two_accounts_stay_apart",
        "instances share what was made for one of them",
        "threads",
    ),
    "a changed process": (
        {"send": before(lambda self: os.environ.update(PIGEON_TOKEN=self.account.token))},
        "test_the_process_is_left_as_it_was",
        "Pigeon changed os.environ",
        "threads",
    ),
    "options that are mended in silence": (
        {"upgrade_options": classmethod(lambda cls, stored: {})},
        "test_an_option_that_does_not_fit_is_refused",
        "Stored options {'express': 'perhaps'} became Options(express=False)",
        "options",
    ),
    "options that are read too early": (
        {"upgrade_options": classmethod(lambda cls, stored: {"express": int(stored["express"])})},
        "test_an_option_that_does_not_fit_is_refused",
        "raised ValueError",
        "options",
    ),
    "a choice that raises": (
        {"send": before(raises_when_express)},
        "test_what_may_be_chosen_can_be_sent_with",
        "With express=True Pigeon raised RuntimeError",
        "options",
    ),
    "a check that raises": (
        {"check": looks_at_the_sixth_letter},
        "test_check_looks_at_wrong_values_too",
        "check() raised IndexError: string index out of range, for an account whose token is ''",
        "checks",
    ),
}


@pytest.mark.parametrize(("planted", "proof", "words", "heading"), PLANTED.values(), ids=PLANTED)
def test_the_contract_names_it(contract, caplog, planted, proof, words, heading):
    with patch.dict(os.environ):
        told = failure(contract, proof, planted, caplog=caplog)
    FIRST.clear()
    assert words in told
    assert told.endswith(explained(heading))


class Unmarked(Fields):
    api_token: str


class Bare(Fields):
    api_key: str


class Named(Fields):
    api_key: str
    api_secret: str = option(secret=True)


@pytest.mark.parametrize(("account", "name"), [(Unmarked, "api_token"), (Bare, "api_key")])
def test_a_secret_that_is_not_marked_is_named(contract, account, name):
    proof = "test_what_is_called_a_secret_is_marked_as_one"
    told = failure(contract, proof, {"account_type": account})
    assert f"The account of Pigeon has {name}, which a repr shows" in told


def test_a_key_that_only_says_which_secret_is_meant_may_be_shown(contract):
    proof = "test_what_is_called_a_secret_is_marked_as_one"
    run_proof(contract, proof, {"account_type": Named})


def test_who_connects_in_the_entrance_may_raise_there_while_the_service_is_away(contract):
    def enter(self):
        import httpx

        httpx.get(self.account.url)
        return self

    class Greeting(contract.server_type):
        def answer(self, call):
            return Answer() if call.method == "GET" else super().answer(call)

    about = {"server_type": Greeting}
    for proof in ("test_a_service_that_is_away_is_tried_later", ARRIVES):
        run_proof(contract, proof, {"__enter__": enter}, about=about)


def test_a_class_that_does_not_say_what_arrived_is_told(contract):
    missing = {"arrived": MessengerContract.arrived}
    assert "Broken needs arrived()" in failure(contract, ARRIVES, {}, about=missing)


def test_a_timeout_from_silence_to_silence_is_named(contract):
    about = {"drips": DRIP, "patience": 2.0}
    told = failure(contract, "test_an_answer_that_drips_in_ends", {}, about=about)
    assert "Pigeon still waited after 2 seconds" in told


def test_a_service_that_keeps_a_repeated_key_is_not_idempotent(contract):
    class Forgetful(contract.server_type):
        def answer(self, call):
            answer = super().answer(call)
            key = call.headers["idempotency-key"]
            self.letters[f"{key} {len(self.letters)}"] = self.letters.pop(key)
            return answer

    about = {"server_type": Forgetful}
    told = failure(contract, "test_the_key_stays_the_same_over_attempts", {}, about=about)
    assert "is said to be idempotent, but the service took one message twice" in told


def test_an_sdk_that_the_plugin_module_loads_is_named(contract, tmp_path, monkeypatch):
    package, points = tmp_path / "late_pigeon", tmp_path / "late_pigeon-1.dist-info"
    package.mkdir()
    points.mkdir()
    (package / "__init__.py").touch()
    (package / "plugin.py").write_text("import httpx\n")
    (package / "messenger.py").write_text(
        "from dsn_pigeon.messenger import Pigeon\n\nclass Late(Pigeon): pass\n"
    )
    (points / "METADATA").write_text("Name: late-pigeon\nVersion: 1\n")
    (points / "entry_points.txt").write_text("[dsn]\nlate_pigeon = late_pigeon.plugin\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.syspath_prepend(Path(sys.modules["dsn_pigeon"].__path__[0]).parent)
    late = import_module("late_pigeon.messenger").Late
    told = failure(
        contract,
        "test_importing_it_loads_neither_django_nor_an_sdk",
        {},
        about={"messenger": late, "may_load": ("dsn_pigeon",)},
    )
    assert "Importing late_pigeon.messenger and late_pigeon.plugin loads" in told
    assert "httpx" in told
    for name in [name for name in sys.modules if name.startswith("late_pigeon")]:
        del sys.modules[name]
