"""For ``django.test.TestCase``: the same outbox, clock and capture as the fixtures give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core.testing.outbox import dsn_capture, open_outbox
from dsn_core.testing.staging import stage

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from django.test import TransactionTestCase as Case

    from dsn_core.testing.clock import Clock
    from dsn_core.testing.outbox import Outbox
else:
    Case = object


class DSNTestMixin(Case):
    """Gives each test an outbox of its own. Stands before Django's class.

    A ``setUp`` of your own calls ``super().setUp()`` first.

    Example::

        class PaidOrder(DSNTestMixin, TestCase):
            def test_mails_its_customer(self):
                self.order.pay()
                self.dsn_outbox.assert_sent(to=self.order.customer)
    """

    _outbox: Outbox | None = None

    @classmethod
    def setUpClass(cls) -> None:
        """Be on stage already where ``setUpTestData`` sets triggers and backends up."""
        cls.enterClassContext(stage().opened())
        super().setUpClass()

    def setUp(self) -> None:
        """Open the outbox; it is closed after the test."""
        super().setUp()
        self._outbox = self.enterContext(open_outbox())

    @property
    def dsn_outbox(self) -> Outbox:
        """What would have been sent in this test."""
        if self._outbox is None:
            name = type(self).__name__
            raise RuntimeError(
                f"{name} has no outbox: its setUp() has to call super().setUp(), and DSNTestMixin "
                "has to stand before Django's class."
            )
        return self._outbox

    @property
    def dsn_clock(self) -> Clock:
        """The clock of the outbox: ``self.dsn_clock.advance(hours=8)``."""
        return self.dsn_outbox.clock

    def dsn_capture(self) -> AbstractContextManager[Outbox]:
        """``with self.dsn_capture() as outbox: …``: on_commit too, and an outbox of its own."""
        return dsn_capture()
