"""From anymail's tracking events to DSN's reports.

What an event holds: https://anymail.dev/en/stable/sending/tracking/#normalized-tracking-event
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from dsn_core import OptedIn, OptedOut, Receipt, Refusal, Scope
from dsn_email import smtp_answers
from dsn_email.keying import sent_as, sent_to
from dsn_email.verdicts import Verdict, judge

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILURES = frozenset({"bounced", "rejected", "failed"})
LEFT = {"complained": "Marked as spam", "unsubscribed": "Unsubscribed"}
"""Of the events by which somebody wants no more, what is said of it."""

REFUSALS: Mapping[Verdict, Refusal] = {
    Verdict.DEAD: Refusal.ADDRESS,
    Verdict.SOFT: Refusal.RETRY,
    Verdict.MESSAGE: Refusal.MESSAGE,
    # That she wants no more is a report of its own, so that her address is not called dead.
    Verdict.UNWANTED: Refusal.MESSAGE,
}
REASONS = {
    "blocked": "The service blocks the address, or the mail server this mail",
    "bounced": "The address refuses mail, or did so before",
    "invalid": "The address is malformed, or does not exist",
    "spam": "The person there has marked an earlier message as spam",
    "timed_out": "The mail server did not answer for too long",
    "unsubscribed": "The person there has unsubscribed",
}
"""Anymail's reasons in plain words, for a service that gives none of its own."""

ENHANCED = re.compile(r"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?!\d|\.\d)")
BASIC = re.compile(r"\s*([45]\d\d)[\s-]+(.*)", re.DOTALL)


class Event:
    """What is used of one of anymail's events, each as its own type."""

    def __init__(self, raw: object, service: str) -> None:
        self.raw = getattr(raw, "esp_event", None)
        self.service = service
        self.type = _text(raw, "event_type")
        self.reject_reason = _text(raw, "reject_reason")
        self.description = _text(raw, "description")
        self.reply = _text(raw, "mta_response")
        self.recipient = _text(raw, "recipient")
        self.message_id = _text(raw, "message_id")
        metadata = getattr(raw, "metadata", None)
        self.metadata: Mapping[str, object] = metadata if isinstance(metadata, Mapping) else {}
        self.at = _moment(getattr(raw, "timestamp", None))
        event_id = _text(raw, "event_id")
        # One id may stand for a message, at some services: then its events differ by their type.
        self.id = f"{self.type}:{event_id}" if event_id else ""

    @property
    def code(self) -> str:
        """The mail server's enhanced or basic code, or else anymail's word."""
        enhanced, basic = ENHANCED.search(self.reply), BASIC.match(self.reply)
        code = enhanced[0] if enhanced else basic[1] if basic else ""
        return code or self.reject_reason or self.type

    @property
    def reason(self) -> str:
        """What was said, in whose words there are."""
        plain = REASONS.get(self.reject_reason, f"The service says that the message is {self.type}")
        return " ".join((self.reply or self.description or plain).split())


def reports(raw: object, service: str) -> Iterator[Receipt | OptedOut | OptedIn]:
    """What ``raw``, an event of anymail's from this service, reports; of many kinds nothing.

    Opened and clicked concern nobody, queued and sent are known, and after "deferred" comes
    another event.
    """
    event = Event(raw, service)
    if event.type == "delivered":
        yield _receipt(event, delivered=True)
    elif event.type in FAILURES:
        yield from _failure(event)
    elif event.type in LEFT and event.recipient:
        yield _opted_out(event, LEFT[event.type])
    elif event.type == "subscribed" and event.recipient:
        address = sent_to(event.metadata, event.recipient)
        yield OptedIn(address=address, reason="Subscribed", at=event.at, id=event.id)


def _failure(event: Event) -> Iterator[Receipt | OptedOut]:
    verdict = _verdict(event)
    refusal = REFUSALS[verdict]
    receipt = _receipt(
        event, delivered=False, refusal=refusal, code=event.code, reason=event.reason
    )
    yield replace(receipt, scope=Scope.ADDRESS) if verdict is Verdict.SOFT else receipt
    if verdict is Verdict.UNWANTED and event.recipient:
        yield _opted_out(event, event.reason)


def _verdict(event: Event) -> Verdict:
    """What a service only calls failed may still be a mail server's refusal, told by its code."""
    basic = BASIC.match(event.reply)
    if event.type == "failed" and basic:
        reply = smtp_answers.read_reply(int(basic[1]), basic[2])
        refusal = smtp_answers.about_recipient(reply).refusal
        return Verdict.DEAD if refusal is Refusal.ADDRESS else Verdict.MESSAGE
    return judge(event.type, event.reject_reason, event.service, event.raw)


def _receipt(
    event: Event,
    *,
    delivered: bool,
    refusal: Refusal = Refusal.MESSAGE,
    code: str = "",
    reason: str = "",
) -> Receipt:
    """By our own key, where the service has handed it back; else by the service's id."""
    return Receipt(
        provider_id=event.message_id,
        key=sent_as(event.metadata),
        delivered=delivered,
        refusal=refusal,
        at=event.at,
        code=code,
        reason=reason,
        id=event.id,
    )


def _opted_out(event: Event, reason: str) -> OptedOut:
    address = sent_to(event.metadata, event.recipient)
    return OptedOut(address=address, reason=reason, at=event.at, id=event.id)


def _text(raw: object, name: str) -> str:
    value = getattr(raw, name, None)
    return "" if value is None else str(value)


def _moment(value: object) -> dt.datetime | None:
    """Aware: what a service says without a time zone is in UTC."""
    if not isinstance(value, dt.datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
