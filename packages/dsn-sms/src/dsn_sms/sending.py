"""Sending one message."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING

from twilio.base.values import unset

from dsn_core import Refusal, Refused, Scope
from dsn_sms import outcomes
from dsn_sms.checking import timeout_fault
from dsn_sms.connecting import line_of
from dsn_sms.fitting import fit
from dsn_sms.senders import on_channel

if TYPE_CHECKING:
    from dsn_core import Accepted, Envelope
    from dsn_sms.accounts import Account, Options

LONGEST_VALIDITY = 36_000
"""Seconds for which Twilio keeps a message in its queue, if it is told nothing.

https://www.twilio.com/docs/messaging/api/message-resource#request-body-parameters
"""


def send(envelope: Envelope, account: Account, options: Options) -> Accepted | Refused:
    """The outcome of ``envelope``. What is nobody's answer is raised."""
    fault = timeout_fault(account)
    if fault:
        return Refused(refusal=Refusal.ACCOUNT, code="timeout", reason=fault, scope=Scope.ACCOUNT)
    body: str | Refused = envelope.message.text
    if not account.whatsapp:
        body = fit(envelope.message.text, options)
    if isinstance(body, Refused):
        return body
    sender = options.from_number or account.from_number
    question = {
        "to": on_channel(envelope.address, account.whatsapp),
        "from_": on_channel(sender, account.whatsapp) if sender else unset,
        "messaging_service_sid": account.messaging_service_sid or unset,
        "body": body,
        "smart_encoded": True if options.smart_encoded and not account.whatsapp else unset,
        "validity_period": _validity(envelope, options) or unset,
        "status_callback": envelope.callback_url or unset,
    }
    line = line_of(account)
    try:
        answer = line.messages.create(**question)
    except Exception as error:
        outcome = outcomes.of_error(error, line.headers, account)
        if outcome is None:
            raise
        return outcome
    return outcomes.of_answer(answer, account, body, smart_encoded=options.smart_encoded)


def _validity(envelope: Envelope, options: Options) -> int | None:
    """Seconds for which Twilio may keep it; None: as long as Twilio likes."""
    wanted = options.validity_seconds
    if envelope.expires_at is not None:
        left = math.ceil((envelope.expires_at - dt.datetime.now(dt.UTC)).total_seconds())
        wanted = left if wanted is None else min(wanted, left)
    if wanted is None or wanted >= LONGEST_VALIDITY:
        return None
    return max(1, wanted)
