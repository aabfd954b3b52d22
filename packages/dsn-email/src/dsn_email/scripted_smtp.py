"""The conversation of ``dsn_email.testing``: aiosmtpd's, interrupted wherever somebody says so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from dsn_email.orders import DROP, Deed, Mail

if TYPE_CHECKING:
    from aiosmtpd.smtp import Envelope, Session

    from dsn_email.orders import Script

FOR_EVER = 24 * 60 * 60


class ScriptedSMTP(SMTP):
    """One connection to the server whose script it is."""

    def __init__(self, script: Script, loop: asyncio.AbstractEventLoop) -> None:
        self.script = script
        super().__init__(
            Mailbox(script),
            hostname="localhost",
            loop=loop,
            tls_context=None if script.tls_from_start else script.tls,
            require_starttls=script.needs_starttls,
            auth_require_tls=not script.users,
            authenticator=self._knows,
        )

    async def follow(self, stage: str, about: str | None = "") -> bool:
        """Do what was ordered for ``stage``. False: nothing was, go on as usual."""
        deed = self.script.order(stage, about or "")
        if deed is None:
            return False
        if isinstance(deed, Deed):
            await self.do(deed)
        else:
            await self.push(deed)
            if deed.startswith("421"):
                await self.do(DROP)
        return True

    async def do(self, deed: Deed) -> None:
        """Close the connection or say nothing more; in both cases never come back."""
        if deed is DROP and self.transport is not None:
            self.transport.close()
        await asyncio.sleep(FOR_EVER)

    def abort(self) -> None:
        """Break the connection off at once."""
        for transport in (self.transport, self._original_transport):
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.script.lines.discard(self)

    async def _handle_client(self) -> None:
        self.script.lines.add(self)
        self.script.connections += 1
        if not await self.follow("CONNECT"):
            await super()._handle_client()

    async def smtp_EHLO(self, hostname: str) -> None:  # noqa: N802
        if not await self.follow("EHLO", hostname):
            await super().smtp_EHLO(hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:  # noqa: N802
        if not await self.follow("STARTTLS"):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802
        if not await self.follow("AUTH"):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        if await self.follow("MAIL", arg):
            return
        if self.script.users and not (self.session and self.session.authenticated):
            await self.push("530 5.7.0 Authentication required")
        else:
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        if not await self.follow("RCPT", arg):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if await self.follow("DATA"):
            return
        deed = self.script.order("BODY")
        if isinstance(deed, Deed):
            await self.push("354 Go ahead")
            await self.do(deed)
        await super().smtp_DATA(arg)

    async def smtp_RSET(self, arg: str) -> None:  # noqa: N802
        if not await self.follow("RSET"):
            await super().smtp_RSET(arg)

    def _knows(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
    ) -> AuthResult:
        right = isinstance(data, LoginPassword) and (
            self.script.users.get(data.login.decode()) == data.password.decode()
        )
        return AuthResult(success=right, handled=False)


class Mailbox:
    """aiosmtpd's handler: it keeps what was taken."""

    def __init__(self, script: Script) -> None:
        self._script = script

    async def handle_DATA(self, server: ScriptedSMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        deed = self._script.order("END")
        if deed is None or isinstance(deed, Deed) or deed.startswith("2"):
            self._script.mail.append(_mail(envelope))
        if isinstance(deed, Deed):
            await server.do(deed)
        if isinstance(deed, str) and deed.startswith("421"):
            await server.push(deed)
            await server.do(DROP)
        return str(deed) if deed is not None else "250 2.0.0 Ok: queued"


def _mail(envelope: Envelope) -> Mail:
    content = envelope.original_content or b""
    return Mail(
        sender=envelope.mail_from or "", recipients=tuple(envelope.rcpt_tos), content=content
    )
