"""The SMS messenger. Twilio's SDK and phonenumbers are loaded when they are first needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core import Messenger
from dsn_sms.accounts import Account, Options

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsn_core import (
        Accepted,
        Envelope,
        Message,
        OptedIn,
        OptedOut,
        Problem,
        Receipt,
        Refused,
        Webhook,
    )


class SMS(Messenger[Account, Options]):
    """SMS, or WhatsApp messages, through Twilio.

    Accepted means that Twilio has queued it; whether it arrived comes by webhook. The
    ``provider_id`` is the message's SID; ``detail`` holds its segments, its status and, where
    Twilio knows it already, its price.

    ``rate`` is left to the account: Twilio queues what comes too fast, and how fast that is
    depends on the sender, from one segment a second for a long code to hundreds for a short one.
    """

    key = "sms"
    label = "SMS"
    channel = "sms"
    description = "SMS and WhatsApp messages through Twilio."
    address_label = "Phone number"
    max_length = 1600
    """https://www.twilio.com/docs/api/errors/21617"""
    concurrency = 4

    def send(self, envelope: Envelope) -> Accepted | Refused:
        """Send one message and say what Twilio answered."""
        from dsn_sms.sending import send

        return send(envelope, self.account, self.options)

    def normalize_address(self, raw: str) -> str:
        """``raw`` in E.164: "+4915112345678", for WhatsApp "whatsapp:+4915112345678".

        Raises ``InvalidAddress`` naming the fault.
        """
        from dsn_sms.addresses import normalize

        return normalize(raw, region=self.account.region, whatsapp=self.account.whatsapp)

    def remarks(self, message: Message) -> Iterable[str]:
        """The segments that ``message`` takes, why, and what is done with too many."""
        from dsn_sms.fitting import remarks

        return remarks(message.text, self.options, whatsapp=self.account.whatsapp)

    def receive(self, webhook: Webhook) -> Iterable[Receipt | OptedOut | OptedIn]:
        """What became of messages, and who wrote STOP or START. Raises ``Forged``."""
        from dsn_sms.reports import read_webhook

        return read_webhook(webhook, self.account)

    def check(self) -> Iterable[Problem]:
        """What is wrong with the account and the Backend's options, by their values alone."""
        from dsn_sms.checking import check

        return check(self.account, self.options)

    def probe(self) -> Iterable[Problem]:
        """Ask Twilio for the account, and say in plain words what does not work."""
        from dsn_sms.probing import probe

        return probe(self.account)
