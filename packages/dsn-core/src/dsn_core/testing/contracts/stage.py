"""What an author says of her messenger and its service."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from dsn_core.contract.message import Message
from dsn_core.contract.outcome import Accepted, Refusal, Scope
from dsn_core.testing.contracts.faults import demand, does_not_apply, fault
from dsn_core.testing.contracts.saying import unsaid
from dsn_core.testing.contracts.words import mark_of
from dsn_core.testing.http_server import DROP, HANG, Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from dsn_core.contract.message import Envelope
    from dsn_core.contract.messenger import Messenger
    from dsn_core.contract.report import Report, Webhook
    from dsn_core.testing.contracts.service import Arrived
    from dsn_core.testing.http_server import Call


Server = Any
"""Whatever plays the service: an ``HTTPServer`` mostly."""
WHOLE = "test_the_class_says_what_its_service_does"
"""The proof without which the others prove nothing."""
Case = tuple[object, Refusal] | tuple[object, Refusal, Scope]
"""A reply, what it means and, where it matters, who must wait."""


class Stage:
    """A messenger, and a local server that plays its service.

    Of the replies, each is what ``say`` understands: an ``Answer``, ``HANG`` or ``DROP`` where
    the server is an ``HTTPServer``. None is a reply that the service never gives: what is to be
    proved with it is skipped.
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
    """What ``normalize_address`` must refuse; nothing where any text is an address."""
    throttled: ClassVar[object] = None
    """The service's "not so fast", which asks to wait for ``retry_after`` seconds; to be said."""
    retry_after: ClassVar[float | None] = None
    throttled_scope: ClassVar[Scope] = Scope.ACCOUNT
    """Who must wait then."""
    refusals: ClassVar[Mapping[str, Case] | None] = None
    """What else the service says: a name of the case, its reply, and what that means; to be said.

    Where others must wait besides this message, a ``Scope`` says so in the third place.
    """
    unreadable: ClassVar[object] = Answer(body="<p>Maintenance</p>")
    """A reply in which nobody can read what became of the message."""
    hangs: ClassVar[object] = HANG
    drops: ClassVar[object] = DROP
    drips: ClassVar[object] = None
    """An answer that comes in letter by letter and never ends: ``DRIP`` of ``dsn_core.testing``."""
    may_be_away: ClassVar[bool] = True
    """Can ``stop`` put the service out of reach? Not what is in the process itself."""
    patience: ClassVar[float] = 30.0
    """Seconds in which every send must end, also where the service keeps silent."""
    reports: ClassVar[bool] = True
    """Does this account's service send webhooks? Else whatever comes in must be refused."""
    signs_body: ClassVar[bool] = True
    """Do the service's webhooks sign what they say? Else they only carry a secret."""
    may_load: ClassVar[Sequence[str]] = ()
    """Modules of other distributions that importing the messenger may load."""

    @pytest.fixture(autouse=True)
    def _prove_what_is_said(self, request: pytest.FixtureRequest) -> None:
        self._need_what_is_said(request.function.__name__)

    def _need_what_is_said(self, proof: str) -> None:
        if proof != WHOLE and any(unsaid(type(self))):
            does_not_apply(f"{type(self).__name__} lacks something: see {WHOLE}.")

    def test_the_class_says_what_its_service_does(self) -> None:
        wrong = "; ".join(unsaid(type(self)))
        demand(not wrong, f"{type(self).__name__} cannot be proved: {wrong}.", "use")

    @pytest.fixture
    def server(self) -> Iterator[Any]:  # whatever plays the service
        """The local server, running."""
        start = type(self).server_type
        if start is None:
            fault(f"{type(self).__name__} needs a server_type: the service, played here.", "use")
        with start() as server:
            yield server

    def account(self, server: Server) -> Mapping[str, object]:
        """The account's values, as in settings, for this server; by default there are none."""
        return {}

    def arrived(self, server: Server) -> Sequence[Arrived]:
        """The messages that the service has, the first first."""
        fault(f"{type(self).__name__} needs arrived(): what has come in at the service.", "use")

    def say(self, server: Server, reply: object, *, about: Envelope | None = None) -> None:
        """Let the service give this reply to the next message, or to that of ``about``."""
        mark = mark_of(self.words(about)) if about else ""

        def is_meant(call: Call) -> bool:
            asked = [value for values in call.query.values() for value in values]
            return mark.encode() in call.body or any(mark in value for value in asked)

        server.script(reply, when=is_meant)

    def quotes(self, words: str) -> Sequence[object]:
        """Replies in which the service refuses, and repeats ``words`` of what it was asked."""
        named = dict.fromkeys(("error", "message", "description", "detail"), words)
        nested = {"error": {"message": words}, "errors": [named]}
        xml = f"<error><message>{escape(words)}</message></error>"
        return (
            Answer(status=500, body=words),
            Answer(status=400, json=named),
            Answer(status=400, json=nested),
            Answer(status=400, body=xml, headers={"Content-Type": "text/xml"}),
        )

    def stop(self, server: Server) -> None:
        """Put the service out of reach, for what is left of the test."""
        server.stop()

    def message(self, words: str) -> Message:
        """A message that says ``words`` where this messenger sends them: in the text."""
        return Message(subject="About it", text=words)

    def words(self, envelope: Envelope) -> str:
        """What of ``envelope`` must arrive as it is: the text."""
        return envelope.message.text

    def webhooks(
        self,
        server: Server,
        sent: Accepted,
    ) -> Iterable[tuple[Webhook, Sequence[Report]]]:
        """True webhooks of the service about the message ``sent``, and what each reports."""
        return ()

    def leave_thread(self) -> None:
        """Called at the end of each thread that sends: close what it opened in Django, say."""
