"""What an e-mail service answers through django-anymail. The only file that knows anymail.

https://anymail.dev/en/stable/sending/anymail_additions/#esp-send-status and …/sending/exceptions/
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from dsn_core import Accepted, Refusal, Refused, Scope

if TYPE_CHECKING:
    from anymail.exceptions import AnymailAPIError
    from django.core.mail import EmailMessage

TAKEN = frozenset({"sent", "queued"})
DEAD = frozenset({"rejected", "invalid"})
ACCOUNT_STATUSES = frozenset({401, 402, 403, 404})
LATER_STATUSES = frozenset({408, 425, 429})
BUSY_STATUSES = frozenset({429, 502, 503, 504})
"""The service has too much to do, or is not there: no message fares better than another."""
WORDS = ("Message", "message", "error", "errors", "detail", "reason", "reject_reason", "title")
UNWANTED = frozenset({"complained", "spam", "spam_complaint", "unsub", "unsubscribed"})
"""Why Mandrill, MailerSend and Unisender Go do not send to somebody who wants no more.

https://mailchimp.com/developer/transactional/api/messages/send-new-message/
https://developers.mailersend.com/api/v1/email
https://godocs.unisender.ru/web-api-ref#email-send
"""
OURS = frozenset({"invalid-sender", "rule", "test-mode-limit", "unsigned"})
"""Why Mandrill rejects a message for another reason than the address."""


def read_status(message: EmailMessage) -> Accepted | Refused | None:
    """What anymail wrote upon ``message``; None where it was sent by another backend.

    That a send did not raise proves nothing: of an answer that anymail does not understand it
    says "unknown". That one raised proves nothing either: a receiver of ``post_send`` may have.
    """
    status = getattr(message, "anymail_status", None)
    words = getattr(status, "status", None)
    if status is None or not words:
        return None
    if words & TAKEN:
        return Accepted(provider_id=_one_id(status.message_id))
    code = ",".join(sorted(filter(None, words)))
    reason = _words(status.esp_response) or f"The service says that the message is {code}"
    if not words <= DEAD:
        return Refused(refusal=Refusal.RETRY, code=code, reason=reason)
    said = frozenset(_texts(_answer_in(status.esp_response)))
    if said & OURS:
        return Refused(refusal=Refusal.MESSAGE, code=code, reason=reason)
    unwanted = bool(said & UNWANTED)
    return Refused(refusal=Refusal.ADDRESS, code=code, reason=reason, opted_out=unwanted)


def read_error(error: BaseException) -> Refused | None:
    """What ``error`` means, where it is one of anymail's; else None."""
    if "anymail.exceptions" not in sys.modules:
        return None
    from anymail import exceptions as anymail

    if isinstance(error, anymail.AnymailRecipientsRefused | anymail.AnymailInvalidAddress):
        return _refused(Refusal.ADDRESS, error)
    if isinstance(error, anymail.AnymailUnsupportedFeature | anymail.AnymailSerializationError):
        return _refused(Refusal.MESSAGE, error)
    if isinstance(error, anymail.AnymailConfigurationError):
        return _refused(Refusal.ACCOUNT, error, Scope.ACCOUNT)
    if isinstance(error, anymail.AnymailAPIError):
        return _about_request(error)
    return None


def is_answer(error: BaseException) -> bool:
    """Did the service answer, so that its connection may still be good?"""
    if read_error(error) is None:
        return False
    from anymail.exceptions import AnymailAPIError

    return not isinstance(error, AnymailAPIError) or _status_code(error) is not None


def _about_request(error: AnymailAPIError) -> Refused:
    status = _status_code(error)
    if status is None:
        return _about_network(error)
    reason = _words(error.response) or f"The service answered HTTP {status}"
    refusal, scope = _by_status(status)
    return Refused(
        refusal=refusal,
        code=str(status),
        reason=reason,
        scope=scope,
        retry_after=_retry_after(error) if refusal is Refusal.RETRY else None,
    )


