"""From what Twilio answered, or did not answer, to the outcome that DSN stores."""

from __future__ import annotations

import datetime as dt
import re
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from twilio.base.exceptions import TwilioException
from twilio.base.version import Version

from dsn_core import Accepted, Refusal, Refused, Scope
from dsn_sms.codes import STOPPED, Meaning, meaning_of
from dsn_sms.redacting import redact
from dsn_sms.segments import count_segments
from dsn_sms.silences import of_silence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twilio.rest.api.v2010.account.message import MessageInstance

    from dsn_sms.accounts import Account

ARRIVED = frozenset({"delivered", "read"})
FAILED = frozenset({"failed", "undelivered", "canceled"})
ACCOUNT_STATUSES = frozenset({401, 402, 403, 404})
TOO_MANY = 429
LATER_STATUSES = frozenset({408, 425})
UNAVAILABLE = "503"
PREFIX = "Unable to create record"
PREFIXES = re.compile(r"Unable to (?:create|fetch) (?:record|page)")
"""What Twilio's client writes before Twilio's own words."""
MOST_DIGITS = 4
"""Of a count of segments that can be one."""
PAST_MIDNIGHT = 60.0
"""Seconds by which our clock and Twilio's may differ."""
UNREADABLE_ERRORS = (AttributeError, OverflowError, RecursionError, TypeError, ValueError)
"""What Twilio's client raises where a 2xx answer is no JSON, or no message."""
HEADERS = "latin-1"
"""In what requests writes names and passwords."""
UNREADABLE = Refused(
    refusal=Refusal.IN_DOUBT,
    code="unreadable",
    reason="Something answered that all is well, but not in Twilio's words; is 'api_url' right?",
)


def of_answer(
    answer: MessageInstance, account: Account, body: str, *, smart_encoded: bool
) -> Accepted | Refused:
    """The outcome of a 2xx answer to ``body``."""
    if not answer.sid:
        return UNREADABLE
    status = str(answer.status)
    if status in FAILED:
        return _of_failed(answer, account)
    detail: dict[str, object] = {
        "segments": _told_segments(answer) or count_segments(body, smart_encoded=smart_encoded),
        "status": answer.status,
    }
    if answer.price is not None:
        detail["price"], detail["price_unit"] = answer.price, answer.price_unit
    return Accepted(provider_id=str(answer.sid), delivered=status in ARRIVED, detail=detail)


def of_error(error: Exception, headers: Mapping[str, str], account: Account) -> Refused | None:
    """The outcome where Twilio's client raised; None: it is nobody's answer, but a bug.

    ``headers`` are those of the answer, which Twilio's errors do not carry.
    """
    if isinstance(error, TwilioException):
        return _of_refusal(error, headers, account)
    silence = of_silence(error, account)
    if silence is not None:
        return silence
    if isinstance(error, UnicodeEncodeError):
        return _of_unwritable(error)
    if isinstance(error, UNREADABLE_ERRORS) and headers:
        return UNREADABLE
    return None


def of_code(code: str, account: Account, status: int = 0) -> Meaning:
    """What ``code`` means; an unknown one by its HTTP ``status``, 0 where there is none."""
    return meaning_of(code, account.codes) or _by_status(status)


def has_opted_out(code: str, known: Meaning) -> bool:
    """Is it that the person wants no more, as against an address that is dead?"""
    return code == STOPPED and known.refusal is Refusal.ADDRESS


def joined(words: str, told: str) -> str:
    """Our words and Twilio's own."""
    if not told:
        return words or "Twilio refuses it and does not say why"
    return f"{words}. Twilio says: {told}" if words else f"Twilio says: {told}"


def until_midnight(now: float) -> float:
    """Seconds from ``now`` (epoch) until Twilio's next day, which begins at midnight UTC."""
    today = dt.datetime.fromtimestamp(now, dt.UTC)
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0) + dt.timedelta(days=1)
    return (midnight - today).total_seconds() + PAST_MIDNIGHT


