"""What is sent, and what the Twilio for tests answers, is what Twilio describes."""

from __future__ import annotations

import pytest
from openapi_core.exceptions import OpenAPIError

from dsn_core.testing import Call
from tests.services import lack
from tests.sms import specification
from tests.sms.texting import CALLBACK, SERVICE, envelope, through


@pytest.fixture(autouse=True)
def described():
    if not specification.FILE.exists():
        lack("Twilio's API description (DSN_SPECS)")


def test_a_message_with_all_that_it_may_have_is_as_described(server):
    options = {"validity_seconds": 60}
    sms = through(server, messaging_service_sid=SERVICE, options=options)
    sms.send(envelope(callback_url=CALLBACK))

    (call,) = server.calls
    specification.hold(call)
    assert set(call.form) == {
        "To",
        "From",
        "MessagingServiceSid",
        "Body",
        "SmartEncoded",
        "ValidityPeriod",
        "StatusCallback",
    }


@pytest.mark.parametrize(
    "body", [b"Body=Hi", b"To=%2B4915112345678&ValidityPeriod=soon", b"To=1&SmartEncoded=maybe"]
)
def test_a_request_that_is_not_as_described_would_be_noticed(server, body):
    through(server).send(envelope())
    call = server.calls[-1]
    wrong = Call(
        method="POST", path=call.path, query={}, headers=call.headers, body=body, at=call.at
    )

    with pytest.raises(OpenAPIError):
        specification.hold(wrong)


def test_the_answers_of_the_server_for_tests_are_as_described(server):
    sms = through(server, api_key="SK" + "a" * 32, api_secret="s3cret")
    server.api_keys["SK" + "a" * 32] = "s3cret"
    sms.send(envelope("Paid 🎉"))
    assert list(sms.probe()) == []

    assert [call.method for call in server.calls] == ["POST", "GET", "GET"]
    for call in server.calls:
        specification.hold_answer(call, server.answer(call))
