"""What each answer of an e-mail service means, through django-anymail and over a socket."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from dsn_core import Accepted, Attachment, Refusal, Scope
from dsn_email.accounts import Account, Options
from tests.email.posting import ADA, KEY, envelope, free_port, messenger
from tests.email.service import DROP, HANG, Service

RETRY, ADDRESS, MESSAGE = Refusal.RETRY, Refusal.ADDRESS, Refusal.MESSAGE
ACCOUNT, IN_DOUBT = Refusal.ACCOUNT, Refusal.IN_DOUBT
OURS = f"{KEY}@shop.example"
TOKEN = "t0ken-of-the-shop"

POSTMARK = "anymail.backends.postmark.EmailBackend"
UNISENDER = "anymail.backends.unisender_go.EmailBackend"
INACTIVE = f"Found inactive addresses: {ADA}.\n Inactive recipients are"
SENT = {"ErrorCode": 0, "Message": "OK", "MessageID": "b7bc2f4a", "To": ADA}


@pytest.fixture
def service():
    with Service() as service:
        service.answer(SENT)
        yield service


def postmark(url, *, options=None, **more):
    settings = {"server_token": TOKEN, "api_url": url, "timeout": 0.5, **more}
    return messenger(Account(backend=POSTMARK, options=settings), options)


def outcome_of(service, sent=None, **more):
    with postmark(service.url, **more) as email:
        return email.send(sent or envelope())


def test_what_is_sent_bears_the_services_id_and_ours(service):
    outcome = outcome_of(service)

    assert outcome == Accepted(provider_id="b7bc2f4a", detail={"message_id": OURS})
    ((path, headers, body),) = service.requests
    assert path == "/email"
    assert headers["x-postmark-server-token"] == TOKEN
    assert (body["To"], body["Subject"]) == (ADA, "Paid")
    assert {"Name": "Message-ID", "Value": f"<{OURS}>"} in body["Headers"]
    assert {"Name": "Auto-Submitted", "Value": "auto-generated"} in body["Headers"]


def test_what_is_queued_counts_as_sent(service):
    service.answer(SENT | {"Message": "Message accepted, but delivery may be delayed."})

    assert isinstance(outcome_of(service), Accepted)


@pytest.mark.parametrize(
    ("answer", "refusal", "code"),
    [
        ({"ErrorCode": 406, "Message": INACTIVE}, ADDRESS, "rejected"),
        ({"ErrorCode": 300, "Message": f"Invalid 'To' address: '{ADA}'."}, ADDRESS, "invalid"),
        ({"ErrorCode": 406, "Message": "Words that anymail cannot read"}, RETRY, "unknown"),
    ],
)  # fmt: skip
def test_the_status_of_the_recipient_decides(service, answer, refusal, code):
    service.answer(answer, 422)
    outcome = outcome_of(service)

    assert (outcome.refusal, outcome.code) == (refusal, code)
    assert outcome.reason == " ".join(answer["Message"].split())


@pytest.mark.parametrize(
    ("failure", "refusal", "code"),
    [
        ("temporary_unavailable", RETRY, "failed"),
        ("permanent_unavailable", ADDRESS, "rejected"),
        ("invalid", ADDRESS, "invalid"),
    ],
)
def test_another_service_says_the_same_in_other_words(service, failure, refusal, code):
    service.answer(
        {"status": "success", "job_id": "1", "emails": [], "failed_emails": {ADA: failure}}
    )
    settings = {"api_key": TOKEN, "api_url": service.url}
    outcome = messenger(Account(backend=UNISENDER, options=settings)).send(envelope())

    assert (outcome.refusal, outcome.code) == (refusal, code)


def test_an_ignored_recipient_status_is_not_ignored_here(service):
    service.answer({"ErrorCode": 300, "Message": f"Invalid 'To' address: '{ADA}'."}, 422)

    assert outcome_of(service, ignore_recipient_status=True).refusal is ADDRESS


@pytest.mark.parametrize(
    ("status", "refusal", "scope"),
    [
        (400, MESSAGE, Scope.MESSAGE),
        (413, MESSAGE, Scope.MESSAGE),
        (422, MESSAGE, Scope.MESSAGE),
        (401, ACCOUNT, Scope.ACCOUNT),
        (402, ACCOUNT, Scope.ACCOUNT),
        (403, ACCOUNT, Scope.ACCOUNT),
        (404, ACCOUNT, Scope.ACCOUNT),
        (408, RETRY, Scope.MESSAGE),
        (429, RETRY, Scope.ACCOUNT),
        (500, RETRY, Scope.MESSAGE),
        (502, RETRY, Scope.ACCOUNT),
        (503, RETRY, Scope.ACCOUNT),
        (504, RETRY, Scope.ACCOUNT),
    ],
)
def test_the_http_status_decides(service, status, refusal, scope):
    service.answer({"ErrorCode": 10, "Message": "No\nway."}, status)
    outcome = outcome_of(service)

    assert (outcome.refusal, outcome.code, outcome.scope) == (refusal, str(status), scope)
    assert outcome.reason == "No way."
    assert outcome.retry_after is None


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_kept(service, status):
    service.answer({}, status, Retry_After=17)

    assert outcome_of(service).retry_after == 17


def test_retry_after_may_be_a_date(service):
    then = datetime.fromtimestamp(time.time() + 60, UTC)
    service.answer({}, 429, Retry_After=format_datetime(then, usegmt=True))

    assert 50 < outcome_of(service).retry_after <= 60


@pytest.mark.parametrize("value", ["soon", "-5", "nan", "inf"])
def test_a_retry_after_that_makes_no_sense_is_none(service, value):
    service.answer({}, 429, Retry_After=value)

    assert outcome_of(service).retry_after is None


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ("<html>Welcome to the hotel's network</html>", IN_DOUBT),
        ("{}", IN_DOUBT),
        ("[]", RETRY),  # anymail calls it "unknown".
    ],
)
def test_an_answer_that_cannot_be_read_is_no_success(service, body, refusal):
    service.answer(body, 200)

    assert outcome_of(service).refusal is refusal


@pytest.mark.parametrize("deed", [DROP, HANG])
def test_a_service_that_was_asked_and_said_nothing_is_doubt(service, deed):
    service.answer(deed)
    outcome = outcome_of(service)

    assert (outcome.refusal, outcome.scope) == (IN_DOUBT, Scope.MESSAGE)
    assert len(service.requests) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "service.invalid"])
def test_a_service_that_cannot_be_reached_makes_everybody_wait(host):
    outcome = postmark(f"http://{host}:{free_port()}/").send(envelope())

    assert (outcome.refusal, outcome.scope) == (RETRY, Scope.ACCOUNT)


def test_a_url_that_is_none_holds_the_account():
    assert postmark("no url at all/").send(envelope()).refusal is ACCOUNT


def test_a_certificate_that_nobody_vouches_for_holds_the_account(tls):
    from dsn_email.testing import SMTPServer

    with SMTPServer(tls=tls, tls_from_start=True) as server:
        outcome = postmark(f"https://localhost:{server.port}/").send(envelope())

    assert (outcome.refusal, outcome.scope) == (ACCOUNT, Scope.ACCOUNT)


def test_what_the_service_cannot_carry_costs_the_message(service):
    own = Options(tags=("one", "two"))  # Postmark takes one tag.

    assert outcome_of(service, options=own).refusal is MESSAGE


def test_a_tag_reaches_the_service(service):
    outcome_of(service, options=Options(tags=("paid",)))

    assert service.requests[0][2]["Tag"] == "paid"


def test_an_attachment_reaches_the_service(service):
    attachment = Attachment(name="bill.pdf", content=b"%PDF", content_type="application/pdf")
    outcome_of(service, envelope(attachments=(attachment,)))

    assert service.requests[0][2]["Attachments"][0]["Name"] == "bill.pdf"


def test_what_cannot_be_put_into_json_costs_the_message(service, settings):
    settings.ANYMAIL = {"SEND_DEFAULTS": {"metadata": {"when": datetime.now(UTC)}}}

    assert outcome_of(service).refusal is MESSAGE


def test_an_account_without_its_token_is_held(service):
    account = Account(backend=POSTMARK, options={"api_url": service.url})
    outcome = messenger(account).send(envelope())

    assert (outcome.refusal, outcome.scope) == (ACCOUNT, Scope.ACCOUNT)
    assert "server_token" in outcome.reason.lower()


def test_a_batch_shares_one_connection_refusals_and_all(service):
    with postmark(service.url) as email:
        service.answer(
            {
                "ErrorCode": 406,
                "Message": INACTIVE,
            },
            422,
        )
        assert email.send(envelope()).refusal is ADDRESS
        service.answer({}, 400)
        assert email.send(envelope()).refusal is MESSAGE
        service.answer(SENT)
        for _ in range(5):
            assert isinstance(email.send(envelope()), Accepted)

    assert service.connections == 1


def test_a_receiver_that_raises_after_the_send_does_not_unsend_it(service):
    from anymail.signals import post_send

    def receive(**kwargs):
        raise ZeroDivisionError

    post_send.connect(receive)
    try:
        assert isinstance(outcome_of(service), Accepted)
    finally:
        post_send.disconnect(receive)


def test_a_receiver_may_cancel_a_message(service):
    from anymail.exceptions import AnymailCancelSend
    from anymail.signals import pre_send

    def receive(**kwargs):
        raise AnymailCancelSend

    pre_send.connect(receive)
    try:
        outcome = outcome_of(service)
    finally:
        pre_send.disconnect(receive)
    assert (outcome.refusal, outcome.code) == (MESSAGE, "cancelled")
    assert service.requests == []


def suppressed(*reasons):
    warning = {"type": "ALL_SUPPRESSED", "recipients": [{"email": ADA, "reason": list(reasons)}]}
    return {"message": "There are some warnings.", "warnings": [warning]}


def rejected(reason):
    return [{"email": ADA, "status": "rejected", "_id": None, "reject_reason": reason}]


@pytest.mark.parametrize(
    ("name", "answer", "refusal", "opted_out"),
    [
        ("mandrill", rejected("unsub"), ADDRESS, True),
        ("mandrill", rejected("spam"), ADDRESS, True),
        ("mandrill", rejected("hard-bounce"), ADDRESS, False),
        ("mandrill", rejected("invalid-sender"), MESSAGE, False),
        ("mandrill", rejected("test-mode-limit"), MESSAGE, False),
        ("mandrill", rejected("unsigned"), MESSAGE, False),
        ("mandrill", rejected("rule"), MESSAGE, False),
        ("mailersend", suppressed("unsubscribed"), ADDRESS, True),
        ("mailersend", suppressed("spam_complaint"), ADDRESS, True),
        ("mailersend", suppressed("hard_bounced"), ADDRESS, False),
        ("unisender_go", {"emails": [], "failed_emails": {ADA: "unsubscribed"}}, ADDRESS, True),
        ("unisender_go", {"emails": [], "failed_emails": {ADA: "invalid"}}, ADDRESS, False),
    ],
)
def test_who_wants_no_more_is_told_apart_from_who_is_not_there(
    service, name, answer, refusal, opted_out
):
    service.answer(answer)
    key = {"mailersend": "api_token"}.get(name, "api_key")
    settings = {key: TOKEN, "api_url": service.url}
    backend = f"anymail.backends.{name}.EmailBackend"
    outcome = messenger(Account(backend=backend, options=settings)).send(envelope())

    assert (outcome.refusal, outcome.opted_out) == (refusal, opted_out)