def _by_status(status: int) -> tuple[Refusal, Scope]:
    if status in ACCOUNT_STATUSES:
        return Refusal.ACCOUNT, Scope.ACCOUNT
    if status in LATER_STATUSES or status >= 500:
        return Refusal.RETRY, Scope.ACCOUNT if status in BUSY_STATUSES else Scope.MESSAGE
    if status >= 400:
        return Refusal.MESSAGE, Scope.MESSAGE
    # It was taken, or something answered in the service's place, in words anymail cannot read.
    return Refusal.IN_DOUBT, Scope.MESSAGE


def _about_network(error: AnymailAPIError) -> Refused:
    """No answer. Whether the request had gone out is what decides."""
    import requests

    code = type(error.__cause__ or error).__name__
    reason = f"{error.args[0] if error.args else 'No answer from the service'} {code}"
    if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE" in str(error).upper():
        return Refused(
            refusal=Refusal.ACCOUNT,
            code=code,
            reason=f"{reason}: certificate not valid",
            scope=Scope.ACCOUNT,
        )
    if isinstance(error, ValueError):
        # requests' InvalidURL, MissingSchema and their like: the account's api_url.
        return Refused(refusal=Refusal.ACCOUNT, code=code, reason=reason, scope=Scope.ACCOUNT)
    if _was_asked(error):
        return Refused(refusal=Refusal.IN_DOUBT, code=code, reason=reason)
    return Refused(refusal=Refusal.RETRY, code=code, reason=reason, scope=Scope.ACCOUNT)


def _was_asked(error: BaseException) -> bool:
    """Had the request gone out? A connection that never stood is told apart from one that broke."""
    import requests
    from urllib3.exceptions import MaxRetryError

    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError):
        return False
    if isinstance(error, requests.exceptions.ConnectionError):
        cause = error.__cause__ or error
        return not (cause.args and isinstance(cause.args[0], MaxRetryError))
    return isinstance(error, requests.exceptions.Timeout | requests.exceptions.ChunkedEncodingError)


def _status_code(error: BaseException) -> int | None:
    """The HTTP status; Amazon's is in the response that boto3 has taken apart."""
    status = getattr(error, "status_code", None)
    response = getattr(error, "response", None)
    if status is None and isinstance(response, Mapping):
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status if isinstance(status, int) else None


def _retry_after(error: AnymailAPIError) -> float | None:
    """``Retry-After`` in seconds; the service gives a number or a date."""
    headers = getattr(error.response, "headers", None) or {}
    value = str(headers.get("Retry-After") or "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return None


def _refused(refusal: Refusal, error: BaseException, scope: Scope = Scope.MESSAGE) -> Refused:
    reason = _words(getattr(error, "response", None)) or " ".join(map(str, error.args))
    return Refused(refusal=refusal, code=type(error).__name__, reason=reason, scope=scope)


def _words(response: object) -> str:
    """The service's own words in its JSON answer; each calls them by another name."""
    answer = _answer_in(response)
    while isinstance(answer, list) and answer:
        answer = answer[0]
    if not isinstance(answer, Mapping):
        return answer if isinstance(answer, str) else ""
    found = next((answer[name] for name in WORDS if answer.get(name)), "")
    return found if isinstance(found, str) else _words(found)


def _answer_in(response: object) -> object:
    """The JSON that a response holds; None where there is none."""
    read = getattr(response, "json", None)
    try:
        return read() if read is not None else response
    except ValueError:
        return None


def _texts(answer: object) -> Iterator[str]:
    """Every text in an answer about one recipient, in small letters."""
    if isinstance(answer, str):
        yield answer.lower()
    elif isinstance(answer, Mapping):
        for value in answer.values():
            yield from _texts(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from _texts(value)


def _one_id(message_id: object) -> str:
    if isinstance(message_id, set | frozenset):
        message_id = next(iter(sorted(filter(None, message_id))), None)
    return "" if message_id is None else str(message_id)
