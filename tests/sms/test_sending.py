"""What Twilio is asked, and what becomes of its answer."""

from __future__ import annotations

import datetime as dt
from base64 import b64encode

import pytest

from dsn_core import Accepted, Overflow
from dsn_core.testing import Answer
from dsn_sms.pretending import message_json
from tests.sms.texting import ADA, CALLBACK, SERVICE, SHOP, envelope, through


def asked(server, sent, **fields):
    """The form that `server` was sent, and took."""
    outcome = through(server, **fields).send(sent)
    assert isinstance(outcome, Accepted), outcome
    return server.calls[-1].form


def test_a_message_goes_out_with_its_number_sender_and_text(server):
    form = asked(server, envelope())

    assert form == {
        "To": ADA,
        "From": SHOP,
        "Body": "Order 7 is paid.",
        "SmartEncoded": "true",
    }


@pytest.mark.parametrize(
    "text",
    [
        "Bezahlt 🎉🚀👩🏽‍🚀",
        "ההזמנה שולמה",
        "تم دفع الطلب \u200f(7)",
        "Заказ оплачен & отправлен + 100%",
        "two\nlines\ttab",
        "x" * 1600,
        "🎉" * 800,
    ],
)
def test_a_text_in_any_script_arrives_whole(server, text):
    assert asked(server, envelope(text))["Body"] == text
    assert server.messages[0].body == text


def test_the_message_is_known_by_its_sid_and_its_segments(server):
    outcome = through(server).send(envelope("Заказ " * 20))

    assert outcome == Accepted(
        provider_id=server.messages[0].sid, detail={"segments": 2, "status": "queued"}
    )


def test_what_a_service_has_not_counted_yet_is_counted_here(server):
    sms = through(server, messaging_service_sid=SERVICE, from_number="")
    outcome = sms.send(envelope("„" + "x" * 160))

    assert outcome.detail == {"segments": 2, "status": "accepted"}


def test_a_price_that_is_known_is_kept(server):
    through(server).send(envelope())
    priced = message_json(server.messages[0], server.account_sid) | {"price": "-0.00750"}
    server.script(Answer(status=201, json=priced))

    assert through(server).send(envelope()).detail == {
        "segments": 1,
        "status": "queued",
        "price": "-0.00750",
        "price_unit": "USD",
    }


@pytest.mark.parametrize("status", ["queued", "accepted", "scheduled", "sending", "sent"])
def test_what_is_under_way_is_accepted_and_not_delivered(server, status):
    through(server).send(envelope())
    json = message_json(server.messages[0], server.account_sid) | {"status": status}
    server.script(Answer(status=201, json=json))
    outcome = through(server).send(envelope())

    assert isinstance(outcome, Accepted)
    assert not outcome.delivered


def test_a_messaging_service_chooses_the_sender(server):
    form = asked(server, envelope(), messaging_service_sid=SERVICE, from_number="")

    assert form["MessagingServiceSid"] == SERVICE
    assert "From" not in form


def test_a_backend_may_have_its_own_sender(server):
    assert asked(server, envelope(), options={"from_number": "The Shop"})["From"] == "The Shop"


def test_the_callback_is_asked_for_where_we_can_be_reached(server):
    assert asked(server, envelope(callback_url=CALLBACK))["StatusCallback"] == CALLBACK


def test_smart_encoding_can_be_left_off(server):
    assert "SmartEncoded" not in asked(server, envelope(), options={"smart_encoded": False})


def test_a_whatsapp_account_prefixes_both_numbers(server):
    form = asked(server, envelope(address=f"whatsapp:{ADA}"), whatsapp=True)

    assert (form["To"], form["From"]) == (f"whatsapp:{ADA}", f"whatsapp:{SHOP}")
    assert "SmartEncoded" not in form


def test_a_whatsapp_text_is_not_cut_by_segments(server):
    options = {"max_segments": 1}
    form = asked(server, envelope("x" * 300), whatsapp=True, options=options)

    assert form["Body"] == "x" * 300


@pytest.mark.parametrize(
    ("seconds", "expires_in", "validity"),
    [
        (None, None, None),
        (300, None, 300),
        (None, 120, 120),
        (300, 120, 120),
        (60, 120, 60),
        (None, 90_000, None),
        (36_000, None, None),
        (300, 90_000, 300),
        (None, 0.2, 1),
        (None, -5, 1),
    ],
)
def test_twilio_keeps_a_message_no_longer_than_it_is_worth(server, seconds, expires_in, validity):
    expires = expires_in and dt.datetime.now(dt.UTC) + dt.timedelta(seconds=expires_in)
    form = asked(server, envelope(expires_at=expires), options={"validity_seconds": seconds})

    if validity is None:
        assert "ValidityPeriod" not in form
    else:
        # Time may pass before it is sent.
        assert max(1, validity - 30) <= int(form["ValidityPeriod"]) <= validity


def test_a_fault_before_twilio_is_asked_is_no_answer_of_its(server):
    sms = through(server)
    assert isinstance(sms.send(envelope()), Accepted)

    with pytest.raises(TypeError):
        sms.send(envelope(expires_at=dt.datetime(2026, 11, 21)))
    assert len(server.calls) == 1


def test_an_api_key_sends_in_place_of_the_token(server):
    key, secret = "SK" + "b" * 32, "s3cret"
    server.api_keys[key] = secret
    asked(server, envelope(), api_key=key, api_secret=secret)

    basic = b64encode(f"{key}:{secret}".encode()).decode()
    assert server.calls[-1].headers["authorization"] == f"Basic {basic}"
    assert server.account_sid in server.calls[-1].path


def test_the_environment_redirects_no_account(server, monkeypatch):
    for name, value in {"REGION": "au1", "EDGE": "sydney", "ACCOUNT_SID": "AC" + "9" * 32}.items():
        monkeypatch.setenv(f"TWILIO_{name}", value)
    asked(server, envelope())

    assert server.account_sid in server.calls[-1].path


def test_a_batch_gives_its_outcomes_one_by_one(server):
    outcomes = through(server).send_many([envelope(str(number)) for number in range(3)])
    first = next(outcomes)

    assert [each.body for each in server.messages] == ["0"]
    assert [first, *outcomes] == [
        Accepted(provider_id=each.sid, detail={"segments": 1, "status": "queued"})
        for each in server.messages
    ]


def test_the_core_is_told_what_twilio_takes(server):
    sms = through(server)

    assert (sms.max_length, sms.overflow) == (1600, Overflow.TRUNCATE)
    assert sms.measure("🎉" * 10) == 10
    assert (sms.concurrency, sms.rate, sms.idempotent) == (4, None, False)
