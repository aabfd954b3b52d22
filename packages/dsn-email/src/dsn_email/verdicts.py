"""What a failure that an e-mail service reports means. The only file that knows their words.

Anymail's own words for it are https://anymail.dev/en/stable/sending/tracking/. They are too few:
it says "bounced" of a full mailbox too, and "blocked" of mail that is refused for its sender's or
its content's sake. So the service's own word goes before them, where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TypeGuard


class Verdict(Enum):
    """What to conclude."""

    DEAD = "dead"
    """Nobody is at the address."""
    SOFT = "soft"
    """Not now; it may work another time."""
    MESSAGE = "message"
    """This message only: its content, its sender, or a limit."""
    UNWANTED = "unwanted"
    """The person there wants no more."""


DEAD, SOFT, MESSAGE, UNWANTED = Verdict

BOUNCED: Mapping[str, Verdict] = {"invalid": DEAD, "bounced": DEAD}
"""Of a message that a mail server refused, by anymail's reason; of any other: it was soft."""

REJECTED: Mapping[str, Verdict] = {
    "invalid": DEAD,
    "bounced": DEAD,
    "blocked": DEAD,
    "spam": UNWANTED,
    "unsubscribed": UNWANTED,
    "timed_out": SOFT,
}
"""Of one that the service itself did not send; of any other: it was the message's fault."""

Path = tuple[str, ...]
Own = Sequence[tuple[Path, Mapping[str, Verdict]]]

OWN_WORDS: Mapping[str, Own] = {
    # https://developers.brevo.com/docs/transactional-webhooks
    "Brevo": [
        (("event",), {"hard_bounce": DEAD, "invalid_email": DEAD, "soft_bounce": SOFT}),
    ],
    # https://developers.mailersend.com/api/v1/webhooks
    "MailerSend": [
        (("data", "type"), {"hard_bounced": DEAD, "soft_bounced": SOFT}),
    ],
    # https://documentation.mailgun.com/docs/mailgun/user-manual/events/event-structure
    "Mailgun": [
        (
            ("event-data", "reason"),
            {"suppress-complaint": UNWANTED, "suppress-unsubscribe": UNWANTED},
        ),
    ],
    # https://dev.mailjet.com/email/guides/webhooks/
    "Mailjet": [
        (
            ("error",),
            {
                "content blocked": MESSAGE,
                "duplicate in campaign": MESSAGE,
                "policy issue": MESSAGE,
                "quota exceeded": SOFT,
                "sender blocked": MESSAGE,
            },
        ),
        (("hard_bounce",), {"true": DEAD, "false": SOFT}),
    ],
    # https://mailchimp.com/developer/transactional/docs/webhooks/
    "Mandrill": [
        (("event",), {"hard_bounce": DEAD, "soft_bounce": SOFT}),
    ],
    # https://postmarkapp.com/developer/api/bounce-api#bounce-types
    "Postmark": [
        (
            ("Type",),
            {
                "blocked": MESSAGE,
                "dmarcpolicy": MESSAGE,
                "hardbounce": DEAD,
                "softbounce": SOFT,
                "virusnotification": MESSAGE,
            },
        ),
    ],
    # https://resend.com/docs/webhooks/emails/bounced
    "Resend": [
        (
            ("data", "bounce", "type"),
            {"permanent": DEAD, "transient": SOFT, "undetermined": SOFT},
        ),
    ],
    # https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
    "SendGrid": [
        (
            ("reason",),
            {
                "bounced address": DEAD,
                "invalid": DEAD,
                "spam reporting address": UNWANTED,
                "unsubscribed address": UNWANTED,
            },
        ),
        (("type",), {"bounce": DEAD, "blocked": SOFT}),
    ],
    # https://support.sparkpost.com/docs/deliverability/bounce-classification-codes
    "SparkPost": [
        (
            ("msys", "*", "bounce_class"),
            {
                "10": DEAD,
                "20": SOFT,
                "21": SOFT,
                "22": SOFT,
                "23": MESSAGE,
                "24": SOFT,
                "30": DEAD,
                "40": SOFT,
                "51": MESSAGE,
                "52": MESSAGE,
                "53": MESSAGE,
                "70": SOFT,
            },
        ),
    ],
    # https://godocs.unisender.ru/web-api-ref#callback-format
    "Unisender Go": [
        (
            ("delivery_info", "delivery_status"),
            {
                "err_mailbox_full": SOFT,
                "err_spam_rejected": MESSAGE,
                "err_spam_skipped": MESSAGE,
                "err_too_large": MESSAGE,
                "err_unreachable": SOFT,
                "err_unsubscribed": UNWANTED,
            },
        ),
    ],
}
"""By the service: where in its event its own word stands ("*" is any one name), in small letters,
and what each means. The first that is known decides."""


def judge(event_type: str, reason: str, service: str, event: object) -> Verdict:
    """The verdict on a failure; ``event`` is the service's own, ``reason`` anymail's word."""
    own = _own_verdict(OWN_WORDS.get(service, ()), event)
    if own is not None:
        return own
    if event_type == "bounced":
        return BOUNCED.get(reason, SOFT)
    return REJECTED.get(reason, MESSAGE) if event_type == "rejected" else MESSAGE


def _own_verdict(words: Own, event: object) -> Verdict | None:
    for path, verdicts in words:
        word = _word_at(path, event)
        if word in verdicts:
            return verdicts[word]
    return None


def _word_at(path: Path, event: object) -> str:
    value = event
    for name in path:
        if not _is_object(value):
            return ""
        value = next(iter(value.values()), None) if name == "*" else value.get(name)
    return str(value).strip().lower()


def _is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping)
