"""What each kind of event means, as the services themselves write it."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from dsn_core import OptedIn, OptedOut, Receipt, Refusal, Scope
from dsn_email.tracking import reports
from dsn_email.verdicts import OWN_WORDS
from tests.email.posting import ADA, messenger
from tests.email.reporting import AT, NOW, able, webhook

SAID = dt.datetime.fromisoformat(AT)

ADDRESS, MESSAGE, RETRY = Refusal.ADDRESS, Refusal.MESSAGE, Refusal.RETRY

GENERAL = [
    ("bounced", "invalid", ADDRESS),
    ("bounced", "bounced", ADDRESS),
    ("bounced", "timed_out", RETRY),
    ("bounced", "blocked", RETRY),
    ("bounced", "spam", RETRY),
    ("bounced", "other", RETRY),
    ("bounced", None, RETRY),
    ("rejected", "invalid", ADDRESS),
    ("rejected", "bounced", ADDRESS),
    ("rejected", "blocked", ADDRESS),
    ("rejected", "timed_out", RETRY),
    ("rejected", "other", MESSAGE),
    ("rejected", None, MESSAGE),
    ("failed", None, MESSAGE),
]


def event(kind, reason=None, **fields):
    """One of anymail's events, from a service that says no more than anymail does."""
    usual = {"recipient": ADA, "message_id": "p1", "event_id": "e1", "timestamp": SAID}
    return SimpleNamespace(event_type=kind, reject_reason=reason, **{**usual, **fields})


def read(kind, reason=None, **fields):
    return list(reports(event(kind, reason, **fields), "Some service"))


def test_an_arrival_is_a_receipt():
    expected = Receipt(provider_id="p1", delivered=True, at=SAID, id="delivered:e1")

    assert read("delivered") == [expected]


@pytest.mark.parametrize(("kind", "reason", "refusal"), GENERAL)
def test_a_failure_is_a_receipt_that_says_what_it_means(kind, reason, refusal):
    (receipt,) = read(kind, reason)

    assert not receipt.delivered
    assert receipt.refusal is refusal
    assert (receipt.scope is Scope.ADDRESS) is (refusal is RETRY)
    assert (receipt.provider_id, receipt.at, receipt.id) == ("p1", SAID, f"{kind}:e1")
    assert receipt.code == (reason or kind)
    assert receipt.reason


@pytest.mark.parametrize("reason", ["spam", "unsubscribed"])
def test_a_rejection_for_the_persons_own_sake_is_an_opt_out(reason):
    receipt, left = read("rejected", reason)

    assert receipt.refusal is MESSAGE
    assert left == OptedOut(address=ADA, reason=receipt.reason, at=SAID, id="rejected:e1")


@pytest.mark.parametrize("kind", ["complained", "unsubscribed"])
def test_who_complains_or_unsubscribes_has_opted_out(kind):
    (left,) = read(kind, description="feedback loop")

    assert isinstance(left, OptedOut)
    assert (left.address, left.at, left.id) == (ADA, SAID, f"{kind}:e1")
    assert left.reason


def test_who_subscribes_opts_in():
    (back,) = read("subscribed")

    assert back == OptedIn(address=ADA, reason="Subscribed", at=SAID, id="subscribed:e1")


@pytest.mark.parametrize(
    "kind",
    ["queued", "sent", "deferred", "opened", "clicked", "autoresponded", "inbound", "unknown"],
)
def test_the_other_events_report_nothing(kind):
    assert read(kind) == []


@pytest.mark.parametrize("kind", ["complained", "unsubscribed", "subscribed"])
def test_nobody_opts_out_without_a_name(kind):
    assert read(kind, recipient=None) == []
    (receipt,) = read("rejected", "spam", recipient=None)
    assert isinstance(receipt, Receipt)


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("550 5.1.1 No such user", "5.1.1"),
        ("smtp;550 5.2.1 disabled", "5.2.1"),
        ("Refused. (5.7.1)", "5.7.1"),
        ("550 No such user", "550"),
        ("451-Try later", "451"),
        ("Client 10.5.1.1.9 is blocked", "other"),
        ("", "other"),
    ],
)
def test_the_code_is_the_mail_servers_where_it_gave_one(reply, code):
    (receipt,) = read("bounced", "other", mta_response=reply)

    assert receipt.code == code


def test_the_reason_is_what_the_mail_server_said_or_else_the_service():
    (first,) = read("bounced", "other", mta_response="550\nNo such  user", description="Hard")
    (second,) = read("bounced", "other", description="Hard")
    (third,) = read("bounced", "bounced")

    assert first.reason == "550 No such user"
    assert second.reason == "Hard"
    assert third.reason == "The address refuses mail, or did so before"


