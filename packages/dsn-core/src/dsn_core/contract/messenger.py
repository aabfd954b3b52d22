"""A messenger: one way to reach people, as a class with one abstract method."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import ClassVar, Generic, Self, get_args, get_origin

from dsn_core.contract.fields import Fields, Text
from dsn_core.contract.message import Envelope, Message
from dsn_core.contract.outcome import Accepted, Refused
from dsn_core.contract.report import Report, Webhook

if sys.version_info >= (3, 13):
    from typing import TypeVar
else:
    from typing_extensions import TypeVar

AccountT = TypeVar("AccountT", bound=Fields, default=Fields, covariant=True)
OptionsT = TypeVar("OptionsT", bound=Fields, default=Fields, covariant=True)

CHANNELS = ("email", "sms", "chat", "push", "social", "inbox", "console")
"""The values that ``Messenger.channel`` may have."""


class Audience(Enum):
    """Whom one message of a messenger is for.

    Example: ``audience = Audience.PUBLIC``
    """

    RECIPIENT = "recipient"
    """One message for each recipient."""
    PUBLIC = "public"
    """One message for each event, for everybody: a post, a room. There are no recipients."""


class Overflow(Enum):
    """What is done with a text longer than ``Messenger.max_length``.

    Example: ``overflow = Overflow.SPLIT``
    """

    TRUNCATE = "truncate"
    """The core cuts it, with an ellipsis."""
    REFUSE = "refuse"
    """The core refuses it; nothing is sent."""
    SPLIT = "split"
    """The messenger sends it in parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why an account is not usable, or what somebody should know about it.

    ``message`` says what is wrong, ``hint`` what to do; with ``serious=False`` it still sends.

    Example: ``Problem(message="The token is malformed", hint="Copy it from @BotFather")``
    """

    message: Text
    hint: Text = ""
    serious: bool = True


class Messenger(ABC, Generic[AccountT, OptionsT]):
    """One way to reach people. Subclass it, name its account and options, write ``send``.

    The core makes one instance per thread, account and options, enters it as a context
    manager for each batch, and calls only ``send_many``. An instance is never shared by threads.
    A class must not import Django's models or its service's SDK before the first send.

    Example::

        class Pager(Messenger[Account, Options]):
            key = "pager"
            label = "Pager"
            channel = "push"

            def send(self, envelope: Envelope) -> Accepted | Refused:
                answer = post(self.account.url, envelope.message.text, timeout=10)
                return Accepted(provider_id=answer["id"])
    """

    key: ClassVar[str]
    """Stored in Backend rows: ``[a-z][a-z0-9_]*``, unique among what is installed."""
    label: ClassVar[Text]
    """In the admin's chooser."""
    channel: ClassVar[str]
    """One of ``CHANNELS``."""
    description: ClassVar[Text] = ""
    """One line under the label."""
    address_label: ClassVar[Text] = ""
    """What an address is called here: "Telegram chat ID"."""
    user_field: ClassVar[str | None] = None
    """The attribute path on a user that holds her address, where nothing else says."""
    audience: ClassVar[Audience] = Audience.RECIPIENT
    supports_subject: ClassVar[bool] = False
    supports_html: ClassVar[bool] = False
    supports_attachments: ClassVar[bool] = False
    supports_actions: ClassVar[bool] = False
    max_length: ClassVar[int | None] = None
    """How long a text may be, in the units of ``measure``."""
    overflow: ClassVar[Overflow] = Overflow.TRUNCATE
    idempotent: ClassVar[bool] = False
    """Does the service drop a second message with the same ``Envelope.key``?"""
    concurrency: ClassVar[int] = 1
    """How many ``send_many`` calls one worker process may run at once."""
    rate: ClassVar[str | None] = None
    """At most so many messages through one account, over all workers: ``"30/second"``."""
    rate_per_address: ClassVar[str | None] = None
    """At most so many messages to one address: ``"20/minute"``."""

    account_type: ClassVar[type[Fields]] = Fields
    """What ``self.account`` is: the first class in ``Messenger[Account, Options]``."""
    options_type: ClassVar[type[Fields]] = Fields
    """What ``self.options`` is: the second."""
    _written_for: ClassVar[tuple[object, ...]] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for base in cls.__dict__.get("__orig_bases__", ()):
            origin = get_origin(base)
            if isinstance(origin, type) and issubclass(origin, Messenger):
                _adopt_types(cls, origin, get_args(base))

    def __init__(
        self, *, account: AccountT, options: OptionsT, account_name: str = "default"
    ) -> None:
        """The core's own; a messenger does not override it.

        ``account`` holds the values of ``settings.DSN["MESSENGERS"][key][account_name]``,
        ``options`` those of the Backend.
        """
        self.account = account
        self.options = options
        self.account_name = account_name

    def __repr__(self) -> str:
        return f"<{type(self).__qualname__} account={self.account_name!r}>"

    def __enter__(self) -> Self:
        """Open what a batch shares, such as a connection. May raise: the batch is tried later."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it. What was sent counts, whatever happens here."""
        return

    @abstractmethod
    def send(self, envelope: Envelope) -> Accepted | Refused:
        """Send one envelope, within a timeout, and say what the service answered.

        The service's answer is a value; an exception is a bug, and is tried again later.
        """

    def send_many(self, envelopes: Sequence[Envelope]) -> Iterator[Accepted | Refused]:
        """Send each envelope and yield its outcome, in order, as soon as it is known."""
        for envelope in envelopes:
            yield self.send(envelope)

    def normalize_address(self, raw: str) -> str:
        """The one way to write ``raw``. Raises ``InvalidAddress`` where it cannot be one."""
        return raw.strip()

    def measure(self, text: str) -> int:
        """How long the service finds ``text``, in its own units; by default in characters."""
        return len(text)

    def address_rate(self, address: str) -> str | None:
        """How often this address may be sent to; by default ``rate_per_address``.

        Where a service treats a group otherwise than a person. What an account's settings say
        goes before it.
        """
        return self.rate_per_address

    def remarks(self, message: Message) -> Iterable[Text]:
        """What to tell somebody who previews ``message``: its segments, parts, or cost."""
        return ()

    def receive(self, webhook: Webhook) -> Iterable[Report]:
        """Read a webhook: verify it first, or raise ``Forged``; then yield what it reports."""
        return ()

    def poll(self) -> Iterable[Report]:
        """The same reports, fetched, for a machine that the service cannot reach.

        Each has been stored when the next is asked for, so what was yielded may be confirmed to
        the service then. Ends when there is nothing more for now.
        """
        return ()

    def link_url(self, token: str) -> str:
        """Where somebody goes to link herself: the service then reports ``Linked(token=…)``.

        ``token`` is 32 of ``[A-Za-z0-9_-]``. Empty: this messenger has no such way.
        """
        return ""

    def check(self) -> Iterable[Problem]:
        """What is wrong with this account, as far as its values tell. Asks no network."""
        return ()

    def probe(self) -> Iterable[Problem]:
        """What is wrong with this account, asking the service. Only when somebody wants to know."""
        return ()

    @classmethod
    def upgrade_options(cls, stored: Mapping[str, object]) -> Mapping[str, object]:
        """Options as an older version of this messenger stored them, in today's names."""
        return stored


def _adopt_types(
    cls: type[Messenger], base: type[Messenger], arguments: tuple[object, ...]
) -> None:
    """Remember which ``Fields`` a class was written for, also through a generic class between."""
    given = dict(zip(getattr(base, "__parameters__", ()), arguments, strict=False))
    open_types: tuple[object, ...] = getattr(Messenger, "__parameters__", ())
    account, options = (given.get(wanted, wanted) for wanted in base._written_for or open_types)
    cls._written_for = (account, options)
    cls.account_type = _fields_class(cls, account)
    cls.options_type = _fields_class(cls, options)


def _fields_class(cls: type[Messenger], argument: object) -> type[Fields]:
    """``argument`` itself; ``Fields`` while it is still open. Raises ``TypeError``."""
    if isinstance(argument, TypeVar):
        return Fields
    if isinstance(argument, type) and issubclass(argument, Fields):
        return argument
    raise TypeError(
        f"{cls.__qualname__} is a Messenger[…] of {argument!r}, which is no subclass of Fields; "
        "name the two classes themselves, above it."
    )
