"""The outbox of a test: what would have been sent, to whom, in which words."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, overload
from unittest.util import safe_repr

from dsn_core.contract.outcome import Refused
from dsn_core.delivery.sending import is_whole
from dsn_core.models.alias import connection
from dsn_core.plugins.catalog import catalog
from dsn_core.testing.aftermath import Span
from dsn_core.testing.asserting import Assertions
from dsn_core.testing.clock import Clock
from dsn_core.testing.committing import commits_of_the_block
from dsn_core.testing.messages import is_for
from dsn_core.testing.recording import Order
from dsn_core.testing.staging import stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dsn_core.contract.message import Envelope
    from dsn_core.testing.messages import Addressee, SentMessage


class OutboxClosed(RuntimeError):
    """The test or block that this outbox was for has ended; it can only be read."""


class Outbox(Assertions):
    """What would have been sent since it was opened: a sequence of messages, the oldest first.

    Whoever looks at it lets all happen first that is due, in the test's own transaction: events
    are fanned out, gates asked, words rendered, deliveries made. Nothing leaves the process.

    Example::

        def test_a_paid_order_mails_its_customer(order, dsn_outbox):
            order.pay()
            dsn_outbox.assert_sent(to=order.customer, subject="Order 7 is paid")
    """

    def __init__(self) -> None:
        """On stage: ``open_outbox`` and ``dsn_capture`` make it."""
        self._stage = stage()
        self._stage.look_around()
        self._from = len(self._stage.messages)
        self._span = Span.from_now()
        self._orders: list[Order] = []
        self._kept: tuple[SentMessage, ...] | None = None
        self.clock = Clock(self._perform)

    def _perform(self) -> None:
        if self._kept is not None:
            raise OutboxClosed("This outbox is closed: its test or block has ended.")
        self._stage.perform()

    @property
    def _so_far(self) -> tuple[SentMessage, ...]:
        """What is in it without another look."""
        if self._kept is not None:
            return self._kept
        return tuple(self._stage.messages[self._from :])

    def _messages(self) -> tuple[SentMessage, ...]:
        if self._kept is None:
            self._stage.perform()
        return self._so_far

    def _finish(self) -> None:
        """Do all that is due once more; what happens from then on is not its affair."""
        self._perform()
        self._span = self._span.until_now()

    def _close(self) -> None:
        """Keep what is in it; nothing more comes."""
        self._kept = self._so_far
        for order in self._orders:
            self._stage.tape.withdraw(order)

    # What is in it

    def __len__(self) -> int:
        return len(self._messages())

    @overload
    def __getitem__(self, place: int) -> SentMessage: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[SentMessage]: ...
    def __getitem__(self, place: int | slice) -> SentMessage | Sequence[SentMessage]:
        return self._messages()[place]

    def __iter__(self) -> Iterator[SentMessage]:
        return iter(self._messages())

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self._so_far)} messages so far>"

    def clear(self) -> None:
        """Do what is due, and begin anew: what a test has prepared is not what it is about."""
        self._perform()
        self._from, self._span = len(self._stage.messages), Span.from_now()

    # What services say

    def refuse(
        self,
        to: Addressee = ...,
        *,
        outcome: Refused,
        messenger: str = "",
        times: int | None = 1,
    ) -> None:
        """Answer the next ``times`` sends so (None: all), by this messenger, to this one.

        Without ``messenger`` by any, without ``to`` to anybody; ``to`` is as in ``Wanted``. What is
        refused is not in the outbox. Raises ``NotInstalled`` for an unknown messenger,
        ``TypeError`` for what is no user, and for an outcome that is no whole ``Refused``.

        Example::

            dsn_outbox.refuse(
                messenger="sms", outcome=Refused(refusal=Refusal.RETRY, code="429", reason="Slow")
            )
        """
        given: object = outcome
        if not (isinstance(given, Refused) and is_whole(given)):
            raise TypeError(f"outcome is {safe_repr(given)}; give a Refused with a Refusal.")
        if messenger:
            catalog().messenger(messenger)
        if to is not ...:
            is_for(to, user_pk="", address="")

        def is_about(key: str, envelope: Envelope) -> bool:
            return messenger in ("", key) and (
                to is ... or is_for(to, user_pk=envelope.recipient, address=envelope.address)
            )

        order = Order(outcome=outcome, is_about=is_about, times=times)
        self._orders.append(order)
        self._stage.tape.order(order)


@contextmanager
def open_outbox() -> Iterator[Outbox]:
    """An outbox for a test, whose end it does not wait for: what is not looked at is not done."""
    with stage().opened():
        outbox = Outbox()
        try:
            yield outbox
        finally:
            outbox._close()


@contextmanager
def dsn_capture() -> Iterator[Outbox]:
    """The whole way of what its block causes: ``on_commit`` too, and all that is due at its end.

    The outbox can be looked at inside and afterwards. What was due before is not in it. What goes
    wrong in a trigger is raised, whatever ``DSN["CAPTURE_ERRORS"]`` says.

    Example::

        with dsn_capture() as outbox:
            order.pay()
        outbox.assert_sent(to=order.customer)
    """
    with stage().opened(strict=True):
        stage().perform()
        outbox = Outbox()
        try:
            with commits_of_the_block():
                yield outbox
        finally:
            if not connection().needs_rollback:
                outbox._finish()
            outbox._close()
