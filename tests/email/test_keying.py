"""What goes along with a message through a service, so that its reports are found."""

from __future__ import annotations

import dataclasses

import pytest
from django.core.mail import EmailMessage

from dsn_core import Accepted
from dsn_email.keying import mark
from dsn_email.services import SERVICES
from tests.email.posting import KEY, envelope, messenger
from tests.email.reporting import DELIVERED, able, webhook
from tests.email.service import Service

MINE = "Ada.Lovelace@example.org"
TAKEN = {
    "brevo": {"messageId": "<p1>"},
    "mailersend": {},
    "mailgun": {"id": "<p1>", "message": "Queued. Thank you."},
    "mailjet": {"Messages": [{"Status": "success", "To": [{"Email": MINE, "MessageID": 1}]}]},
    "mailtrap": {"success": True, "message_ids": ["p1"]},
    "mandrill": [{"email": MINE, "status": "sent", "_id": "p1"}],
    "postal": {"status": "success", "data": {"messages": {MINE: {"id": 1, "token": "t"}}}},
    "postmark": {"ErrorCode": 0, "Message": "OK", "MessageID": "p1", "To": MINE},
    "resend": {"id": "p1"},
    "sendgrid": {},
    "sparkpost": {
        "results": {"id": "p1", "total_accepted_recipients": 1, "total_rejected_recipients": 0}
    },
    "unisender_go": {"status": "success", "job_id": "p1", "emails": [MINE]},
}
pytestmark = pytest.mark.filterwarnings(
    "ignore:django-anymail has dropped official support for SendGrid"
)


def through(service, name, address=MINE):
    """The outcome of a message through the service called `name`, and what was posted to it."""
    account = able(name)
    account = dataclasses.replace(account, options={**account.options, "api_url": service.url})
    service.answer(TAKEN[name], X_Message_Id="p1")  # which MailerSend gives its id in
    outcome = messenger(account).send(envelope(address))
    return outcome, str(service.requests[-1][2])


@pytest.mark.parametrize("name", sorted({*TAKEN} - {"mailgun"}))
def test_the_deliverys_key_goes_along_where_it_comes_back(name):
    with Service() as service:
        outcome, body = through(service, name)

    assert isinstance(outcome, Accepted), outcome
    assert ("dsn_key" in body) is SERVICES[name].carries
    assert ("dsn_address" in body) is SERVICES[name].carries


def test_an_address_in_small_letters_needs_not_go_along():
    with Service() as service:
        _, body = through(service, "postmark", MINE.lower())

    assert "'dsn_key'" in body
    assert "dsn_address" not in body


def test_nor_does_one_that_postmark_would_refuse():
    with Service() as service:
        _, body = through(service, "postmark", f"{'A' * 60}@{'b' * 30}.example")

    assert "dsn_address" not in body


def test_what_goes_along_by_another_backend_is_nothing():
    message = EmailMessage(to=[MINE])
    mark(message, None, KEY)

    assert not hasattr(message, "metadata")


def test_what_came_back_names_the_delivery():
    told = {**DELIVERED["postmark"], "Metadata": {"dsn_key": KEY}}
    (receipt,) = messenger(able("postmark")).receive(webhook("postmark", told))

    assert receipt.key == KEY
