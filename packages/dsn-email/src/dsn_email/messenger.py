"""The e-mail messenger. Django and what it sends through are loaded at the first send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core import Messenger, Refused
from dsn_email.accounts import Account, Options

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType
    from typing import Self

    from dsn_core import Accepted, Envelope, OptedIn, OptedOut, Problem, Receipt, Webhook
    from dsn_email.connecting import Line


class Email(Messenger[Account, Options]):
    """E-mail through Django's mail API: SMTP, a file, or a service that django-anymail speaks to.

    One message has one recipient; the messages of a batch share one connection. The
    ``provider_id`` is the Message-ID without its angle brackets, or a service's own id.
    """

    key = "email"
    label = "E-mail"
    channel = "email"
    description = "Through Django's mail settings, an SMTP server or an e-mail service."
    address_label = "E-mail address"
    user_field = "email"
    supports_subject = True
    supports_html = True
    supports_attachments = True
    supports_actions = True

    _line: Line | None = None
    _keeps: bool = False

    def __enter__(self) -> Self:
        """Keep the connection, which the first message opens."""
        self._keeps = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the connection, if there is one."""
        self._keeps = False
        self._hang_up()

    def send(self, envelope: Envelope) -> Accepted | Refused:
        """Send one e-mail and say what the server or service answered."""
        from dsn_email.composing import compose
        from dsn_email.connecting import Line

        message = compose(envelope, self.account, self.options)
        if isinstance(message, Refused):
            return message
        if self._line is None:
            self._line = Line(self.account, self.account_name)
        try:
            return self._line.send(message, envelope.key)
        finally:
            if not self._keeps:
                self._hang_up()

    def normalize_address(self, raw: str) -> str:
        """``raw`` with its domain in lower case and ASCII; what is before the @ is kept.

        A domain in other letters is written as the wire has it (``xn--bcher-kva.example``), so
        that one mailbox has one spelling. Raises ``InvalidAddress`` naming the fault.
        """
        from dsn_email.addresses import normalize

        return normalize(raw)

    def receive(self, webhook: Webhook) -> Iterable[Receipt | OptedOut | OptedIn]:
        """What an e-mail service reports of the account's messages, read by django-anymail.

        Raises ``Forged`` where it is not from the service, or where nothing would tell.
        """
        from dsn_email.receiving import receive

        return receive(self.account, self.account_name, webhook)

    def check(self) -> Iterable[Problem]:
        """What is wrong with the account, as far as its values tell."""
        from dsn_email.checking import check

        return check(self.account, self.options, self.account_name)

    def probe(self) -> Iterable[Problem]:
        """Connect, log in, hang up, and say in plain words what did not work."""
        from dsn_email.checking import probe

        return probe(self.account, self.account_name)

    def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()
