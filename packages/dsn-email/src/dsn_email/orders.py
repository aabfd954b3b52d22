"""What a test server is told to do, and the mail that it takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from email import message_from_bytes, policy
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import EmailMessage


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