def retry_after(headers: Mapping[str, str]) -> float | None:
    """``Retry-After`` in seconds; it is a number or a date. None: there is none of use."""
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def _of_unwritable(error: UnicodeEncodeError) -> Refused:
    """What cannot be written is the text, in UTF-8, or the account's credentials."""
    code = type(error).__name__
    if error.encoding == HEADERS:
        reason = "The account's SID, token or key has signs that no header can carry; copy it again"
        return Refused(refusal=Refusal.ACCOUNT, code=code, reason=reason, scope=Scope.ACCOUNT)
    reason = f"The message cannot be written: {error.reason}"
    return Refused(refusal=Refusal.MESSAGE, code=code, reason=reason)


def _told_segments(answer: MessageInstance) -> int:
    """A messaging service counts later, and says 0 until then."""
    told = str(answer.num_segments)
    # What was taken is taken, whatever stands there.
    return int(told) if told.isdecimal() and len(told) <= MOST_DIGITS else 0


def _of_failed(answer: MessageInstance, account: Account) -> Refused:
    code = str(answer.error_code or answer.status)
    told = str(answer.error_message or "")
    return _refused(code, of_code(code, account), told, {}, account)


def _of_refusal(error: TwilioException, headers: Mapping[str, str], account: Account) -> Refused:
    error = _whole(error)
    told = getattr(error, "status", 0)
    status = told if isinstance(told, int) else 0
    code = str(getattr(error, "code", None) or status or type(error).__name__)
    known = of_code(code, account, status)
    if code == UNAVAILABLE and "Retry-After" in headers:
        # Who says when to come back has not taken it.
        words = "Twilio is not available at the moment"
        known = Meaning(refusal=Refusal.RETRY, words=words, scope=Scope.ACCOUNT)
    return _refused(code, known, _words(error), headers, account)


def _refused(
    code: str, known: Meaning, told: str, headers: Mapping[str, str], account: Account
) -> Refused:
    return Refused(
        refusal=known.refusal,
        code=redact(code, account),
        reason=redact(joined(known.words, told), account),
        scope=known.scope,
        retry_after=_wait(known, headers),
        opted_out=has_opted_out(code, known),
    )


def _whole(error: TwilioException) -> TwilioException:
    """``error`` with what Twilio said: of a list, the client gives the bare answer instead."""
    answer = error.args[-1] if error.args else None
    if not hasattr(answer, "status_code"):
        return error
    return Version.exception("GET", "", answer, PREFIX)


def _by_status(status: int) -> Meaning:
    """The meaning of an answer whose code nobody knows."""
    if status == TOO_MANY:
        words = "Too many requests at once for this Twilio account"
        return Meaning(refusal=Refusal.RETRY, words=words, scope=Scope.ACCOUNT)
    if status in LATER_STATUSES:
        return Meaning(refusal=Refusal.RETRY, words="The request was not taken in time")
    if status >= 500:
        words = f"Twilio answered HTTP {status}, and not whether it took the message"
        return Meaning(refusal=Refusal.IN_DOUBT, words=words)
    if status in ACCOUNT_STATUSES:
        words = f"Twilio refuses the account (HTTP {status})"
        return Meaning(refusal=Refusal.ACCOUNT, words=words, scope=Scope.ACCOUNT)
    if 300 <= status < 400:
        words = f"Something answered HTTP {status}, which is not Twilio; is 'api_url' right?"
        return Meaning(refusal=Refusal.ACCOUNT, words=words, scope=Scope.ACCOUNT)
    return Meaning(refusal=Refusal.MESSAGE, words="")


def _wait(known: Meaning, headers: Mapping[str, str]) -> float | None:
    """Seconds to wait at least, where the answer or its meaning says so."""
    if known.refusal is not Refusal.RETRY:
        return None
    return until_midnight(time.time()) if known.until else retry_after(headers)


def _words(error: TwilioException) -> str:
    """Twilio's own words, of an error in its older form or in its newer one (RFC 9457)."""
    told = (getattr(error, name, None) for name in ("msg", "detail", "title"))
    words = next((str(each) for each in told if each), "")
    words = PREFIXES.sub("", words, count=1).lstrip(": ")
    return "" if words == "None" else words
