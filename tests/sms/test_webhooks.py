"""What Twilio reports by webhook, and what is forged."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from dsn_core import Forged, OptedIn, OptedOut, Receipt, Refusal, Scope, Webhook
from dsn_sms.opting import START_WORDS, STOP_WORDS
from dsn_sms.reports import SIGNATURE, verified
from dsn_sms.testing import sign
from tests.sms.texting import ADA, CALLBACK, SERVICE, SHOP, envelope, posted, through

RETRY, ADDRESS, MESSAGE, ACCOUNT, _ = Refusal
ROWS = {
    **dict.fromkeys([30001, 30017, 30022, 30410, 30500, 30003, 30023, 30027], RETRY),
    **dict.fromkeys([30005, 30006, 21614, 63003], ADDRESS),
    **dict.fromkeys([30004, 30007, 30008, 21617, 63016, 30999, 12345], MESSAGE),
    **dict.fromkeys([30002, 30018, 30024, 30032, 30033, 30034, 30035, 63007], ACCOUNT),
}


@pytest.fixture
def sms(server):
    return through(server)


@pytest.fixture
def sid(server, sms):
    """The SID of a message that has gone out and asked for callbacks."""
    return sms.send(envelope(callback_url=CALLBACK)).provider_id


def inbound(server, body, sender=ADA, **fields):
    """A message from `sender`, as the core hands it over."""
    return posted(*server.inbound(sender, SHOP, body, CALLBACK, **fields))


@pytest.mark.parametrize("status", ["accepted", "scheduled", "queued", "sending", "sent", "novel"])
def test_what_is_under_way_is_no_news(server, sms, sid, status):
    assert list(sms.receive(posted(*server.callback(sid, status)))) == []


@pytest.mark.parametrize("status", ["delivered", "read"])
def test_a_message_that_has_arrived_is_delivered(server, sms, sid, status):
    (receipt,) = sms.receive(posted(*server.callback(sid, status)))

    assert receipt == Receipt(provider_id=sid, delivered=True, code=status, id=f"{sid}:{status}")


@pytest.mark.parametrize(("code", "refusal"), ROWS.items())
@pytest.mark.parametrize("status", ["undelivered", "failed"])
def test_a_message_that_has_not_arrived_says_why(server, sms, sid, status, code, refusal):
    (receipt,) = sms.receive(posted(*server.callback(sid, status, error_code=code)))

    assert not receipt.delivered
    assert (receipt.refusal, receipt.code) == (refusal, str(code))
    assert (receipt.provider_id, receipt.id) == (sid, f"{sid}:{status}")
    assert receipt.reason


@pytest.mark.parametrize("code", [30023, 30027])
def test_a_daily_cap_makes_the_account_wait_until_twilios_next_day(server, sms, sid, code):
    (receipt,) = sms.receive(posted(*server.callback(sid, "undelivered", error_code=code)))

    assert (receipt.refusal, receipt.scope) == (RETRY, Scope.ACCOUNT)
    assert 0 < receipt.retry_after <= 86_400 + 60


@pytest.mark.parametrize(
    ("code", "counts"), [(30003, True), (30004, True), (30007, True), (30008, True), (30001, False)]
)
def test_a_failure_counts_against_a_number_that_is_to_blame(server, sms, sid, code, counts):
    (receipt,) = sms.receive(posted(*server.callback(sid, "undelivered", error_code=code)))

    assert (receipt.scope is Scope.ADDRESS) is counts


@pytest.mark.parametrize("status", ["undelivered", "failed", "canceled"])
@pytest.mark.parametrize("code", ["", "0"])
def test_a_failure_without_a_code_is_about_this_message(server, sms, sid, status, code):
    (receipt,) = sms.receive(posted(*server.callback(sid, status, error_code=code)))

    assert (receipt.refusal, receipt.code) == (MESSAGE, status)
    assert status in receipt.reason


def test_a_receipt_says_it_in_plain_words(server, sms, sid):
    (receipt,) = sms.receive(posted(*server.callback(sid, "undelivered", error_code=30003)))

    assert receipt.reason == "The phone is switched off, out of reach, or cannot receive messages"


def test_an_account_may_say_what_a_code_of_a_receipt_means(server, sid):
    sms = through(server, codes={"30008": "address"})
    (receipt,) = sms.receive(posted(*server.callback(sid, "failed", error_code=30008)))

    assert receipt.refusal is ADDRESS


def test_a_repeated_callback_is_the_same_report(server, sms, sid):
    webhook = posted(*server.callback(sid, "delivered"))

    assert list(sms.receive(webhook)) == list(sms.receive(webhook))


def test_a_service_that_finds_the_person_opted_out_says_so_later(server):
    sms = through(server, messaging_service_sid=SERVICE, from_number="")
    sid = sms.send(envelope(callback_url=CALLBACK)).provider_id
    receipt, wish = sms.receive(posted(*server.callback(sid, "failed", error_code=21610)))

    assert (receipt.refusal, receipt.delivered) == (ADDRESS, False)
    assert wish == OptedOut(address=ADA, reason="STOP", id=f"{sid}:stopped")


@pytest.mark.parametrize("word", sorted(STOP_WORDS))
def test_a_word_of_twilios_opts_out(server, sms, word):
    for body in (word, word.lower(), f"  {word.title()}\n"):
        webhook = inbound(server, body)
        assert list(sms.receive(webhook)) == [
            OptedOut(address=ADA, reason=word, id=webhook.form["MessageSid"][0])
        ]


@pytest.mark.parametrize("word", sorted(START_WORDS))
def test_another_word_opts_in_again(server, sms, word):
    webhook = inbound(server, word.lower())

    assert list(sms.receive(webhook)) == [
        OptedIn(address=ADA, reason=word, id=webhook.form["MessageSid"][0])
    ]


@pytest.mark.parametrize("body", ["", "Thanks!", "Please stop it", "STOP IT", "HELP", "yes please"])
def test_any_other_message_is_not_ours(server, sms, body):
    assert list(sms.receive(inbound(server, body))) == []


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        ("ARRET", "STOP", OptedOut(address=ADA, reason="STOP")),
        ("stopall", "STOP", OptedOut(address=ADA, reason="STOPALL")),
        ("OUI", "START", OptedIn(address=ADA, reason="START")),
        ("AIDE", "HELP", None),
        ("stop", "HELP", None),
        ("start", "HELP", None),
    ],
)
def test_with_advanced_opt_out_twilio_says_what_a_word_means(server, sms, body, kind, expected):
    reports = list(sms.receive(inbound(server, body, opt_out_type=kind)))

    assert [type(report) for report in reports] == ([type(expected)] if expected else [])
    assert [(each.address, each.reason) for each in reports] == (
        [(expected.address, expected.reason)] if expected else []
    )


@pytest.mark.parametrize("whatsapp", [True, False])
def test_a_stop_by_whatsapp_is_about_whatsapp_only(server, whatsapp):
    sms = through(server, whatsapp=whatsapp)
    (report,) = sms.receive(inbound(server, "STOP", f"whatsapp:{ADA}"))

    assert report.address == f"whatsapp:{ADA}"


def test_a_short_code_may_write_to_us(server, sms):
    (report,) = sms.receive(inbound(server, "STOP", "12345"))

    assert report.address == "12345"


def test_a_word_from_nobody_is_about_nobody(server, sms):
    url, form, _ = server.inbound(ADA, SHOP, "STOP", CALLBACK)
    del form["From"]
    headers = {"X-Twilio-Signature": sign(url, form, server.auth_token)}

    assert list(sms.receive(posted(url, form, headers))) == []


def test_fields_that_are_new_do_not_matter(server, sms, sid):
    url, form, _ = server.callback(sid, "delivered")
    form["ChannelToAddress"] = "+49 ü 🎉"
    headers = {"X-Twilio-Signature": sign(url, form, server.auth_token)}

    (receipt,) = sms.receive(posted(url, form, headers))
    assert receipt.delivered


def changed(webhook, **fields):
    """`webhook` with other values in its form."""
    form = {**webhook.form, **{name: (value,) for name, value in fields.items()}}
    return Webhook(
        method=webhook.method, url=webhook.url, headers=webhook.headers, form=form, body=b""
    )


def test_a_webhook_without_a_signature_is_forged(server, sms, sid):
    url, form, _ = server.callback(sid, "delivered")

    for headers in ({}, {"X-Twilio-Signature": ""}):
        with pytest.raises(Forged, match="missing"):
            sms.receive(posted(url, form, headers))


@pytest.mark.parametrize("signature", ["x", "ü", "RSOYDt4T1cUTdK1PDd93/VVr8B8="])
def test_a_webhook_with_a_wrong_signature_is_forged(server, sms, sid, signature):
    url, form, _ = server.callback(sid, "delivered")

    with pytest.raises(Forged, match="does not match"):
        sms.receive(posted(url, form, {"X-Twilio-Signature": signature}))


def test_a_webhook_that_was_changed_is_forged(server, sms, sid):
    webhook = posted(*server.callback(sid, "sent"))
    assert list(sms.receive(webhook)) == []

    for changes in ({"MessageStatus": "delivered"}, {"Extra": "1"}):
        with pytest.raises(Forged, match="does not match"):
            sms.receive(changed(webhook, **changes))


def test_a_webhook_for_another_address_is_forged(server, sms, sid):
    url, form, headers = server.callback(sid, "delivered")

    for other in (url.replace("https", "http"), url + "?account=2", url.replace("shop", "hop")):
        with pytest.raises(Forged, match="BASE_URL"):
            sms.receive(posted(other, form, headers))


def test_every_value_of_a_field_is_signed(server, sms, sid):
    webhook = posted(*server.callback(sid, "delivered"))
    doubled = Webhook(
        method="POST",
        url=webhook.url,
        headers=webhook.headers,
        form={**webhook.form, "MessageStatus": ("delivered", "failed")},
    )

    with pytest.raises(Forged):
        sms.receive(doubled)


def test_a_webhook_of_another_account_is_forged(server, sms, sid):
    url, form, _ = server.callback(sid, "delivered")
    for other in ({**form, "AccountSid": "AC" + "9" * 32}, {"MessageStatus": "delivered"}):
        headers = {"X-Twilio-Signature": sign(url, other, server.auth_token)}
        with pytest.raises(Forged, match="another Twilio account"):
            sms.receive(posted(url, other, headers))


def test_an_account_without_a_token_believes_nobody(server, sid):
    url, form, _ = server.callback(sid, "delivered")
    headers = {"X-Twilio-Signature": sign(url, form, "")}

    with pytest.raises(Forged):
        through(server, auth_token="").receive(posted(url, form, headers))


def test_a_webhook_with_a_shared_key_is_refused_in_words(server, sms, sid):
    url, form, headers = server.callback(sid, "delivered")
    headers["X-Twilio-Webhooks-Signature-Settings"] = "key=k,algorithm=HMAC_SHA256"

    with pytest.raises(Forged, match="shared key"):
        sms.receive(posted(url, form, headers))


def test_a_port_in_the_address_does_not_matter(server, sms, sid):
    url, form, headers = server.callback(sid, "delivered")
    with_port = url.replace("shop.example", "shop.example:443")

    assert len(list(sms.receive(posted(with_port, form, headers)))) == 1


@pytest.mark.parametrize("tampered", [False, True])
def test_a_body_of_json_is_verified_and_holds_nothing_for_us(server, sms, tampered):
    body = json.dumps([{"type": "com.twilio.messaging.message.delivered"}]).encode()
    digest = sha256(body).hexdigest()
    url = f"{CALLBACK}?bodySHA256={digest}"
    headers = {"X-Twilio-Signature": sign(url, {}, server.auth_token)}
    sent = body + b" " if tampered else body
    webhook = posted(url, {}, headers, query={"bodySHA256": (digest,)}, body=sent)

    if tampered:
        with pytest.raises(Forged):
            sms.receive(webhook)
    else:
        assert list(sms.receive(webhook)) == []


def test_the_signature_that_twilio_publishes_is_right():
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    signature = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    webhook = posted(url, form, {SIGNATURE: signature})

    assert sign(url, form, "12345") == signature
    assert verified(webhook, "12345").first("Digits") == "1234"
    with pytest.raises(Forged):
        verified(webhook, "12346")
