"""What is sent: the rendered message, and the envelope it travels in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that goes with a message.

    ``content`` is the file's bytes and ``content_type`` its MIME type.

    Example: ``Attachment(name="bill.pdf", content=pdf, content_type="application/pdf")``
    """

    name: str
    content: bytes = field(repr=False)
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something to do about a message: a button where the service has buttons, else a link.

    ``url`` is absolute.

    Example: ``Action(label="Track it", url="https://shop.example/orders/7/")``
    """

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The words for one recipient, already rendered in her language.

    ``subject`` is one line. ``text`` is plain text, ``html`` is HTML whose values are escaped;
    either may be empty, and a messenger sends what its service can carry.

    Example: ``Message(subject="Paid", text="Order 7 is paid.")``
    """

    subject: str = ""
    text: str = ""
    html: str = ""
    attachments: tuple[Attachment, ...] = ()
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One message on its way to one address. The core alone builds it.

    * ``key``: the delivery's own UUID as text, the same on every attempt.
    * ``address``: normalised by the messenger; empty for a public messenger.
    * ``recipient``: the user's primary key as text; empty for a bare address.
    * ``language``: the language of the words, as Django writes it (``"pt-br"``).
    * ``attempt``: 1 for the first.
    * ``doubted``: an earlier attempt may have arrived, although nobody confirmed it.
    * ``expires_at``: aware; after it the message is worthless. None: never.
    * ``thread``: the same for all messages about one object (``"shop.order:7"``).
    * ``callback_url``: where the service may report to; empty without ``DSN["BASE_URL"]``.
    * ``metadata``: short texts a service may carry along and hand back.

    Example: ``Envelope(key=str(uuid4()), address="ada@example.org", message=Message(text="Hi"))``
    """

    key: str
    address: str
    message: Message
    recipient: str = ""
    language: str = ""
    attempt: int = 1
    doubted: bool = False
    expires_at: datetime | None = None
    thread: str = ""
    callback_url: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)
