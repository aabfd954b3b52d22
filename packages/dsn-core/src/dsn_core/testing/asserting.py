"""What a test says that is to be in an outbox, or not; where it is wrong, what there is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dsn_core.states import State
from dsn_core.testing.aftermath import lines_of
from dsn_core.testing.messages import SentMessage, asked, differences, is_for
from dsn_core.testing.telling import expected, suppressed_instead

if TYPE_CHECKING:
    from typing import Unpack

    from dsn_core.testing.aftermath import Span
    from dsn_core.testing.messages import Addressee, Wanted


class Assertions(Sequence[SentMessage]):
    """The assertions of an outbox. To look at it, be it for its length, does what is due.

    ``_span``: the events that it is about, all since it began, and those before that waited.
    """

    _span: Span

    @property
    @abstractmethod
    def _so_far(self) -> tuple[SentMessage, ...]:
        """What is in it without another look."""

    def of(self, to: Addressee = ..., /, **wanted: Unpack[Wanted]) -> tuple[SentMessage, ...]:
        """Those that are as wanted. Raises ``TypeError`` for a name that cannot be asked for.

        Example: ``dsn_outbox.of(to=ada, messenger="sms")``
        """
        wanted = asked(to, wanted)
        return tuple(one for one in self if not differences(one, wanted))

    def assert_sent(
        self, to: Addressee = ..., /, *, times: int = 1, **wanted: Unpack[Wanted]
    ) -> tuple[SentMessage, ...]:
        """So many messages are as wanted: one, where nothing is said. Gives them.

        Raises ``AssertionError``, which says what there is instead, and why not more.

        Example: ``dsn_outbox.assert_sent(to=ada, language="de", contains="Bestellung 7")``
        """
        __tracebackhide__ = True
        wanted = asked(to, wanted)
        found = self.of(**wanted)
        if len(found) != times:
            raise AssertionError(expected(times, wanted, self._so_far, self._span))
        return found

    def assert_not_sent(self, to: Addressee = ..., /, **wanted: Unpack[Wanted]) -> None:
        """No message is as wanted. Raises ``AssertionError``.

        Example: ``dsn_outbox.assert_not_sent(to=clerk)``
        """
        __tracebackhide__ = True
        self.assert_sent(times=0, **asked(to, wanted))

    def assert_empty(self) -> None:
        """Nothing was sent at all. Raises ``AssertionError``."""
        __tracebackhide__ = True
        self.assert_sent(times=0)

    def assert_suppressed(self, to: Addressee, *, reason: str = "", messenger: str = "") -> None:
        """A message to ``to`` was left out, for a code or reason that has ``reason`` in it.

        Raises ``AssertionError``, which says what became of her messages instead.

        Example: ``dsn_outbox.assert_suppressed(clerk, reason="actor_excluded")``
        """
        __tracebackhide__ = True
        len(self)
        rows = self._span.deliveries()
        hers = [
            row
            for row in (rows.filter(messenger=messenger) if messenger else rows)
            if is_for(to, user_pk=row.user_pk, address=row.address)
        ]
        suppressed = [row for row in hers if row.state == State.SUPPRESSED]
        if not any(reason in row.code or reason in row.reason for row in suppressed):
            told = list(lines_of(rows.filter(pk__in=[row.pk for row in hers])))
            raise AssertionError(suppressed_instead(to, reason, told, self._span))
