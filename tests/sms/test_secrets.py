"""No token is stored, shown or logged; nor is what a message says."""

from __future__ import annotations

import logging
from base64 import b64encode
from dataclasses import replace

import pytest

from dsn_core.testing import Answer
from dsn_sms.connecting import line_of
from dsn_sms.pretending import Fault
from tests.sms.texting import account_at, envelope, free_port, messenger, through

TOKEN = "correct-horse-battery"
KEY, SECRET = "SK" + "c" * 32, "staple-of-the-key"


@pytest.fixture
def account(server):
    server.api_keys[KEY] = SECRET
    return account_at(server, auth_token=TOKEN, api_key=KEY, api_secret=SECRET)


def forms(account):
    """Each secret in each form that it takes."""
    pairs = ((account.account_sid, TOKEN), (KEY, SECRET))
    basic = (b64encode(f"{user}:{secret}".encode()).decode() for user, secret in pairs)
    return [TOKEN, SECRET, *basic]


def test_a_twilio_that_repeats_the_secrets_is_not_quoted(server, account):
    words = "You said: " + " and ".join(forms(account))
    problem = {"type": "t", "title": words, "detail": words, "status": 400, "code": TOKEN}
    failed = {"sid": "SM1", "status": "failed", "error_message": words, "error_code": TOKEN}
    sms = messenger(account)
    for answer in (
        Fault(400, "21211", words).answer(),
        Answer(status=400, json=problem),
        Answer(status=201, json=failed),
    ):
        server.script(answer)
        outcome = sms.send(envelope())
        assert "You said: *** and ***" in outcome.reason
        assert not any(form in repr(outcome) for form in forms(account))


def test_a_long_answer_is_cut_and_one_line(server):
    server.script(Fault(400, "21211", "Oh\nno " * 200).answer())
    reason = through(server).send(envelope()).reason

    assert len(reason) == 500
    assert "\n" not in reason


def test_the_secrets_are_in_no_repr(account):
    shown = repr(account) + repr(messenger(account)) + repr(line_of(account).client)

    assert not any(form in shown for form in forms(account))


@pytest.mark.parametrize("gone", [False, True])
def test_neither_secrets_nor_words_are_logged(account, caplog, gone):
    caplog.set_level(logging.DEBUG)
    if gone:
        account = replace(account, api_url=f"http://127.0.0.1:{free_port()}")
    sms = messenger(account)
    outcome = sms.send(envelope("The code is 4711-0815"))
    list(sms.probe())

    logged = caplog.text + repr([vars(record) for record in caplog.records]) + repr(outcome)
    assert "Messages.json" in logged
    assert "4711-0815" not in logged
    assert not any(form in logged for form in forms(account))
