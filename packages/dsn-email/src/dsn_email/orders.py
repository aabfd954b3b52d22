"""What a test server is told to do, and the mail that it takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from email import message_from_bytes, policy
from enum import Enum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping
    from email.message import EmailMessage

STAGES = ("CONNECT", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "BODY", "END", "RSET")
"""Where a server may be told to do otherwise.

``DATA`` is the command, ``BODY`` what follows the server's go-ahead, ``END`` its answer to the
whole message. A message whose ``END`` is dropped or hangs has been taken: it stands in ``mail``.
"""


class Deed(Enum):
    """What a server may do instead of answering."""

    DROP = "drop"
    """Close the connection."""
    HANG = "hang"
    """Say nothing, for ever."""


DROP = Deed.DROP
HANG = Deed.HANG


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A message that the server took."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes = field(repr=False)

    @property
    def message(self) -> EmailMessage:
        """The message, taken apart."""
        return message_from_bytes(self.content, policy=policy.default)


@dataclass(slots=True)
class Order:
    """What to do at a stage: a reply such as "550 5.1.1 No such user", or a deed."""

    stage: str
    deed: str | Deed
    about: str
    wait: int
    times: int | None

    def applies(self, stage: str, about: str) -> bool:
        """Is it this order's turn? Asking counts."""
        if stage != self.stage or self.times == 0 or self.about not in about:
            return False
        if self.wait:
            self.wait -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True


class Line(Protocol):
    """A connection that can be broken off."""

    def abort(self) -> None: ...


class Script:
    """What a server is, what it is told to do, and what came about."""

    def __init__(
        self,
        *,
        users: Mapping[str, str] | None,
        tls: ssl.SSLContext | None,
        needs_starttls: bool,
        tls_from_start: bool,
    ) -> None:
        self.users = dict(users or {})
        self.tls = tls
        self.needs_starttls = needs_starttls
        self.tls_from_start = tls_from_start
        self.mail: list[Mail] = []
        self.connections = 0
        self.said: list[str] = []
        """The stages that came about, in order, with what they were about: "RCPT a@b.example"."""
        self.lines: set[Line] = set()
        self._orders: list[Order] = []

    def answer(
        self,
        stage: str,
        deed: str | Deed,
        *,
        about: str = "",
        wait: int = 0,
        times: int | None = None,
    ) -> None:
        """Do ``deed`` at ``stage``, where the address in question contains ``about``.

        The first ``wait`` times it is done as usual; then ``times`` times as told, or always.
        """
        if stage not in STAGES:
            raise ValueError(f"{stage!r} is not a stage; there are {', '.join(STAGES)}")
        self._orders.append(Order(stage, deed, about, wait, times))

    def order(self, stage: str, about: str = "") -> str | Deed | None:
        """What to do at ``stage``; None: as usual."""
        self.said.append(f"{stage} {about}".strip())
        return next((each.deed for each in self._orders if each.applies(stage, about)), None)
