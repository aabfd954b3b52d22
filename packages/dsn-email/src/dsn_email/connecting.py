"""A kept connection to what sends the mail, and how an account's backend is found."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend as SMTPBackend
from django.utils.module_loading import import_string

from dsn_core import Accepted, Refused
from dsn_email import outcomes, service_answers, smtp_answers
from dsn_email.keying import mark
from dsn_email.redacting import find_secrets, redact
from dsn_email.services import service_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.core.mail import EmailMessage
    from django.core.mail.backends.base import BaseEmailBackend

    from dsn_email.accounts import Account

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
OutcomeT = TypeVar("OutcomeT", Accepted | Refused, Refused)
MAIL_SETTINGS = (
    "EMAIL_BACKEND",
    "EMAIL_FILE_PATH",
    "EMAIL_HOST",
    "EMAIL_HOST_PASSWORD",
    "EMAIL_HOST_USER",
    "EMAIL_PORT",
    "EMAIL_SSL_CERTFILE",
    "EMAIL_SSL_KEYFILE",
    "EMAIL_TIMEOUT",
    "EMAIL_USE_SSL",
    "EMAIL_USE_TLS",
    "MAILERS",
)
TIMEOUT = 30.0
"""Seconds, for a backend that would wait for ever."""
HAS_MAILERS = django.VERSION >= (6, 1)


class Line:
    """One mail backend, opened for the first message and again where it broke."""

    def __init__(self, account: Account, name: str) -> None:
        self._account = account
        self._name = name
        self._backend: BaseEmailBackend | None = None
        self._open = False

    def open(self) -> Refused | None:
        """Connect, unless connected. What it gives says why it is not; it never raises."""
        try:
            self._connect()
        except Exception as error:  # noqa: BLE001 - a backend may be anybody's
            self.close()
            return self._clean(outcomes.of_failed_open(error, self.place))
        return None

    def send(self, message: EmailMessage, key: str) -> Accepted | Refused:
        """Hand over the ``message`` of delivery ``key``. Raises what is nobody's answer."""
        kept = self._open
        refused = self.open()
        if refused is not None:
            return refused
        mark(message, service_of(self._backend), key)
        outcome, again = self._hand_over(message, kept)
        if not again:
            return outcome
        # The server hung up while we kept silent, before it heard of this message.
        return self.open() or self._hand_over(message, False)[0]

    def close(self) -> None:
        """Hang up. What was sent is sent, whatever the server says to that."""
        backend, self._open = self._backend, False
        if backend is not None:
            with suppress(Exception):
                backend.close()

    @property
    def place(self) -> str:
        """What is connected to, for people: "mail.example:587"."""
        host, port = getattr(self._backend, "host", None), getattr(self._backend, "port", None)
        if host:
            return f"{host}:{port}"
        named = getattr(self._backend, "esp_name", None) or self._account.backend
        return str(named or "The mail backend")

    def _connect(self) -> BaseEmailBackend:
        if self._backend is None:
            self._backend = build_backend(self._account, self._name)
        if not self._open:
            self._backend.open()
            self._open = True
        return self._backend

    def _hand_over(self, message: EmailMessage, kept: bool) -> tuple[Accepted | Refused, bool]:
        """The outcome, and whether to try at once over a new connection."""
        backend = self._connect()
        try:
            count = backend.send_messages([message])
        except Exception as error:
            outcome = outcomes.of_failed_send(message, error, self.place)
            self._recover(error)
            if outcome is None:
                raise
            return self._clean(outcome), kept and smtp_answers.may_reconnect(error)
        return self._clean(outcomes.of_send(message, count)), False

    def _recover(self, error: Exception) -> None:
        """Keep the connection where it was the answer that was bad; else hang up."""
        unwritten = isinstance(error, ValueError) and not isinstance(error, OSError)
        answered = smtp_answers.is_answer(error) or service_answers.is_answer(error)
        if not (answered or unwritten) or not smtp_answers.reset(self._backend):
            self.close()

    def _clean(self, outcome: OutcomeT) -> OutcomeT:
        """The same, with no password or token in its words."""
        if not isinstance(outcome, Refused):
            return outcome
        account, backend = self._account, vars(self._backend) if self._backend else {}
        secrets = frozenset(find_secrets({**account.options, "backend": backend}))
        secrets |= {account.webhook_secret} - {""}
        user = str(getattr(self._backend, "username", "") or "")
        code, reason = (redact(text, secrets, user) for text in (outcome.code, outcome.reason))
        return replace(outcome, code=code, reason=reason)


def build_backend(account: Account, name: str) -> BaseEmailBackend:
    """The mail backend that the account called ``name`` means, not yet connected.

    Raises what Django or the backend raises where the settings make none.
    """
    backend = _choose_backend(account, name)
    if getattr(backend, "timeout", TIMEOUT) is None:
        backend.timeout = TIMEOUT  # type: ignore[attr-defined]
    return backend


def _choose_backend(account: Account, name: str) -> BaseEmailBackend:
    if account.mailer:
        return _mailer(account.mailer)
    if not account.backend and not account.options:
        return _project_default()
    make: Callable[..., BaseEmailBackend] = import_string(account.backend or SMTP_BACKEND)
    options = account.options
    if HAS_MAILERS:
        options = {"alias": f"dsn:{name}", **options}
    elif _is_smtp(make):
        options = _whole_smtp_options(options)
    return make(**options)


def is_unset() -> bool:
    """Does the project's settings file say nothing at all of mail?"""
    # The type checker's plugin knows a project's settings, not the methods of their holder.
    return not any(map(settings.is_overridden, MAIL_SETTINGS))  # type: ignore[misc]


def _mailer(alias: str) -> BaseEmailBackend:
    if not HAS_MAILERS:
        raise ImproperlyConfigured(
            f"'mailer' ({alias!r}) needs Django 6.1; name a 'backend' and its 'options' instead"
        )
    from django.core.mail import mailers

    return mailers[alias]


def _project_default() -> BaseEmailBackend:
    """What ``send_mail`` would use."""
    if not HAS_MAILERS:
        return get_connection()
    if is_unset() and not hasattr(settings, "MAILERS"):
        return _djangos_default()
    return _mailer("default")


def _djangos_default() -> BaseEmailBackend:
    """What ``send_mail`` would use where the settings file says nothing, without its warning.

    Django 6.1 warns at each message that this will end; and, outside its own code, at each look
    at EMAIL_BACKEND, which a test run sets. With an alias of None, its backends read the rest.
    """
    path: str = vars(settings)["_wrapped"].EMAIL_BACKEND
    make: Callable[..., BaseEmailBackend] = import_string(path)
    return make(alias=None)


def _is_smtp(backend_class: object) -> bool:
    return isinstance(backend_class, type) and issubclass(backend_class, SMTPBackend)


def _whole_smtp_options(options: Mapping[str, object]) -> dict[str, object]:
    """``options`` with nothing left open, as Django before 6.1 fills each gap from EMAIL_*.

    The project's user name and password would go to a server that they are not for.
    """
    given = {name: value for name, value in options.items() if value is not None}
    if "host" not in given:
        raise ImproperlyConfigured("'options' of an SMTP account must name its 'host'")
    if given.get("use_tls") and given.get("use_ssl"):
        raise ImproperlyConfigured("'use_tls' and 'use_ssl' exclude each other; keep one")
    port = 465 if given.get("use_ssl") else 587 if given.get("use_tls") else 25
    blank = dict.fromkeys(("username", "password", "ssl_keyfile", "ssl_certfile"), "")
    return {"port": port, "use_tls": False, "use_ssl": False, **blank, **given}
