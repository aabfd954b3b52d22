"""What Twilio reports by webhook: what became of a message, and who wants no more.

The only file that knows a webhook's fields. New ones come without notice: the signature counts
them, and nothing else looks at them.
https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from twilio.request_validator import RequestValidator

from dsn_core import Forged, OptedIn, OptedOut, Receipt, Scope
from dsn_sms.addresses import normalize_inbound
from dsn_sms.opting import START_WORDS, STOP_WORDS
from dsn_sms.outcomes import ARRIVED, FAILED, has_opted_out, of_code, until_midnight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsn_core import Webhook
    from dsn_sms.accounts import Account

SIGNATURE = "x-twilio-signature"
OTHER_KEY = "x-twilio-webhooks-signature-settings"
"""Names the shared key and algorithm of a signature that is not made with the auth token."""
BODY_HASH = "bodySHA256"


class Form(dict[str, tuple[str, ...]]):
    """Form fields, each with all its values, in the shape that Twilio's validator reads."""

    def getlist(self, name: str) -> tuple[str, ...]:
        """Every value of ``name``."""
        return self[name]

    def first(self, name: str) -> str:
        """The first value of ``name``, or nothing."""
        return next(iter(self.get(name, ())), "")


def read_webhook(webhook: Webhook, account: Account) -> Iterator[Receipt | OptedOut | OptedIn]:
    """What ``webhook`` reports. Raises ``Forged`` where it is not from this account at Twilio."""
    fields = verified(webhook, account.auth_token)
    if BODY_HASH in webhook.query:
        # A JSON event of another of Twilio's products: rightly signed, and none of ours.
        return iter(())
    if fields.first("AccountSid") != account.account_sid:
        raise Forged("It is from another Twilio account than this one's 'account_sid'")
    if fields.first("MessageStatus"):
        return _receipts(fields, account)
    return _wishes(fields)


def verified(webhook: Webhook, auth_token: str) -> Form:
    """The fields of ``webhook``. Raises ``Forged`` where its signature is missing or wrong."""
    signature = webhook.headers.get(SIGNATURE, "")
    if not signature:
        raise Forged("The X-Twilio-Signature header is missing")
    if webhook.headers.get(OTHER_KEY):
        raise Forged("It is signed with a shared key; DSN verifies with the auth token")
    fields = Form(webhook.form)
    signed: object = fields
    if BODY_HASH in webhook.query:
        signed = webhook.body.decode("utf-8", "replace")
    if not auth_token or not RequestValidator(auth_token).validate(webhook.url, signed, signature):
        raise Forged(
            "The X-Twilio-Signature header does not match; are the 'auth_token' and BASE_URL right?"
        )
    return fields


def _receipts(fields: Form, account: Account) -> Iterator[Receipt | OptedOut]:
    sid, status = fields.first("MessageSid"), fields.first("MessageStatus")
    # Each status comes once, or again in the same words.
    name = f"{sid}:{status}"
    if status in ARRIVED:
        yield Receipt(provider_id=sid, delivered=True, code=status, id=name)
    elif status in FAILED:
        code = fields.first("ErrorCode").strip()
        code = status if code in ("", "0") else code
        known = of_code(code, account)
        yield Receipt(
            provider_id=sid,
            delivered=False,
            refusal=known.refusal,
            scope=Scope.ADDRESS if known.counts else known.scope,
            retry_after=until_midnight(time.time()) if known.until else None,
            code=code,
            reason=known.words or f"Twilio says that the message is {status}, with code {code}",
            id=name,
        )
        if has_opted_out(code, known):
            # After the receipt, which says only that nobody is reached there.
            address = normalize_inbound(fields.first("To"))
            yield OptedOut(address=address, reason="STOP", id=f"{sid}:stopped")


def _wishes(fields: Form) -> Iterator[OptedOut | OptedIn]:
    """What somebody who wrote to us wants, if it is one of Twilio's words."""
    sender, sid = fields.first("From"), fields.first("MessageSid")
    word = fields.first("Body").strip().upper()
    # With Advanced Opt-Out the words are the account's own, and Twilio says what they mean.
    kind = fields.first("OptOutType")
    if not sender:
        return
    address = normalize_inbound(sender)
    if kind == "STOP" or (not kind and word in STOP_WORDS):
        yield OptedOut(address=address, reason=word if word in STOP_WORDS else "STOP", id=sid)
    elif kind == "START" or (not kind and word in START_WORDS):
        yield OptedIn(address=address, reason=word if word in START_WORDS else "START", id=sid)