@pytest.mark.parametrize(
    ("reply", "refusal"),
    [
        ("550 5.1.1 No such user", ADDRESS),
        ("550 No such user", ADDRESS),
        ("550 5.7.1 Spam", MESSAGE),
        ("452 4.2.2 Full", MESSAGE),
        ("No such user", MESSAGE),
    ],
)
def test_what_only_failed_is_judged_by_the_mail_servers_answer(reply, refusal):
    """Postal calls it a hard failure, whatever it was that the other server refused."""
    (receipt,) = read("failed", mta_response=reply)

    assert receipt.refusal is refusal


def test_a_time_without_a_zone_is_in_utc():
    (receipt,) = read("delivered", timestamp=SAID.replace(tzinfo=None))

    assert receipt.at == SAID


def test_what_a_service_leaves_out_or_writes_otherwise_is_borne():
    odd = {"message_id": 4711, "timestamp": "today", "event_id": None, "metadata": None}
    (receipt,) = read("delivered", **odd)

    assert receipt == Receipt(provider_id="4711", delivered=True)


def test_our_own_key_comes_back_in_the_metadata():
    (receipt,) = read("delivered", metadata={"dsn_key": "k1", "shop": 7})

    assert receipt.key == "k1"


# What the services write of a failure, and what it means. The last is what anymail makes of it
# where it says less, or something else.


def brevo(word):
    return {"event": word, "email": ADA, "message-id": "p1", "ts_epoch": NOW * 1000}


def mailersend(word):
    morph = {"object": "recipient_bounce", "reason": "Host or domain name not found"}
    inner = {"message": {"id": "p1"}, "recipient": {"email": ADA}}
    data = {"id": "e1", "type": word, "created_at": AT, "email": inner, "morph": morph}
    return {"type": f"activity.{word}", "data": data}


def mailgun(reason, severity="permanent"):
    return {
        "event": "failed",
        "severity": severity,
        "reason": reason,
        "recipient": ADA,
        "timestamp": NOW,
        "delivery-status": {"code": 550, "message": "No such user", "description": ""},
        "message": {"headers": {"message-id": "p1"}},
    }


def mailjet(kind, error, **fields):
    return {"event": kind, "error": error, "email": ADA, "MessageID": 1, "time": NOW, **fields}


def mandrill(word):
    message = {"email": ADA, "diag": "smtp;550 refused", "metadata": []}
    return {"event": word, "_id": "p1", "ts": NOW, "msg": message}


def postmark(kind):
    return {"RecordType": "Bounce", "Type": kind, "ID": 1, "MessageID": "p1", "Email": ADA}


def resend(kind):
    bounce = {"type": kind, "subType": "General", "message": "sent a general bounce message."}
    data = {"email_id": "p1", "to": [ADA], "bounce": bounce}
    return {"type": "email.bounced", "created_at": AT, "data": data}


def sendgrid(kind, **fields):
    return {"event": kind, "email": ADA, "anymail_id": "p1", "timestamp": NOW, **fields}


def sparkpost(bounce_class, kind="bounce"):
    inner = {
        "type": kind,
        "bounce_class": bounce_class,
        "transmission_id": "p1",
        "raw_rcpt_to": ADA,
    }
    return {"msys": {"message_event": {**inner, "raw_reason": "550 refused"}}}


def unisender(status):
    info = {"delivery_status": status, "destination_response": "550 refused"}
    return {
        "job_id": "p1",
        "email": ADA,
        "status": "hard_bounced",
        "event_time": "2026-11-18 11:06:40",
        "delivery_info": info,
    }


