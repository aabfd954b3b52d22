"""What a service reports becomes of deliveries and addresses."""

from __future__ import annotations

from uuid import uuid4

import pytest

from dsn_core.models import Address, InboundReport
from dsn_core.states import State
from tests.email.posting import ADA
from tests.email.reporting import (
    AT,
    BASE,
    DELIVERED,
    LOGIN,
    backend,
    inactive,
    posted,
    sent,
)

pytestmark = pytest.mark.django_db

HARD = {
    "RecordType": "Bounce",
    "Type": "HardBounce",
    "ID": 4711,
    "MessageID": "p1",
    "Email": ADA,
    "BouncedAt": AT,
    "Description": "The server was unable to deliver your message",
    "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist.",
}


@pytest.fixture
def post(settings, client):
    """Posts what Postmark says to one of two accounts of it."""
    own = backend("postmark", webhook_secret=LOGIN)
    settings.DSN = {"BASE_URL": BASE, "MESSENGERS": {"email": {"default": own, "ops": own}}}

    def post(event, account="default"):
        answer = client.post(f"/dsn/email/{account}/", **posted("postmark", event))
        assert answer.status_code == 204

    return post


def test_a_delivered_message_is_delivered(post):
    row = sent()
    post(DELIVERED["postmark"])

    assert row().state == State.DELIVERED


def test_a_bounced_message_has_failed_and_its_address_is_dead(post):
    row = sent()
    post(HARD)

    assert row().state == State.FAILED
    assert row().code == "5.1.1"
    assert "does not exist" in row().reason
    assert inactive() == "dead"


def test_a_repeated_report_is_dropped(post):
    row = sent()
    for _ in range(3):
        post(HARD)

    assert InboundReport.objects.count() == 1
    assert row().state == State.FAILED


def test_a_repeated_report_without_an_id_is_dropped_too(post):
    sent()
    post(DELIVERED["postmark"])
    post(DELIVERED["postmark"])

    assert InboundReport.objects.count() == 1


def test_two_events_of_one_id_are_two_reports(post):
    """Postmark's ID is the bounce's, of which there may be news."""
    row = sent()
    post({**HARD, "Type": "SpamComplaint", "RecordType": "SpamComplaint"})
    post(HARD)

    assert row().state == State.FAILED
    assert InboundReport.objects.count() == 2


def test_a_late_bounce_moves_nothing_back(post):
    row = sent()
    post(DELIVERED["postmark"])
    post(HARD)

    assert row().state == State.DELIVERED
    assert inactive() == "dead"


def test_a_report_that_comes_before_its_delivery_is_known_waits(post):
    row = sent(provider_id="", state=State.SENDING)
    post(DELIVERED["postmark"])

    assert row().state == State.SENDING
    assert InboundReport.objects.get().applied_at is None


def test_a_message_in_doubt_is_found_by_our_own_key(post):
    """Nobody answered when it was sent, so there is no id of the service's."""
    key = uuid4()
    row = sent(provider_id="", state=State.UNKNOWN, key=key)
    post({**DELIVERED["postmark"], "Metadata": {"dsn_key": str(key)}})

    assert row().state == State.DELIVERED


def test_an_account_cannot_speak_of_anothers_message(post):
    key = uuid4()
    row = sent(account="ops", key=key)
    post({**HARD, "Metadata": {"dsn_key": str(key)}})

    assert row().state == State.SENT
    post({**HARD, "Metadata": {"dsn_key": str(key)}}, account="ops")
    assert row().state == State.FAILED


def test_three_soft_bounces_in_a_row_kill_an_address(post):
    for number in range(3):
        assert not inactive()
        row = sent(provider_id=f"s{number}")
        post({**HARD, "Type": "SoftBounce", "ID": number, "MessageID": f"s{number}"})
        assert row().state == State.FAILED

    assert inactive() == "dead"


def test_an_arrival_in_between_starts_the_count_again(post):
    for number in range(4):
        sent(provider_id=f"s{number}")
        post({**HARD, "Type": "SoftBounce", "ID": number, "MessageID": f"s{number}"})
        sent(provider_id=f"d{number}")
        post({**DELIVERED["postmark"], "MessageID": f"d{number}"})

    assert not inactive()


UNSUBSCRIBED = {
    "RecordType": "SubscriptionChange",
    "MessageID": "p1",
    "Recipient": ADA,
    "ChangedAt": AT,
    "SuppressSending": True,
    "SuppressionReason": "ManualSuppression",
}


def test_who_unsubscribes_has_opted_out(post):
    row = sent()
    post(UNSUBSCRIBED)

    assert row().state == State.SENT
    assert inactive() == "opted_out"


def test_who_marks_it_as_spam_has_opted_out(post):
    post({**HARD, "RecordType": "SpamComplaint", "Type": "SpamComplaint"})

    assert inactive() == "opted_out"


def test_who_subscribes_again_is_written_to_again(post):
    post(UNSUBSCRIBED)
    again = {**UNSUBSCRIBED, "SuppressSending": False, "SuppressionReason": None}
    post({**again, "ChangedAt": "2026-11-18T12:00:00Z"})

    assert inactive() == ""


def test_what_is_older_than_what_is_known_changes_nothing(post):
    again = {**UNSUBSCRIBED, "SuppressSending": False, "SuppressionReason": None}
    post({**again, "ChangedAt": "2026-11-18T12:00:00Z"})
    post(UNSUBSCRIBED)

    assert inactive() == ""


def test_an_address_is_found_however_the_service_writes_its_domain(post):
    Address.objects.create(messenger="email", account="default", value=ADA)
    post({**UNSUBSCRIBED, "Recipient": "ada@EXAMPLE.org"})

    assert inactive() == "opted_out"


def test_an_address_with_capitals_is_found_though_the_service_writes_small_letters(post):
    mine = "Ada.Lovelace@example.org"
    Address.objects.create(messenger="email", account="default", value=mine)
    post(
        {
            **UNSUBSCRIBED,
            "Recipient": mine.lower(),
            "Metadata": {"dsn_address": mine},
        }
    )

    assert inactive(mine) == "opted_out"


def test_another_address_in_the_metadata_is_not_believed(post):
    post({**UNSUBSCRIBED, "Metadata": {"dsn_address": "grace@example.org"}})

    assert inactive("grace@example.org") is None
    assert inactive() == "opted_out"
