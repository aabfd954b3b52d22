"""What every proof uses: messengers and envelopes as core makes them, and what comes of both."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING, Any

from dsn_core.contract.fields import Fields
from dsn_core.contract.message import Envelope, Message
from dsn_core.contract.outcome import Accepted, Refused
from dsn_core.exceptions import InvalidValues
from dsn_core.plugins.scrubbing import spellings
from dsn_core.plugins.values import build
from dsn_core.testing.contracts.faults import demand, fault
from dsn_core.testing.contracts.results import Raised, sent, wrongs
from dsn_core.testing.contracts.revealing import holds
from dsn_core.testing.contracts.stage import Server, Stage
from dsn_core.testing.contracts.words import plain, unique

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dsn_core.contract.messenger import Messenger
    from dsn_core.testing.contracts.service import Arrived

CALLBACK = "https://shop.example/dsn/messenger/default/"
"""Where the service is asked to report to."""


class Proof(Stage):
    """Sends through the messenger of a ``Stage``."""

    def made(
        self,
        server: Server,
        *,
        changes: Mapping[str, object] | None = None,
        options: Mapping[str, object] | None = None,
    ) -> Messenger:
        """A messenger as core makes it, with these changes of its account and its options."""
        values = {**self.account(server), **(changes or {})}
        chosen = {**self.options, **(options or {})}
        try:
            account = build(self.messenger.account_type, values, path="account()")
            wanted = build(self.messenger.options_type, chosen, path="options")
        except InvalidValues as error:
            bare = values and self.messenger.account_type is Fields
            hint = f" Write class {self.name}(Messenger[Account, Options])." if bare else ""
            fault(f"{type(self).__name__}: {error}{hint}", "use")
        return self.messenger(account=account, options=wanted)

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
        words = message or self.message(text or unique())
        given: dict[str, Any] = {
            "key": str(uuid.uuid4()),
            "language": "en",
            "callback_url": CALLBACK,
            **parts,
        }
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
                given.extend(sent(one, envelopes))
            finally:
                self.leave_thread()

        if not within(self.patience, send):
            fault(
                f"{self.name} still waited after {self.patience:g} seconds: it sends without a "
                "timeout, or sleeps to ask again.",
                "timeouts",
            )
        for error in getattr(server, "raised", ()):
            where = f"{type(server).__name__}.answer()"
            fault(f"{where} {Raised(error)!r}: mend the local server first.", "use")
        return given

    def outcome(
        self,
        server: Server,
        envelope: Envelope | None = None,
        *,
        messenger: Messenger | None = None,
    ) -> Accepted | Refused:
        """The outcome of one envelope, which must be one, and a whole one."""
        given = self.results(server, envelope or self.envelope(), messenger=messenger)
        for one in given:
            if isinstance(one, Raised):
                fault(f"{self.name} {one!r}. {one.instead()}", "outcomes")
        demand(given, f"{self.name} gave no outcome for an envelope.", "outcomes")
        demand(len(given) == 1, f"{self.name} gave {given!r} for one envelope.", "outcomes")
        (one,) = given
        if not isinstance(one, (Accepted, Refused)):
            fault(f"{self.name} gave {one!r}, which is neither Accepted nor Refused.", "outcomes")
        wrong = "; ".join(wrongs(one))
        demand(not wrong, f"{self.name} gave {one!r}: {wrong}.", "outcomes")
        demand(
            not holds(repr(one), self.secrets(server)),
            f"What {self.name} gave holds a secret of its account: write a reason of your own.",
            "secrets",
        )
        return one

    def accepted(self, server: Server, envelope: Envelope | None = None) -> Accepted:
        """The outcome of one envelope that the service takes."""
        one = self.outcome(server, envelope)
        if not isinstance(one, Accepted):
            fault(f"The service took the message, and {self.name} gave {one!r}.", "outcomes")
        return one

    def refused(self, server: Server, because: str) -> Refused:
        """The outcome of one envelope that the service has just been told to refuse."""
        envelope = self.envelope()
        one = self.outcome(server, envelope)
        if not isinstance(one, Refused):
            if self.found(server, envelope):
                fault(
                    f"{self.name} gave {one!r}, although {because}: it asked again by itself. "
                    "Return the Refused; core waits without a worker, and asks again.",
                    "asking-again",
                )
            fault(
                f"{self.name} gave {one!r}, but {because}: the message is lost, and nobody knows.",
                "outcomes",
            )
        return one

    def found(self, server: Server, envelope: Envelope) -> list[Arrived]:
        """What the service has of ``envelope``."""
        words = plain(self.words(envelope))
        return [one for one in self.arrived(server) if words in plain(one.text)]

    def secrets(self, server: Server) -> tuple[str, ...]:
        """The account's secrets, in each spelling.

        Override it where a secret option also holds what is none, such as a service's URL.
        """
        return spellings(self.made(server).account)

    @property
    def name(self) -> str:
        """What the messenger is called in a fault."""
        return self.messenger.__qualname__


def within(seconds: float, work: Callable[[], None]) -> bool:
    """Do ``work`` in a thread; did it end in time?"""
    thread = threading.Thread(target=work, name="dsn-contract", daemon=True)
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()
