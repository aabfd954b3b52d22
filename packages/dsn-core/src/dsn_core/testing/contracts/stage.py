"""What an author says of her messenger and its service, and how the proofs use it."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from dsn_core.contract.message import Envelope, Message
from dsn_core.contract.outcome import Accepted, Refusal, Refused, Scope
from dsn_core.plugins.scrubbing import spellings
from dsn_core.plugins.values import build
from dsn_core.testing.contracts.faults import demand, fault
from dsn_core.testing.http_server import DROP, HANG, Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from dsn_core.contract.messenger import Messenger
    from dsn_core.contract.report import Report, Webhook
    from dsn_core.testing.contracts.service import Arrived
    from dsn_core.testing.http_server import Call


Server = Any
"""Whatever plays the service: an ``HTTPServer`` mostly."""


@dataclass(frozen=True, slots=True)
class Raised:
    """What ``send_many`` raised instead of an outcome."""

    error: BaseException

    def __repr__(self) -> str:
        return f"{type(self.error).__name__}: {self.error}"


class Stage:
    """A messenger, and a local server that plays its service.

    Of the replies, each is what ``say`` understands: an ``Answer``, ``HANG`` or ``DROP`` where
    the server is an ``HTTPServer``.
    """

    messenger: ClassVar[type[Messenger]]
    server_type: ClassVar[Callable[[], AbstractContextManager[Server]] | None] = None
    """What starts the local server, such as its class; or override the fixture ``server``."""
    options: ClassVar[Mapping[str, object]] = {}
    """Options with which the proofs send; those left out have their defaults."""
    addresses: ClassVar[Sequence[str]] = ()
    """Three that the service knows, as the messenger normalises them; none where it is public."""
    spellings: ClassVar[Mapping[str, str]] = {}
    """How else an address may be written, and what becomes of it."""
    not_addresses: ClassVar[Sequence[str]] = ("",)
    """What ``normalize_address`` must refuse."""
    throttled: ClassVar[object] = None
    """The service's "not so fast", which asks to wait for ``retry_after`` seconds."""
    retry_after: ClassVar[float | None] = None
    throttled_scope: ClassVar[Scope] = Scope.ACCOUNT
    """Who must wait then."""
    refusals: ClassVar[Mapping[str, tuple[object, Refusal]]] = {}
    """What else the service says: a name of the case, its reply, and what that means."""
    unreadable: ClassVar[object] = Answer(body="<p>Maintenance</p>")
    """A reply in which nobody can read what became of the message."""
    hangs: ClassVar[object] = HANG
    drops: ClassVar[object] = DROP
    patience: ClassVar[float] = 30.0
    """Seconds in which every send must end, also where the service keeps silent."""
    signs_body: ClassVar[bool] = True
    """Do the service's webhooks sign what they say? Else they only carry a secret."""
    may_load: ClassVar[Sequence[str]] = ()
    """Modules of other distributions that importing the messenger may load."""

    @pytest.fixture
    def server(self) -> Iterator[Any]:  # whatever plays the service
        """The local server, running."""
        start = type(self).server_type
        if start is None:
            fault(f"{type(self).__name__} needs a server_type: the service, played here.", "use")
        with start() as server:
            yield server

    def account(self, server: Server) -> Mapping[str, object]:
        """The account's values, as in settings, for this server."""
        raise NotImplementedError

    def arrived(self, server: Server) -> Sequence[Arrived]:
        """The messages that the service has, the first first."""
        raise NotImplementedError

    def say(self, server: Server, reply: object, *, about: str = "") -> None:
        """Let the service give this reply to the next message, or to that with ``about`` in it."""

        def is_meant(call: Call) -> bool:
            return about.encode() in call.body

        server.script(reply, when=is_meant)

    def webhooks(
        self,
        server: Server,
        sent: Accepted,
    ) -> Iterable[tuple[Webhook, Sequence[Report]]]:
        """True webhooks of the service about the message ``sent``, and what each reports."""
        return ()

    # ── What the proofs do with it ──────────────────────────────────────────────────────

    def made(self, server: Server, **changes: object) -> Messenger:
        """A messenger as core makes it; ``changes`` go into its account."""
        values = {**self.account(server), **changes}
        return self.messenger(
            account=build(self.messenger.account_type, values, path="account()"),
            options=build(self.messenger.options_type, self.options, path="options"),
        )

    def address(self, number: int = 0) -> str:
        """One of the addresses; blank for a public messenger."""
        return self.addresses[number % len(self.addresses)] if self.addresses else ""

    def envelope(
        self,
        text: str = "",
        *,
        message: Message | None = None,
        address: str | None = None,
        **parts: object,
    ) -> Envelope:
        """An envelope with words that no other has."""
        words = message or Message(subject="About it", text=text or unique())
        given: dict[str, Any] = {"key": str(uuid.uuid4()), "language": "en", **parts}
        where = self.address() if address is None else address
        return Envelope(address=where, message=words, **given)

    def results(
        self,
        server: Server,
        *envelopes: Envelope,
        messenger: Messenger | None = None,
    ) -> list[object]:
        """What ``send_many`` gave for them: outcomes, or last what it ``Raised``."""
        one = messenger or self.made(server)
        given: list[object] = []

        def send() -> None:
            try:
                with one:
                    given.extend(one.send_many(envelopes))
            except BaseException as error:  # noqa: BLE001  # a plugin's code
                given.append(Raised(error))

        if not within(self.patience, send):
            fault(
                f"{self.name} still waited after {self.patience:g} seconds: it sends without a "
                "timeout.",
                "timeouts",
            )
        return given

    def outcome(
        self,
        server: Server,
        envelope: Envelope | None = None,
    ) -> Accepted | Refused:
        """The outcome of one envelope, which must be one."""
        given = self.results(server, envelope or self.envelope())
        demand(given, f"{self.name} gave no outcome for an envelope.", "outcomes")
        (one, *_) = given
        if isinstance(one, Raised):
            fault(
                f"{self.name} raised {one!r}. The service's answer is a value: return a Refused.",
                "outcomes",
            )
        if not isinstance(one, (Accepted, Refused)):
            fault(f"{self.name} gave {one!r}, which is neither Accepted nor Refused.", "outcomes")
        return one

    def accepted(self, server: Server, envelope: Envelope | None = None) -> Accepted:
        """The outcome of one envelope that the service takes."""
        one = self.outcome(server, envelope)
        if not isinstance(one, Accepted):
            fault(f"The service took the message, and {self.name} gave {one!r}.", "outcomes")
        return one

    def refused(self, server: Server, because: str) -> Refused:
        """The outcome of one envelope that the service has just been told to refuse."""
        one = self.outcome(server)
        if not isinstance(one, Refused):
            fault(
                f"{self.name} gave {one!r}, but {because}: the message is lost, and nobody knows.",
                "outcomes",
            )
        return one

    def secrets(self, server: Server) -> tuple[str, ...]:
        """The account's secrets, in each spelling."""
        return spellings(self.made(server).account)

    @property
    def name(self) -> str:
        """What the messenger is called in a fault."""
        return self.messenger.__qualname__


def unique() -> str:
    """Words that stand in no other message, of letters that no service changes."""
    letters = uuid.uuid4().hex.translate(str.maketrans("0123456789", "ghijklmnop"))
    return f"The order {letters} is paid"


def plain(text: str) -> str:
    """``text`` with each run of blanks as one."""
    return " ".join(text.split())


def within(seconds: float, work: Callable[[], None]) -> bool:
    """Do ``work`` in a thread; did it end in time?"""
    thread = threading.Thread(target=work, name="dsn-contract", daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()
