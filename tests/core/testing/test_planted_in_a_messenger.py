"""Faults planted in a messenger that is right: the contract names each."""

from __future__ import annotations

import ast
import dataclasses
import json
import logging
import sys
from importlib import import_module
from pathlib import Path

import pytest

from dsn_core.contract.outcome import Accepted, Refused
from dsn_core.contract.report import Receipt
from dsn_core.testing.contracts.faults import EXPLANATIONS, explained, sections
from tests.core.testing.pigeons import failure, load_guide, unload_guide
from tests.repo.tree import ROOT


@pytest.fixture(scope="module")
def contract(tmp_path_factory):
    """The contract of the guide's messenger, which keeps it."""
    yield load_guide(tmp_path_factory.mktemp("guide"))
    unload_guide()


def said(changed):
    """``send`` as it is, with its outcome changed."""

    def send(self, envelope):
        return changed(self, super(type(self), self).send(envelope))

    return send


def returns_true(self, envelope):
    super(type(self), self).send(envelope)
    return True


def raises_on_429(self, outcome):
    if isinstance(outcome, Refused) and outcome.code == "429":
        raise RuntimeError("429 Too Many Requests")
    return outcome


def swallows_429(self, outcome):
    if isinstance(outcome, Refused) and outcome.code == "429":
        return Accepted(provider_id="")
    return outcome


def ignores_retry_after(self, outcome):
    if isinstance(outcome, Refused):
        return dataclasses.replace(outcome, retry_after=None)
    return outcome


def leaks_the_token(self, outcome):
    if isinstance(outcome, Refused):
        return dataclasses.replace(outcome, reason=f"refused: Bearer {self.account.token}")
    return outcome


def logs_the_token(self, outcome):
    logging.getLogger("dsn_pigeon").debug("asked with %s", self.account)
    logging.getLogger("dsn_pigeon").debug("asked with %s", {"Authorization": self.account.token})
    return outcome


def waits_for_ever(self, envelope):
    import httpx

    headers = {"Authorization": f"Bearer {self.account.token}", "Idempotency-Key": envelope.key}
    letter = {"to": envelope.address, "text": envelope.message.text}
    url = f"{self.account.url}/letters"
    answer = httpx.post(url, json=letter, headers=headers, timeout=None)
    return Accepted(provider_id=answer.json()["id"])


def changes_the_key(self, envelope):
    key = f"{envelope.key}-{envelope.attempt}"
    return super(type(self), self).send(dataclasses.replace(envelope, key=key))


def sends_to_the_first_address(self, envelopes):
    for envelope in envelopes:
        yield self.send(dataclasses.replace(envelope, address=envelopes[0].address))


def reorders(self, envelopes):
    yield from [self.send(envelope) for envelope in envelopes][::-1]


def believes_all(self, webhook):
    report = json.loads(webhook.body)
    arrived = report["status"] == "delivered"
    yield Receipt(
        id=report["event"],
        provider_id=report["letter"],
        delivered=arrived,
        reason=report["status"],
    )


ARRIVES = "test_a_message_arrives_where_it_should"
THROTTLED = "test_throttling_is_kept_to"
PLANTED = {
    "returns True": (
        {"send": returns_true},
        ARRIVES,
        "Pigeon gave True, which is neither Accepted nor Refused",
        "outcomes",
    ),
    "raises on 429": (
        {"send": said(raises_on_429)},
        THROTTLED,
        "Pigeon raised RuntimeError: 429 Too Many Requests. The service's answer is a value",
        "outcomes",
    ),
    "swallows 429": (
        {"send": said(swallows_429)},
        THROTTLED,
        "but the service asked to slow down: the message is lost",
        "outcomes",
    ),
    "ignores Retry-After": (
        {"send": said(ignores_retry_after)},
        THROTTLED,
        "The service asked for 7 seconds; retry_after is None",
        "retry-after",
    ),
    "leaks the token in an error": (
        {"send": said(leaks_the_token)},
        "test_no_secret_is_in_an_outcome_or_an_error",
        "What Pigeon gave for a wrong token holds a secret",
        "secrets",
    ),
    "logs the token": (
        {"send": said(logs_the_token)},
        "test_no_secret_is_logged",
        "the logger 'dsn_pigeon' wrote a secret",
        "secrets",
    ),
    "blocks without a timeout": (
        {"send": waits_for_ever},
        "test_silence_ends_in_doubt",
        "Pigeon still waited after 2 seconds: it sends without a timeout",
        "timeouts",
    ),
    "changes the key": (
        {"send": changes_the_key},
        "test_the_key_stays_the_same_over_attempts",
        "Two attempts of one message had the keys",
        "keys",
    ),
    "sends to the wrong address in a batch": (
        {"send_many": sends_to_the_first_address},
        "test_each_message_of_a_batch_arrives_at_its_own_address",
        "In a batch, the message for 'bob' arrived at ['ada']",
        "batches",
    ),
    "reorders outcomes": (
        {"send_many": reorders},
        "test_outcomes_come_in_the_order_of_the_batch",
        "outcomes come in the order of the envelopes",
        "order",
    ),
    "accepts a forged webhook": (
        {"receive": believes_all},
        "test_a_forged_webhook_is_refused",
        "A webhook without its headers and query was believed",
        "webhooks",
    ),
}


@pytest.mark.parametrize(("planted", "proof", "words", "heading"), PLANTED.values(), ids=PLANTED)
def test_the_contract_names_the_fault(contract, caplog, planted, proof, words, heading):
    told = failure(contract, proof, planted, about={"patience": 2.0}, caplog=caplog)
    assert words in told
    assert told.endswith(explained(heading))


def test_the_contract_names_an_sdk_that_is_loaded_at_import(contract, tmp_path, monkeypatch):
    source = "import httpx\nfrom dsn_pigeon.messenger import Pigeon\n\nclass Early(Pigeon): pass\n"
    (tmp_path / "early_pigeon.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.syspath_prepend(Path(sys.modules["dsn_pigeon"].__path__[0]).parent)
    early = import_module("early_pigeon").Early
    broken = type("Broken", (contract,), {"messenger": early, "may_load": ("dsn_pigeon",)})
    with pytest.raises(pytest.fail.Exception, match=r"Importing early_pigeon loads .*httpx"):
        broken().test_importing_it_loads_neither_django_nor_an_sdk()
    del sys.modules["early_pigeon"]


def test_each_heading_is_explained_also_in_the_docs():
    used: set[object] = set()
    for file in EXPLANATIONS.parent.glob("*.py"):
        used |= headings_in(file)
    assert used == sections().keys()
    assert all(text.endswith(".") for text in sections().values())
    page = (ROOT / "docs/reference/contracts.md").read_text(encoding="utf-8")
    source = "packages/dsn-core/src/dsn_core/testing/contracts"
    assert f"{{include}} ../../{source}/{EXPLANATIONS.name}" in page


def headings_in(file: Path) -> set[object]:
    """The last argument of each ``fault`` and ``demand``."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        call.args[-1].value
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id in {"fault", "demand"}
        and isinstance(call.args[-1], ast.Constant)
    }
