"""The Twilio for tests refuses what Twilio refuses."""

from __future__ import annotations

import pytest
import requests

from dsn_core import Refusal
from dsn_sms.testing import TwilioServer
from tests.sms.texting import ADA, CALLBACK, SERVICE, SHOP, envelope, posted, through

GOOD = {"To": ADA, "From": SHOP, "Body": "Paid"}


def post(server, form, *, auth=None, account_sid=None):
    """What `server` answers to a message made by hand."""
    path = server.path.replace(server.account_sid, account_sid or server.account_sid)
    url = f"{server.url}{path}/Messages.json"
    return requests.post(
        url, data=form, auth=auth or (server.account_sid, server.auth_token), timeout=5
    )


@pytest.fixture(scope="module")
def picky():
    """A server that is asked by hand, and so also what nobody should ask."""
    with TwilioServer(senders={SHOP, "The Shop", "+15005550001", "+15005550007"}) as server:
        server.opted_out.add("+4915100000001")
        yield server


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": ""}, 21604),
        ({"From": ""}, 21603),
        ({"Body": ""}, 21602),
        ({"To": "0151 123"}, 21211),
        ({"To": "+15005550001"}, 21211),
        ({"To": "+15005550002"}, 21612),
        ({"To": "+15005550003"}, 21408),
        ({"To": "+15005550004"}, 21610),
        ({"To": "+15005550009"}, 21614),
        ({"To": "+4915100000001"}, 21610),
        ({"To": SHOP}, 21266),
        ({"From": "+15005550001"}, 21212),
        ({"From": "+15005550007"}, 21606),
        ({"From": "+15005550008"}, 21611),
        ({"From": "ü"}, 21212),
        ({"From": "+15005550010"}, 21659),
        ({"To": f"whatsapp:{ADA}"}, 63007),
        ({"From": "", "MessagingServiceSid": "MG1"}, 21705),
        ({"Body": "x" * 1601}, 21617),
        ({"StatusCallback": "/dsn/"}, 21609),
        ({"StatusCallback": "javascript:alert(1)"}, 21609),
        ({"StatusCallback": "https://[::1"}, 21609),
        ({"ValidityPeriod": "36001"}, 20001),
        ({"ValidityPeriod": "9" * 5000}, 20001),
    ],
)
def test_each_fault_has_its_code(picky, changes, code):
    answer = post(picky, {**GOOD, **changes})

    assert answer.status_code == answer.json()["status"] == 400
    assert answer.json()["code"] == code
    assert picky.messages == []


@pytest.mark.parametrize(
    ("auth", "account_sid", "status", "code"),
    [
        (("AC1", "x"), None, 401, 20003),
        (("", ""), None, 401, 20003),
        (None, "AC" + "9" * 32, 404, 20404),
    ],
)
def test_strangers_are_not_let_in(picky, auth, account_sid, status, code):
    answer = post(picky, GOOD, auth=auth, account_sid=account_sid)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_suspended_account_sends_nothing():
    with TwilioServer(status="suspended") as server:
        outcome = through(server).send(envelope())

    assert (outcome.refusal, outcome.code) == (Refusal.ACCOUNT, "20005")


def test_a_good_message_is_taken_and_answered_in_full(server):
    answer = post(server, {**GOOD, "Body": "“Paid” " + "x" * 160, "SmartEncoded": "true"})
    (message,) = server.messages

    assert answer.status_code == 201
    assert answer.json()["sid"] == message.sid
    assert (answer.json()["status"], answer.json()["num_segments"]) == ("queued", "2")
    assert (message.to, message.sender) == (ADA, SHOP)


def test_no_two_messages_have_one_sid(server):
    sms = through(server)
    outcomes = [sms.send(envelope()) for _ in range(5)]

    assert len({outcome.provider_id for outcome in outcomes}) == 5


def test_a_message_of_a_service_is_not_counted_yet(server):
    answer = post(server, {"To": ADA, "Body": "Paid", "MessagingServiceSid": SERVICE}).json()

    assert (answer["num_segments"], answer["from"], answer["status"]) == ("0", None, "accepted")


def test_who_stops_is_refused_until_she_starts(server):
    sms = through(server)
    server.inbound(ADA, SHOP, "stop", CALLBACK)
    stopped = sms.send(envelope())
    server.inbound(ADA, SHOP, "START", CALLBACK)

    assert (stopped.refusal, stopped.code, stopped.opted_out) == (Refusal.ADDRESS, "21610", True)
    assert sms.send(envelope()).provider_id


def test_a_callback_is_only_for_a_message_that_asked(server):
    sid = through(server).send(envelope()).provider_id

    for unknown in (sid, "SM0"):
        with pytest.raises(LookupError, match=unknown):
            server.callback(unknown, "delivered")


def test_a_callback_names_the_message_and_its_service(server):
    sms = through(server, messaging_service_sid=SERVICE)
    sid = sms.send(envelope(callback_url=CALLBACK)).provider_id
    url, form, headers = server.callback(sid, "sent")

    assert url == CALLBACK
    assert form["MessagingServiceSid"] == SERVICE
    assert (form["To"], form["From"], form["MessageSid"]) == (ADA, SHOP, sid)
    assert "ErrorCode" not in form
    assert list(sms.receive(posted(url, form, headers))) == []


@pytest.mark.parametrize(("stop", "start"), [("STOP", "START"), (" unsubscribe", "Unstop\n")])
def test_twilios_words_change_who_has_opted_out(server, stop, start):
    server.inbound(ADA, SHOP, stop, CALLBACK)
    assert server.opted_out == {ADA}

    server.inbound(ADA, SHOP, start, CALLBACK)
    assert server.opted_out == set()
