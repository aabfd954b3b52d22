"""What is wrong with an account: by its values, and by what Twilio says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dsn_core import Refusal, Scope
from dsn_core.testing import DROP, HANG, Answer
from dsn_sms.accounts import Account
from dsn_sms.testing import TwilioServer
from tests.sms.texting import SERVICE, SHOP, envelope, free_port, messenger, through

GOOD = Account(account_sid="AC" + "a1" * 16, auth_token="t0ken", from_number=SHOP)
KEY = {"api_key": "SK" + "b" * 32, "api_secret": "s3cret"}


def problems(account=GOOD, **options):
    return list(messenger(account, **options).check())


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"from_number": "", "messaging_service_sid": SERVICE},
        {"from_number": "12345"},
        {"from_number": "The Shop 1"},
        {"from_number": "A-1 & Co_+"},
        {"from_number": SHOP, "whatsapp": True},
        {"from_number": f"whatsapp:{SHOP}", "whatsapp": True},
        {"region": "DE"},
        {"region": "us"},
        {"codes": {"30008": "retry", 21612: "message"}},
        {"api_url": "http://127.0.0.1:8000"},
        KEY,
    ],
)
def test_a_sound_account_has_no_problem(fields):
    assert problems(replace(GOOD, **fields)) == []


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"account_sid": "AC12"}, "'account_sid' is not AC and 32 hex digits"),
        ({"account_sid": "SK" + "a" * 32}, "'account_sid'"),
        ({"account_sid": "AC" + "g" * 32}, "'account_sid'"),
        ({"auth_token": ""}, "'auth_token' is empty"),
        ({"api_key": KEY["api_key"]}, "'api_secret' is missing"),
        ({"api_secret": "s3cret"}, "'api_key' is missing"),
        ({**KEY, "api_key": "AC" + "b" * 32}, "'api_key' is not SK"),
        ({"from_number": ""}, "There is no sender"),
        (
            {"from_number": "", "messaging_service_sid": "MG1"},
            "'messaging_service_sid' is not MG and 32",
        ),
        ({"from_number": "0151 123"}, "neither a number"),
        ({"from_number": "+1"}, "neither a number"),
        ({"from_number": "12"}, "neither a number"),
        ({"from_number": "Böser Wolf"}, "neither a number"),
        ({"from_number": "The Whole Shop"}, "longer than 11"),
        ({"from_number": "The Shop", "whatsapp": True}, "which WhatsApp needs"),
        ({"from_number": f"whatsapp:{SHOP}"}, "neither a number"),
        ({"region": "Germany"}, "'region' is 'Germany'"),
        ({"region": "XX"}, "'region' is 'XX'"),
        ({"codes": {"30008": "never"}}, "'codes' says 'never' of 30008"),
        ({"codes": {"30008": 5}}, "'codes' says 5 of 30008"),
        ({"codes": {"30008": ["retry"]}}, "'codes' says ['retry'] of 30008"),
        ({"codes": {"STOP": "retry"}}, "'codes' names 'STOP'"),
        ({"api_url": "api.twilio.com"}, "'api_url'"),
        ({"api_url": "https://[x"}, "'api_url'"),
        ({"api_url": "https://"}, "'api_url'"),
        ({"api_url": "ftp://twilio.example"}, "'api_url'"),
        ({"api_url": "https://ada:pass@twilio.example"}, "'api_url'"),
        ({"timeout": 0}, "'timeout' is 0"),
        ({"timeout": float("nan")}, "'timeout' is nan"),
        ({"timeout": 1e300}, "'timeout' is 1e+300"),
    ],
)
def test_each_fault_is_named(fields, words):
    (problem,) = problems(replace(GOOD, **fields))

    assert words in problem.message
    assert problem.hint
    assert problem.serious
    assert "t0ken" not in repr(problem)
    assert "pass" not in repr(problem)


@pytest.mark.parametrize("field", ["account_sid", "messaging_service_sid"])
def test_a_token_in_the_wrong_place_is_not_shown(field):
    (problem,) = problems(replace(GOOD, **{field: "t0ken"}))[:1]

    assert field in problem.message
    assert "t0ken" not in repr(problem)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), 601])
def test_a_timeout_that_nobody_can_keep_holds_the_account_and_is_named(server, timeout):
    sms = through(server, timeout=timeout)
    outcome = sms.send(envelope())
    (checked,), (probed,) = sms.check(), sms.probe()

    assert (outcome.refusal, outcome.scope, outcome.code) == (
        Refusal.ACCOUNT,
        Scope.ACCOUNT,
        "timeout",
    )
    assert outcome.reason == checked.message == probed.message
    assert f"'timeout' is {timeout}" in outcome.reason
    assert server.calls == []


def test_two_ways_to_choose_a_sender_are_a_remark():
    (problem,) = problems(replace(GOOD, messaging_service_sid=SERVICE))

    assert "both given" in problem.message
    assert "keep one" in problem.hint
    assert not problem.serious


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"from_number": "Böser Wolf"}, "neither a number"),
        ({"max_segments": -1}, "'max_segments'"),
        ({"validity_seconds": 0}, "'validity_seconds' is 0"),
        ({"validity_seconds": 36_001}, "'validity_seconds' is 36001"),
    ],
)
def test_a_fault_of_a_backend_is_named(options, words):
    (problem,) = problems(**options)

    assert words in problem.message
    assert problem.hint


def test_a_sound_backend_has_no_problem():
    assert problems(max_segments=3, validity_seconds=36_000) == []


def test_a_backend_may_bring_the_sender():
    assert problems(replace(GOOD, from_number=""), from_number="The Shop") == []


def test_twilio_finds_nothing_wrong_with_a_sound_account(server):
    assert list(through(server).probe()) == []
    assert [call.path for call in server.calls] == [f"{server.path}.json"]


def test_a_wrong_token_is_said_in_plain_words(server):
    (problem,) = through(server, auth_token="wr0ng").probe()

    assert problem.message.startswith("Twilio refuses the account SID with this token")
    assert "console" in problem.hint
    assert "wr0ng" not in repr(problem)


def test_a_wrong_account_is_said_in_plain_words(server):
    server.api_keys["AC" + "f" * 32] = "t0ken"
    (problem,) = through(server, account_sid="AC" + "f" * 32, auth_token="t0ken").probe()

    assert "does not know this account SID" in problem.message


def test_an_api_key_is_tried_as_well(server):
    server.api_keys[KEY["api_key"]] = "s3cret"

    assert list(through(server, **KEY).probe()) == []
    (problem,) = through(server, **{**KEY, "api_secret": "wr0ng"}).probe()
    assert "API key" in problem.message


@pytest.mark.parametrize(
    ("status", "words"), [("suspended", "has suspended"), ("closed", "is closed")]
)
def test_an_account_that_may_not_send_is_a_problem(status, words):
    with TwilioServer(status=status) as server:
        (problem,) = through(server).probe()

    assert words in problem.message
    assert problem.serious


def test_a_refused_token_is_said_in_words_without_the_sdks_own(server):
    (problem,) = through(server, auth_token="no-token-of-theirs").probe()

    assert problem.message.endswith("Twilio says: Authenticate")
    assert "Unable" not in problem.message


def test_a_trial_account_is_a_remark():
    with TwilioServer(kind="Trial") as server:
        (problem,) = through(server).probe()

    assert "trial account" in problem.message
    assert "upgrade" in problem.hint
    assert not problem.serious


def test_a_twilio_that_cannot_be_reached_is_a_problem(server):
    (problem,) = through(server, api_url=f"http://127.0.0.1:{free_port()}").probe()

    assert "cannot be reached" in problem.message
    assert "network" in problem.hint


def test_a_twilio_that_answers_at_all_is_no_matter_of_the_network(server):
    server.script(Answer(status=500))
    (problem,) = through(server).probe()

    assert "HTTP 500" in problem.message
    assert problem.hint == ""


def test_a_twilio_that_says_nothing_is_a_problem(server):
    server.script(HANG)
    (problem,) = through(server, timeout=0.2).probe()

    assert "did not answer" in problem.message


def test_a_twilio_that_falls_silent_is_said_to_be_out_of_reach(server):
    sms = through(server)
    assert list(sms.probe()) == []
    server.script(DROP)
    (problem,) = sms.probe()

    assert "network" in problem.hint


@pytest.mark.parametrize("body", ["<html>", "[]", "{}"])
def test_something_else_than_twilio_is_a_problem(server, body):
    server.script(Answer(body=body))
    (problem,) = through(server).probe()

    assert "'api_url'" in problem.message
