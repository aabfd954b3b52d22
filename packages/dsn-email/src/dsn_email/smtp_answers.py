"""What an SMTP server's answers mean. The only file that knows SMTP's codes.

The codes are those of RFC 5321, the enhanced ones ("5.1.1") those of RFC 3463 and its registry,
https://www.iana.org/assignments/smtp-enhanced-status-codes. Where a reply has an enhanced code,
it decides; the basic one of three digits says too little.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from dataclasses import dataclass
from traceback import walk_tb
from typing import TYPE_CHECKING

from dsn_core import Refusal, Refused, Scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

MAILBOX_FULL_WAIT = 4 * 60 * 60.0
"""Seconds: how long a full mailbox is left in peace."""

LOGIN_CODES = frozenset({530, 534, 535, 538})
LOGIN_DETAILS = frozenset({"7.8", "7.9", "7.11", "7.60"})
BAD_SENDER = frozenset({"1.7", "1.8"})
DEAD_MAILBOX = "2.1"
FULL_MAILBOX = "2.2"
TOO_BIG = frozenset({"2.3", "3.4"})
DEAD_CODES = frozenset({501, 521, 550, 551, 553, 556})
"""Codes that, as the answer to RCPT and without a better one, mean that nobody is there."""
ABOUT_MESSAGE = frozenset("567")
"""The enhanced subjects protocol, content and policy."""
SYSTEM = "3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A server's reply: its code, the enhanced code without its class ("1.1"), and its words."""

    code: int
    permanent: bool
    detail: str
    text: str

    @property
    def label(self) -> str:
        """The code as it is shown: the enhanced one where there is one."""
        return f"{5 if self.permanent else 4}.{self.detail}" if self.detail else str(self.code)

    @property
    def subject(self) -> str:
        return self.detail[:1]

    def refused(
        self, refusal: Refusal, scope: Scope = Scope.MESSAGE, wait: float | None = None
    ) -> Refused:
        return Refused(
            refusal=refusal, code=self.label, reason=self.text, scope=scope, retry_after=wait
        )


def read_reply(code: int, text: bytes | str) -> Reply:
    """The reply that smtplib took apart into ``code`` and ``text``."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    enhanced = re.match(r"\s*([245])\.(\d{1,3}\.\d{1,3})\b", words)
    plain = re.sub(r"(?m)^\s*[245]\.\d{1,3}\.\d{1,3}\b\s*", "", words)
    return Reply(
        code=code,
        permanent=(enhanced[1] if enhanced else str(code)[:1]) == "5",
        detail=enhanced[2] if enhanced and enhanced[1] != "2" else "",
        text=" ".join(plain.split()) or f"The server answered {code}",
    )


def read_error(error: BaseException, place: str) -> Refused | None:
    """What ``error`` from sending through ``place`` ("mail.example:587") means; None: unknown.

    SMTP's exceptions are OSErrors, and a certificate's is a ValueError too: the order matters.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return about_recipient(read_reply(*next(iter(error.recipients.values()))))
    if isinstance(error, smtplib.SMTPSenderRefused):
        return about_sender(_reply_of(error))
    if isinstance(error, smtplib.SMTPDataError):
        return about_data(_reply_of(error))
    if body_was_under_way(error) or _was_lost_elsewhere(error):
        reason = f"The connection to {place} broke while the message was being handed over"
        return _network(Refusal.IN_DOUBT, error, reason, Scope.MESSAGE)
    return read_opening_error(error, place)


def read_opening_error(error: BaseException, place: str) -> Refused | None:
    """What ``error`` from connecting to ``place`` means: nothing was sent yet."""
    if isinstance(error, smtplib.SMTPException):
        return _about_session(error, place)
    if isinstance(error, OSError):
        return _about_network(error, place)
    return None


def about_recipient(reply: Reply) -> Refused:
    """The answer to RCPT."""
    if _is_about_account(reply):
        return reply.refused(Refusal.ACCOUNT, Scope.ACCOUNT)
    if reply.detail == FULL_MAILBOX or (not reply.detail and reply.code == 552):
        return reply.refused(Refusal.RETRY, Scope.ADDRESS, MAILBOX_FULL_WAIT)
    if not reply.permanent:
        return reply.refused(Refusal.RETRY, _who_waits(reply))
    if _is_dead(reply):
        return reply.refused(Refusal.ADDRESS)
    if reply.subject in ABOUT_MESSAGE or reply.detail in TOO_BIG:
        return reply.refused(Refusal.MESSAGE)
    nobody = reply.code in DEAD_CODES
    return reply.refused(Refusal.ADDRESS if nobody else Refusal.MESSAGE)


def about_sender(reply: Reply) -> Refused:
    """The answer to MAIL: the message is too big, or the account may not send as this sender."""
    if reply.code == 552 or (reply.permanent and reply.detail in TOO_BIG):
        return reply.refused(Refusal.MESSAGE)
    permanent = reply.permanent or reply.code in LOGIN_CODES
    return reply.refused(Refusal.ACCOUNT if permanent else Refusal.RETRY, Scope.ACCOUNT)


def about_data(reply: Reply) -> Refused:
    """The answer to DATA, or to the message itself."""
    if not 400 <= reply.code < 600:
        return reply.refused(Refusal.IN_DOUBT)
    if _is_about_account(reply):
        return reply.refused(Refusal.ACCOUNT, Scope.ACCOUNT)
    if reply.detail == FULL_MAILBOX:
        return reply.refused(Refusal.RETRY, Scope.ADDRESS, MAILBOX_FULL_WAIT)
    if not reply.permanent:
        return reply.refused(Refusal.RETRY, _who_waits(reply))
    return reply.refused(Refusal.ADDRESS if _is_dead(reply) else Refusal.MESSAGE)


