"""The signatures that need a package of cryptography; skipped where it is not installed."""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import json
import time

import pytest

from dsn_core import Forged, Receipt
from tests.email.posting import ADA, messenger
from tests.email.reporting import AT, DELIVERED, able, webhook

SECRET = "whsec_" + base64.b64encode(b"s3cret-of-resend-and-us").decode()
HARD = {
    "uuid": "e1",
    "timestamp": 1_795_000_000,
    "event": "MessageDeliveryFailed",
    "payload": {
        "status": "HardFail",
        "details": "Permanent SMTP delivery error",
        "output": "550 5.1.1 No such user",
        "message": {"id": 4711, "to": ADA, "direction": "outgoing"},
    },
}
BOUNCED = {
    "uuid": "e2",
    "timestamp": 1_795_000_000,
    "event": "MessageBounced",
    "payload": {
        "original_message": {"id": 4711, "to": ADA, "direction": "outgoing"},
        "bounce": {"id": 4712},
    },
}


def signed(service, event, **headers):
    """A webhook with no login, but with these headers."""
    hook = webhook(service, event, login=None)
    return dataclasses.replace(hook, headers={"content-type": "application/json", **headers})


def read(account, hook):
    return list(messenger(account).receive(hook))


def primitive(name):
    """The module of this name, where the package is installed."""
    return pytest.importorskip(f"cryptography.hazmat.primitives.{name}")


def public_part(key):
    """As the services show it: without the lines around it."""
    forms = primitive("serialization")
    pem, whole_key = forms.Encoding.PEM, forms.PublicFormat.SubjectPublicKeyInfo
    whole = key.public_key().public_bytes(pem, whole_key)
    return "".join(whole.decode().splitlines()[1:-1])


@pytest.mark.filterwarnings("ignore:django-anymail has dropped official support for SendGrid")
def test_sendgrids_signature_covers_the_time_and_all_that_is_said():
    ec, hashes = primitive("asymmetric.ec"), primitive("hashes")
    key = ec.generate_private_key(ec.SECP256R1())
    body = json.dumps([DELIVERED["sendgrid"]]).encode()
    made = base64.b64encode(key.sign(b"1795000000" + body, ec.ECDSA(hashes.SHA256()))).decode()
    name = "x-twilio-email-event-webhook-"
    account = able("sendgrid", login="", tracking_webhook_verification_key=public_part(key))

    def hook(event, timestamp="1795000000"):
        headers = {f"{name}signature": made, f"{name}timestamp": timestamp}
        return signed("sendgrid", event, **headers)

    assert [type(report) for report in read(account, hook(DELIVERED["sendgrid"]))] == [Receipt]
    for forged in (
        hook({**DELIVERED["sendgrid"], "anymail_id": "p2"}),
        hook(DELIVERED["sendgrid"], "1795000001"),
        signed("sendgrid", DELIVERED["sendgrid"]),
    ):
        with pytest.raises(Forged):
            read(account, forged)


@pytest.mark.parametrize(("event", "code"), [(HARD, "5.1.1"), (BOUNCED, "bounced")])
def test_postals_signature_covers_all_that_is_said(event, code):
    rsa, padding = primitive("asymmetric.rsa"), primitive("asymmetric.padding")
    hashes = primitive("hashes")
    key = rsa.generate_private_key(65537, 2048)
    made = base64.b64encode(
        key.sign(json.dumps(event).encode(), padding.PKCS1v15(), hashes.SHA1())
    ).decode()
    account = able("postal", login="", webhook_key=public_part(key))
    (receipt,) = read(account, signed("postal", event, **{"x-postal-signature": made}))

    assert (receipt.provider_id, receipt.refusal.name) == ("4711", "ADDRESS")
    assert receipt.code == code
    other = {**event, "uuid": "e3"}
    for headers in ({}, {"x-postal-signature": made}):
        with pytest.raises(Forged):
            read(account, signed("postal", other, **headers))


def test_resends_signature_covers_the_id_the_time_and_all_that_is_said():
    svix = pytest.importorskip("svix.webhooks")
    account = able("resend", login="", signing_secret=SECRET)

    def hook(event, age=0, key=SECRET):
        at = dt.datetime.fromtimestamp(int(time.time()) - age, dt.UTC)
        made = svix.Webhook(key).sign("msg_1", at, json.dumps(event))
        stamp = str(int(at.timestamp()))
        headers = {"svix-id": "msg_1", "svix-timestamp": stamp, "svix-signature": made}
        return signed("resend", event, **headers)

    (receipt,) = read(account, hook(DELIVERED["resend"]))
    assert receipt.id == "delivered:msg_1"
    told = hook({**DELIVERED["resend"], "created_at": AT.replace("2026", "2025")})
    for forged in (
        hook(DELIVERED["resend"], age=3600),
        hook(DELIVERED["resend"], key="whsec_" + base64.b64encode(b"guessed").decode()),
        dataclasses.replace(told, headers=hook(DELIVERED["resend"]).headers),
        signed("resend", DELIVERED["resend"]),
    ):
        with pytest.raises(Forged):
            read(account, forged)
