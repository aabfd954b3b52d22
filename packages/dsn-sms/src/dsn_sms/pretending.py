"""What a Twilio for tests takes and refuses, and the words it says it in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

from dsn_core.testing import Answer
from dsn_sms.segments import count_segments
from dsn_sms.senders import E164, NAME, SHORT_CODE, WHATSAPP

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

DATE = "Sat, 21 Nov 2026 10:00:00 +0000"
SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
VALIDITY = re.compile(r"[0-9]{1,5}")
LONGEST_BODY = 1600
MAGIC_TO = {
    "+15005550001": ("21211", "The 'To' number {} is not a valid phone number."),
    "+15005550002": ("21612", "Message cannot be sent with the current combination of 'To' ({})"),
    "+15005550003": ("21408", "Permission to send an SMS has not been enabled for: {}"),
    "+15005550004": ("21610", "Attempt to send to unsubscribed recipient"),
    "+15005550009": ("21614", "'To' number is not a valid mobile number: {}"),
}
MAGIC_FROM = {
    "+15005550001": ("21212", "Invalid From number: {}"),
    "+15005550007": ("21606", "The From phone number {} is not a valid, SMS-capable number"),
    "+15005550008": ("21611", "The source number {} has exceeded the number of queued messages"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SentSMS:
    """A message that the server took; ``form`` is all that was asked with it."""

    sid: str
    to: str
    body: str
    sender: str
    service: str
    status_callback: str
    form: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer that refuses: HTTP status, Twilio's code and words."""

    status: int
    code: str
    message: str

    def answer(self) -> Answer:
        """The fault as Twilio writes it."""
        return Answer(
            status=self.status,
            json={
                "code": int(self.code),
                "message": self.message,
                "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
                "status": self.status,
            },
        )


def fault_of(
    form: Mapping[str, str], opted_out: Collection[str], senders: Collection[str] | None
) -> Fault | None:
    """Why a message is refused; None: it is taken."""
    rules: tuple[Callable[[], Fault | None], ...] = (
        lambda: _missing(form),
        lambda: _of_recipient(form["To"], opted_out),
        lambda: _of_sender(form, senders),
        lambda: _of_rest(form),
    )
    return next((fault for rule in rules if (fault := rule()) is not None), None)


def new_sid() -> str:
    """A message's SID, which no other has, also of another server: by it repeats are told."""
    return f"SM{uuid4().hex}"


def message_json(message: SentSMS, account_sid: str) -> dict[str, object]:
    """The message as Twilio answers it."""
    path = f"/2010-04-01/Accounts/{account_sid}/Messages/{message.sid}"
    smart = message.form.get("SmartEncoded") == "true"
    count = 0 if message.service else count_segments(message.body, smart_encoded=smart)
    return {
        "sid": message.sid,
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": DATE,
        "date_sent": None,
        "date_updated": DATE,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": message.sender or None,
        "messaging_service_sid": message.service or None,
        "num_media": "0",
        "num_segments": str(count),
        "price": None,
        "price_unit": "USD",
        "status": "accepted" if message.service else "queued",
        "subresource_uris": {"media": f"{path}/Media.json"},
        "to": message.to,
        "uri": f"{path}.json",
    }


def _refused(code: str, words: str, about: str = "") -> Fault:
    return Fault(400, code, words.format(about))


def _missing(form: Mapping[str, str]) -> Fault | None:
    if not form.get("To"):
        return _refused("21604", "A 'To' phone number is required.")
    if not (form.get("From") or form.get("MessagingServiceSid")):
        return _refused("21603", "A 'From' phone number is required.")
    if not form.get("Body"):
        return _refused("21602", "Message body is required.")
    return None


def _of_recipient(to: str, opted_out: Collection[str]) -> Fault | None:
    number = to.removeprefix(WHATSAPP)
    if number in MAGIC_TO:
        return _refused(*MAGIC_TO[number], number)
    if not E164.fullmatch(number):
        return _refused(*MAGIC_TO["+15005550001"], to)
    if to in opted_out:
        return _refused(*MAGIC_TO["+15005550004"])
    return None


def _of_sender(form: Mapping[str, str], senders: Collection[str] | None) -> Fault | None:
    service, sender = form.get("MessagingServiceSid", ""), form.get("From", "")
    if service and not SERVICE.fullmatch(service):
        return _refused("21705", "The Messaging Service Sid {} is invalid", service)
    if not sender:
        return None
    if sender in MAGIC_FROM:
        return _refused(*MAGIC_FROM[sender], sender)
    number = sender.removeprefix(WHATSAPP)
    if not (E164.fullmatch(number) or SHORT_CODE.fullmatch(number) or NAME.fullmatch(number)):
        return _refused("21212", "Invalid From number: {}", sender)
    if form["To"].startswith(WHATSAPP) != sender.startswith(WHATSAPP):
        return _refused("63007", "Twilio could not find a Channel with the From address {}", sender)
    if form["To"] == sender:
        return _refused("21266", "'To' and 'From' number cannot be the same: {}", sender)
    if senders is not None and sender not in senders:
        return _refused("21659", "'{}' is not a Twilio phone number", sender)
    return None


def _of_rest(form: Mapping[str, str]) -> Fault | None:
    if len(form["Body"]) > LONGEST_BODY:
        return _refused("21617", "The concatenated message body exceeds the 1600 character limit")
    callback = form.get("StatusCallback")
    if callback is not None and not _is_url(callback):
        return _refused("21609", "The 'StatusCallback' URL {} is not a valid URL", callback)
    validity = form.get("ValidityPeriod", "1")
    if not VALIDITY.fullmatch(validity) or not 1 <= int(validity) <= 36_000:
        return _refused("20001", "ValidityPeriod must be between 1 and 36000: {}", validity)
    return None


def _is_url(text: str) -> bool:
    try:
        split = urlsplit(text)
    except ValueError:
        return False
    return split.scheme in ("http", "https") and bool(split.hostname)
