"""What is wrong with an account, in words: offline for ``check``, by asking for ``probe``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured
from django.core.mail.backends.smtp import EmailBackend as SMTPBackend

from dsn_core import InvalidAddress, Problem
from dsn_email.addresses import bare_address
from dsn_email.composing import account_addresses, sender
from dsn_email.connecting import HAS_MAILERS, Line, build_backend, is_unset
from dsn_email.services import service_of
from dsn_email.verifying import problems, wants_webhooks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.mail.backends.base import BaseEmailBackend

    from dsn_core import Refused
    from dsn_email.accounts import Account, Options

NO_FROM = "webmaster@localhost"
"""Django's own DEFAULT_FROM_EMAIL."""

HINTS = {
    "ConnectionRefusedError": "Is the host and the port right, and is the server running?",
    "SMTPAuthenticationError": "Check the user name and the password.",
    "SMTPNotSupportedError": "Check 'use_tls', 'use_ssl' and the port against the provider's page.",
    "SSLCertVerificationError": "Use the host name that stands in the server's certificate.",
    "SSLError": "Port 465 usually wants 'use_ssl', port 587 'use_tls'.",
    "TimeoutError": "A firewall may be in between; many networks block port 25.",
    "gaierror": "Is the host spelt right?",
}
LOGIN_HINT = "Check the user name and the password; some providers want one made for this app."


def check(account: Account, options: Options, name: str) -> Iterator[Problem]:
    """What the values alone tell."""
    yield from _contradictions(account)
    yield from _backend_problems(account, name)
    yield from _sender_problems(account, options)


def probe(account: Account, name: str) -> Iterator[Problem]:
    """What the server says, or does not say, to a connection and a login."""
    line = Line(account, name)
    try:
        refused = line.open()
    finally:
        line.close()
    if refused is not None:
        yield Problem(message=refused.reason, hint=_hint(refused))


def _contradictions(account: Account) -> Iterator[Problem]:
    if account.mailer and (account.backend or account.options):
        yield Problem(
            message="'mailer' and 'backend' or 'options' are both given; the mailer is used",
            hint="Keep one of them.",
            serious=False,
        )
    if account.options.get("fail_silently"):
        yield Problem(
            message="'fail_silently' hides every refusal, so that nothing is retried rightly",
            hint="Take it out of 'options'.",
        )


def _backend_problems(account: Account, name: str) -> Iterator[Problem]:
    """Make the backend, as the first message would. None connects by being made."""
    try:
        backend = build_backend(account, name)
    except ModuleNotFoundError as error:
        yield _not_installed(account, error)
    except ImportError as error:
        yield Problem(message=f"The mail backend cannot be imported: {error}")
    except (ImproperlyConfigured, TypeError, ValueError) as error:
        yield Problem(message=f"The mail backend cannot be made: {error}", hint=_option_hint())
    else:
        yield from _problems_of(backend, account)


def _problems_of(backend: BaseEmailBackend, account: Account) -> Iterator[Problem]:
    """What is wrong with a backend that could be made."""
    if wants_webhooks(account):
        yield from problems(account, service_of(backend), type(backend).__module__)
    if isinstance(backend, SMTPBackend) and backend.password and not backend.username:
        yield Problem(message="There is a password but no user name, so nobody logs in")
    if isinstance(backend, SMTPBackend) and not _names_something(account) and is_unset():
        yield Problem(
            message="The project names no mail server; localhost, port 25, is tried",
            hint="Set MAILERS (from Django 6.1 on) or EMAIL_HOST, or the account's 'options'.",
            serious=False,
        )
    if not callable(getattr(backend, "send_messages", None)):
        yield Problem(message=f"{account.backend!r} is not a mail backend of Django")


def _names_something(account: Account) -> bool:
    return bool(account.mailer or account.backend or account.options)


def _not_installed(account: Account, error: ModuleNotFoundError) -> Problem:
    if error.name == "anymail":
        return Problem(
            message=f"{account.backend!r} needs django-anymail, which is not installed",
            hint="pip install 'dsn-email[anymail]'",
        )
    return Problem(message=f"The mail backend {account.backend!r} cannot be imported: {error}")


def _option_hint() -> str:
    where = "the OPTIONS of the mailer" if HAS_MAILERS else "the EMAIL_ settings"
    return f"Look at the account's 'options', or at {where}."


def _sender_problems(account: Account, options: Options) -> Iterator[Problem]:
    for text in (*account_addresses(account, options), *options.reply_to):
        try:
            bare_address(text)
        except InvalidAddress as error:
            yield Problem(message=f"The sender cannot be used: {error}")
    if sender(account, options) == NO_FROM:
        yield Problem(
            message=f"Mail goes out as {NO_FROM!r}, which most servers refuse",
            hint="Set DEFAULT_FROM_EMAIL, or the account's 'from_email'.",
            serious=False,
        )


def _hint(refused: Refused) -> str:
    if "refused the login" in refused.reason:
        return LOGIN_HINT
    return HINTS.get(refused.code, "")
