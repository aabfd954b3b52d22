"""E-mail services that report: their webhooks, in their own words, signed as they sign them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from urllib.parse import parse_qs, urlencode

from dsn_core import Webhook
from dsn_core.models import Address, Backend, Delivery, Event
from dsn_core.states import EventState, State
from dsn_email.accounts import Account
from tests.email.posting import ADA

LOGIN = "anymail:s3cret-login"
KEY = "s3cret-key"
BASE = "https://shop.example"
NOW = 1_795_000_000
"""Seconds since the epoch, of what the services say."""
AT = "2026-11-18T11:06:40Z"
"""The same."""


def backend(service, **account):
    """The settings of an account that sends through `service`."""
    options = {
        "mailersend": {"api_token": "t0ken"},
        "mailgun": {"api_key": "t0ken", "sender_domain": "shop.example"},
        "mailjet": {"api_key": "t0ken", "secret_key": "t0ken-two"},
        "mailtrap": {"api_token": "t0ken"},
        "postal": {"api_key": "t0ken", "api_url": "https://postal.example"},
        "postmark": {"server_token": "t0ken"},
        "unisender_go": {"api_key": "t0ken", "api_url": "https://go.example/api/"},
    }.get(service, {"api_key": "t0ken"})
    path = f"anymail.backends.{service}.EmailBackend"
    return {"backend": path, "options": options, **account}


def able(service, login=LOGIN, **options):
    """The account of `service`, with all that it needs to verify webhooks."""
    options = options or ({KEYS[service]: KEY} if service in KEYS else {})
    settings = backend(service, webhook_secret=login, webhook_options=options)
    return Account(**settings)


def webhook(service, *events, **how):
    """The same as `posted`, as the core hands it on."""
    sent = posted(service, *events, **how)
    form = sent["content_type"].endswith("urlencoded") and parse_qs(sent["data"].decode())
    return Webhook(
        method="POST",
        url=f"{BASE}/dsn/email/{how.get('account', 'default')}/",
        headers={"content-type": sent["content_type"], **sent["headers"]},
        form={name: tuple(values) for name, values in (form or {}).items()},
        body=sent["data"],
    )


def posted(service, *events, key=KEY, login=LOGIN, account="default", at=None):
    """What `service` posts: the body, and what Django's test client is to be told besides.

    `key` signs, `login` is the user and password in the URL; None leaves either out.
    """
    body, headers = WAYS.get(service, _alone)(events, key, account, at)
    content_type = headers.pop("content-type", "application/json")
    if login is not None:
        headers["authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
    return {"data": body, "content_type": content_type, "headers": headers}


def _alone(events, key, account, at):
    (event,) = events
    return json.dumps(event).encode(), {}


def _together(events, key, account, at):
    return json.dumps(list(events)).encode(), {}


def _mailersend(events, key, account, at):
    body, _ = _alone(events, key, account, at)
    return body, {"signature": _hex(key, body)} if key else {}


def _mailgun(events, key, account, at):
    (event,) = events
    token = hashlib.sha256(json.dumps(event).encode()).hexdigest()[:50]
    stamp = str(int(time.time()) if at is None else at)
    block = {"timestamp": stamp, "token": token, "signature": _hex(key or "", f"{stamp}{token}")}
    told = {"event-data": event} | ({"signature": block} if key else {})
    return json.dumps(told).encode(), {}


def _mailtrap(events, key, account, at):
    body = json.dumps({"events": list(events)}).encode()
    return body, {"mailtrap-signature": _hex(key, body)} if key else {}


def _mandrill(events, key, account, at):
    told = json.dumps(list(events))
    headers = {"content-type": "application/x-www-form-urlencoded"}
    if key:
        url = f"https://{LOGIN}@shop.example/dsn/email/{account}/"
        signed = hmac.new(key.encode(), f"{url}mandrill_events{told}".encode(), "sha1").digest()
        headers["x-mandrill-signature"] = base64.b64encode(signed).decode()
    return urlencode({"mandrill_events": told}).encode(), headers


def _unisender_go(events, key, account, at):
    told = [{"event_name": "transactional_email_status", "event_data": each} for each in events]
    whole = {"auth": key or "", "events_by_user": [{"user_id": 1, "events": told}]}
    body = json.dumps(whole).encode()
    if key:
        body = body.replace(key.encode(), hashlib.md5(body).hexdigest().encode())
    return body, {}


def _hex(key, signed):
    return hmac.new(
        key.encode(), signed if isinstance(signed, bytes) else signed.encode(), "sha256"
    ).hexdigest()


WAYS = {
    "brevo": _alone,
    "mailersend": _mailersend,
    "mailgun": _mailgun,
    "mailjet": _together,
    "mailtrap": _mailtrap,
    "mandrill": _mandrill,
    "postmark": _alone,
    "resend": _alone,
    "sendgrid": _together,
    "sparkpost": _together,
    "unisender_go": _unisender_go,
}
KEYS = {
    "mailersend": "signing_secret",
    "mailgun": "webhook_signing_key",
    "mailtrap": "tracking_secret",
    "mandrill": "webhook_key",
    "unisender_go": "api_key",
}
"""What each calls the key of its signature; the others only log in."""

DELIVERED = {
    "brevo": {"event": "delivered", "email": ADA, "message-id": "p1", "ts_epoch": NOW * 1000},
    "mailersend": {
        "type": "activity.delivered",
        "data": {
            "id": "e1",
            "type": "delivered",
            "created_at": AT,
            "email": {"message": {"id": "p1"}, "recipient": {"email": ADA}, "tags": []},
        },
    },
    "mailgun": {
        "event": "delivered",
        "recipient": ADA,
        "timestamp": NOW,
        "message": {"headers": {"message-id": "p1"}},
    },
    "mailjet": {"event": "sent", "email": ADA, "MessageID": "p1", "time": NOW, "Payload": ""},
    "mailtrap": {
        "event": "delivery",
        "email": ADA,
        "message_id": "p1",
        "event_id": "e1",
        "timestamp": NOW,
    },
    "mandrill": None,
    "postmark": {
        "RecordType": "Delivery",
        "Recipient": ADA,
        "MessageID": "p1",
        "DeliveredAt": AT,
    },
    "resend": {
        "type": "email.delivered",
        "created_at": AT,
        "data": {"email_id": "p1", "to": [ADA], "headers": []},
    },
    "sendgrid": {
        "event": "delivered",
        "email": ADA,
        "anymail_id": "p1",
        "sg_event_id": "e1",
        "timestamp": NOW,
    },
    "sparkpost": {
        "msys": {
            "message_event": {
                "type": "delivery",
                "transmission_id": "p1",
                "event_id": "e1",
                "raw_rcpt_to": ADA,
                "timestamp": str(NOW),
            }
        }
    },
    "unisender_go": {
        "job_id": "p1",
        "email": ADA,
        "status": "delivered",
        "event_time": "2026-11-18 11:06:40",
        "metadata": {},
    },
}
"""What each says of a message that has arrived; Mandrill never says that."""


def sent(*, account="default", provider_id="p1", address=ADA, state=State.SENT, **fields):
    """A delivery that went out through `account`; what is returned reads it anew."""
    row = Delivery.objects.create(
        event=Event.objects.create(verb="shop.paid", trigger_ids=[], state=EventState.DONE),
        backend=Backend.objects.get_or_create(
            name=f"Mail: {account}", messenger="email", account=account
        )[0],
        messenger="email",
        account=account,
        address=address,
        recipient_key=f"bare:{address}",
        provider_id=provider_id,
        state=state,
        **fields,
    )
    return lambda: Delivery.objects.get(pk=row.pk)


def inactive(address=ADA):
    """Why an address is used no more ("dead", "opted_out"); empty: it is; None: unknown."""
    found = Address.objects.filter(messenger="email", value=address)
    return next((str(row.kind) if not row.active else "" for row in found), None)