OUT = "opted out"
OWN = [
    ("brevo", brevo("hard_bounce"), ADDRESS),
    ("brevo", brevo("invalid_email"), ADDRESS),
    ("brevo", brevo("soft_bounce"), RETRY),
    ("brevo", brevo("blocked"), ADDRESS),
    ("brevo", brevo("error"), MESSAGE),
    ("mailersend", mailersend("hard_bounced"), ADDRESS),
    ("mailersend", mailersend("soft_bounced"), RETRY),
    ("mailgun", mailgun("bounce"), ADDRESS),
    ("mailgun", mailgun("suppress-bounce"), ADDRESS),
    ("mailgun", mailgun("generic"), RETRY),
    ("mailgun", mailgun("suppress-complaint"), OUT),
    ("mailgun", mailgun("suppress-unsubscribe"), OUT),
    ("mailgun", mailgun("generic", "temporary"), None),
    ("mailjet", mailjet("bounce", "user unknown", hard_bounce=True), ADDRESS),
    ("mailjet", mailjet("bounce", "no mail host", hard_bounce=False), RETRY),
    ("mailjet", mailjet("bounce", "quota exceeded", hard_bounce=True), RETRY),
    ("mailjet", mailjet("blocked", "user unknown"), ADDRESS),
    ("mailjet", mailjet("blocked", "preblocked"), ADDRESS),
    ("mailjet", mailjet("blocked", "spam reporter"), OUT),
    ("mailjet", mailjet("blocked", "sender blocked"), MESSAGE),
    ("mailjet", mailjet("blocked", "content blocked"), MESSAGE),
    ("mailjet", mailjet("blocked", "policy issue"), MESSAGE),
    ("mailjet", mailjet("blocked", "duplicate in campaign"), MESSAGE),
    ("mandrill", mandrill("hard_bounce"), ADDRESS),
    ("mandrill", mandrill("soft_bounce"), RETRY),
    ("mandrill", mandrill("reject"), MESSAGE),
    ("postmark", postmark("HardBounce"), ADDRESS),
    ("postmark", postmark("BadEmailAddress"), ADDRESS),
    ("postmark", postmark("ManuallyDeactivated"), ADDRESS),
    ("postmark", postmark("SoftBounce"), RETRY),
    ("postmark", postmark("Transient"), None),
    ("postmark", postmark("Blocked"), MESSAGE),
    ("postmark", postmark("DMARCPolicy"), MESSAGE),
    ("postmark", postmark("VirusNotification"), MESSAGE),
    ("postmark", postmark("SMTPApiError"), MESSAGE),
    ("resend", resend("Permanent"), ADDRESS),
    ("resend", resend("Transient"), RETRY),
    ("resend", resend("Undetermined"), RETRY),
    ("sendgrid", sendgrid("bounce", type="bounce", reason="550 5.1.1 unknown"), ADDRESS),
    ("sendgrid", sendgrid("bounce", type="blocked", reason="550 5.7.1 blocked"), RETRY),
    ("sendgrid", sendgrid("dropped", reason="Bounced Address"), ADDRESS),
    ("sendgrid", sendgrid("dropped", reason="Invalid"), ADDRESS),
    ("sendgrid", sendgrid("dropped", reason="Unsubscribed Address"), OUT),
    ("sendgrid", sendgrid("dropped", reason="Spam Reporting Address"), OUT),
    ("sendgrid", sendgrid("dropped", reason="Spam Content"), MESSAGE),
    ("sparkpost", sparkpost("10"), ADDRESS),
    ("sparkpost", sparkpost("30"), ADDRESS),
    *[("sparkpost", sparkpost(code), RETRY) for code in ("20", "21", "22", "24", "40", "70")],
    *[("sparkpost", sparkpost(code), MESSAGE) for code in ("23", "51", "52", "53")],
    ("sparkpost", sparkpost("50"), RETRY),
    ("sparkpost", sparkpost("25", "policy_rejection"), ADDRESS),
    ("unisender_go", unisender("err_user_unknown"), ADDRESS),
    ("unisender_go", unisender("err_mailbox_full"), RETRY),
    ("unisender_go", unisender("err_unreachable"), RETRY),
    ("unisender_go", unisender("err_spam_rejected"), MESSAGE),
    ("unisender_go", unisender("err_spam_skipped"), MESSAGE),
    ("unisender_go", unisender("err_too_large"), MESSAGE),
    ("unisender_go", unisender("err_unsubscribed"), OUT),
]


@pytest.mark.filterwarnings("ignore:django-anymail has dropped official support for SendGrid")
@pytest.mark.parametrize(("service", "said", "meaning"), OWN)
def test_a_services_own_word_goes_before_anymails(service, said, meaning):
    told = list(messenger(able(service)).receive(webhook(service, said)))

    assert [type(report) for report in told[1:]] == ([OptedOut] if meaning == OUT else [])
    assert [report.refusal for report in told[:1]] == (
        [MESSAGE] if meaning == OUT else [meaning] if meaning else []
    )


def test_every_word_that_is_known_is_tried_above():
    for service, own in OWN_WORDS.items():
        module = service.lower().replace(" ", "_")
        tried = str([said for name, said, _ in OWN if name == module]).lower()
        for _, words in own:
            assert [word for word in words if word not in tried] == [], service