def is_answer(error: BaseException) -> bool:
    """Did the server answer, so that its connection may still be good?"""
    return isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPResponseException)


def reset(backend: object) -> bool:
    """Make ``backend``'s connection ready for the next message; False where it is beyond that.

    A DATA that was refused leaves the refused message open in the server's mind.
    """
    connection = getattr(backend, "connection", None)
    if not isinstance(connection, smtplib.SMTP):
        return True
    try:
        return connection.rset()[0] == 250
    except OSError:
        return False


def may_reconnect(error: BaseException) -> bool:
    """Did a kept connection just turn out to be closed, with nothing of this message sent?"""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return any(code == 421 for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPSenderRefused):
        return error.smtp_code == 421
    broken = isinstance(error, smtplib.SMTPServerDisconnected | ConnectionError)
    return broken and _spoke_smtp(error) and not body_was_under_way(error)


def body_was_under_way(error: BaseException) -> bool:
    """Had the server said "go ahead" to DATA? From then on only its answer tells what became of it.

    How far the conversation had come stands in the error's own traceback: until the answer to
    DATA is read, ``smtplib.SMTP.data`` has bound nothing but its arguments. Were it ever written
    otherwise, more would count as under way, never less.
    """
    data = smtplib.SMTP.data.__code__
    return isinstance(error, OSError) and any(
        _has_answer_to_data(frame) for frame in _frames(error) if frame.f_code is data
    )


def _has_answer_to_data(frame: FrameType) -> bool:
    code = frame.f_code
    arguments = code.co_varnames[: code.co_argcount]
    return not set(frame.f_locals) <= set(arguments)


def _was_lost_elsewhere(error: BaseException) -> bool:
    """Did a backend lose its connection that speaks something else, so that nobody can tell?"""
    lost = isinstance(error, TimeoutError | ConnectionError)
    return lost and not isinstance(error, ConnectionRefusedError) and not _spoke_smtp(error)


def _spoke_smtp(error: BaseException) -> bool:
    return any(frame.f_code.co_filename == smtplib.__file__ for frame in _frames(error))


def _frames(error: BaseException | None) -> Iterator[FrameType]:
    """The frames in the traceback of ``error`` and of what caused it."""
    while error is not None:
        for frame, _ in walk_tb(error.__traceback__):
            yield frame
        error = error.__cause__


def _reply_of(error: smtplib.SMTPResponseException) -> Reply:
    return read_reply(error.smtp_code, error.smtp_error)


def _is_about_account(reply: Reply) -> bool:
    if reply.code in LOGIN_CODES:
        return True
    if not reply.permanent:
        return False
    if reply.detail in LOGIN_DETAILS or reply.detail in BAD_SENDER:
        return True
    # "Relay access denied", "we do not relay": the code is that of any other refusal.
    vague = not reply.detail or reply.subject == "7"
    return vague and re.search(r"\brelay", reply.text, re.IGNORECASE) is not None


def _is_dead(reply: Reply) -> bool:
    return reply.subject == "1" or reply.detail == DEAD_MAILBOX


def _who_waits(reply: Reply) -> Scope:
    if reply.code == 421 or reply.subject == SYSTEM:
        return Scope.ACCOUNT
    return Scope.ADDRESS if reply.subject == "2" else Scope.MESSAGE


def _about_session(error: smtplib.SMTPException, place: str) -> Refused:
    """Nothing of a message was said yet: the greeting, STARTTLS, the login."""
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return _network(Refusal.RETRY, error, f"{place} closed the connection")
    if not isinstance(error, smtplib.SMTPResponseException):
        # No STARTTLS, no AUTH, or no way to log in that both sides know.
        return _network(Refusal.ACCOUNT, error, f"{place}: {error}")
    reply = _reply_of(error)
    refusal = Refusal.ACCOUNT if reply.permanent else Refusal.RETRY
    what = "refused the login" if isinstance(error, smtplib.SMTPAuthenticationError) else "answered"
    reason = f"{place} {what}: {reply.text}"
    return Refused(refusal=refusal, code=reply.label, reason=reason, scope=Scope.ACCOUNT)


def _about_network(error: OSError, place: str) -> Refused:
    """Nobody could be asked; everybody who uses the account must wait."""
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = f"The certificate of {place} is not valid: {error.verify_message}"
        return _network(Refusal.ACCOUNT, error, reason)
    if isinstance(error, ssl.SSLError):
        plain = error.reason == "WRONG_VERSION_NUMBER"
        reason = f"{place} does not speak TLS from the start" if plain else f"{place}: {error}"
        return _network(Refusal.ACCOUNT if plain else Refusal.RETRY, error, reason)
    if isinstance(error, socket.gaierror):
        return _network(Refusal.RETRY, error, f"The name of {place} cannot be resolved: {error}")
    if isinstance(error, ConnectionRefusedError):
        return _network(Refusal.RETRY, error, f"Nothing listens at {place}")
    if isinstance(error, TimeoutError):
        return _network(Refusal.RETRY, error, f"{place} did not answer in time")
    if isinstance(error, FileNotFoundError | PermissionError | NotADirectoryError):
        return _network(Refusal.ACCOUNT, error, f"{place}: {error}")
    return _network(Refusal.RETRY, error, f"{place}: {error}")


def _network(
    refusal: Refusal, error: BaseException, reason: str, scope: Scope = Scope.ACCOUNT
) -> Refused:
    return Refused(refusal=refusal, code=type(error).__name__, reason=reason, scope=scope)
