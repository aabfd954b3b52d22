"""The default engine: after the commit, in the process and thread that committed."""

from __future__ import annotations

import logging
import threading
import time

from dsn_core.engines.draining import drain, tidy
from dsn_core.engines.engine import Engine
from dsn_core.models.alias import connection
from dsn_core.quiet import quiet

logger = logging.getLogger("dsn_core.engines")

MOST_DELIVERIES = 100
MOST_SECONDS = 2.0
TIDY_SECONDS = 10.0


class InlineEngine(Engine):
    """Delivers a bounded number within a bounded time; what remains waits for the next ring.

    So does what has no slot yet on a paced account: nobody who saves waits for one.
    Nothing is needed beside it, but whoever saves also waits for the sends: for much mail, or
    where a retry must not wait for the next save, run ``dsn_worker`` beside it or instead.
    """

    def __init__(self) -> None:
        self._here = threading.local()
        self._tidied = float("-inf")

    def ring(self) -> None:
        """Deliver what is due. Does nothing inside a transaction, nor within itself."""
        if getattr(self._here, "busy", False) or connection().in_atomic_block:
            return
        self._here.busy = True
        try:
            # Nor does a host's query counter see how much we had to do.
            with quiet(connection()):
                self._deliver()
        except Exception:
            # Whoever committed has nothing to do with it, and the rows are still there.
            logger.exception("What is due could not be delivered; it waits for the next ring.")
        finally:
            self._here.busy = False

    def _deliver(self) -> None:
        now = time.monotonic()
        if now - self._tidied >= TIDY_SECONDS:
            self._tidied = now
            tidy()
        drain(limit=MOST_DELIVERIES, deadline=now + MOST_SECONDS)
