"""From what a mail backend did, or raised, to the outcome that DSN stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured

from dsn_core import Accepted, Refusal, Refused, Scope
from dsn_email import service_answers, smtp_answers

if TYPE_CHECKING:
    from django.core.mail import EmailMessage


def of_send(message: EmailMessage, count: object) -> Accepted | Refused:
    """The outcome of a ``send_messages`` that returned ``count``."""
    told = service_answers.read_status(message)
    if told is not None:
        return _with_id(told, message)
    # A backend that counts nothing returns None.
    if count is not None and not count:
        return _not_sent(message)
    return Accepted(provider_id=_message_id(message))


def of_failed_send(
    message: EmailMessage, error: BaseException, place: str
) -> Accepted | Refused | None:
    """The outcome of a ``send_messages`` that raised ``error``; None: it is nobody's answer."""
    told = service_answers.read_status(message)
    if told is not None:
        return _with_id(told, message)
    answer = service_answers.read_error(error) or smtp_answers.read_error(error, place)
    if answer is None and isinstance(error, ValueError):
        # Django or Python would not write it: a header, or letters that cannot be encoded.
        reason = f"The message cannot be written: {error}"
        return Refused(refusal=Refusal.MESSAGE, code=type(error).__name__, reason=reason)
    return answer


def of_failed_open(error: BaseException, place: str) -> Refused:
    """The outcome where no connection came about: nothing was sent, for certain."""
    answer = service_answers.read_error(error) or smtp_answers.read_opening_error(error, place)
    if answer is not None:
        return answer
    # Settings that make no sense, or a backend's own trouble, such as a token it cannot renew.
    settings = isinstance(error, ImproperlyConfigured | ImportError | TypeError | ValueError)
    return Refused(
        refusal=Refusal.ACCOUNT if settings else Refusal.RETRY,
        code=type(error).__name__,
        reason=f"{place}: {error}",
        scope=Scope.ACCOUNT,
    )


def _with_id(told: Accepted | Refused, message: EmailMessage) -> Accepted | Refused:
    """``told``, with our own Message-ID beside the service's id, or in its place."""
    if isinstance(told, Refused):
        return told
    ours = _message_id(message)
    return Accepted(provider_id=told.provider_id or ours, detail={"message_id": ours})


def _message_id(message: EmailMessage) -> str:
    return str(message.extra_headers["Message-ID"]).strip("<>")


def _not_sent(message: EmailMessage) -> Refused:
    cancelled = getattr(message, "anymail_status", None) is not None
    if cancelled:
        reason = "A receiver of anymail's pre_send signal cancelled the message"
        return Refused(refusal=Refusal.MESSAGE, code="cancelled", reason=reason)
    reason = "The mail backend says that it sent nothing, and not why (fail_silently?)"
    return Refused(refusal=Refusal.RETRY, code="not sent", reason=reason)
