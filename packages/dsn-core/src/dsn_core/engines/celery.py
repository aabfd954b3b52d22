"""The Celery engine: a ring is one small message that says "look now" to a worker of Celery's.

To be imported once Django is set up.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from functools import cache
from typing import TYPE_CHECKING

from celery import current_app, shared_task
from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError

from dsn_core.capture.refreshing import refresh_if_due
from dsn_core.doorbell import doorbell
from dsn_core.engines.draining import drain, tidy
from dsn_core.engines.engine import Engine
from dsn_core.engines.logs import log_batch
from dsn_core.engines.schedule import TASK
from dsn_core.models.alias import connection

if TYPE_CHECKING:
    from kombu.connection import ConnectionPool

logger = logging.getLogger("dsn_core.engines")

PUBLISH_SECONDS = 0.5
"""How long whoever saves waits for a broker that does not answer."""
MOST_CONNECTIONS = 10
UNREADABLE = "The URL of Celery's broker cannot be read; what is special in it must be %-encoded."
EXPIRES = 300
"""A ring that nobody has heard for so many seconds is of no use: the schedule looks as well."""
MOST_SECONDS = 10.0
"""After so long a task claims no more but rings again, so that others have their turn."""
LONGEST_SECONDS = 40.0
TIDY_SECONDS = 10.0
QUICKLY = {
    # No second try: kombu would try for ever. The same for AMQP and for Redis.
    "max_retries": 0,
    "read_timeout": PUBLISH_SECONDS,
    "write_timeout": PUBLISH_SECONDS,
    "socket_timeout": PUBLISH_SECONDS,
    "socket_connect_timeout": PUBLISH_SECONDS,
}


class CeleryEngine(Engine):
    """Sends the task ``dsn_core.work`` after each commit that has made something due.

    Over connections of its own: a host's may be patient, and whoever saves must not wait.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: tuple[int, ConnectionPool] | None = None

    def ring(self) -> None:
        """Send the task once, without waiting for anything. Raises where the broker is away."""
        brokers = self._connections()
        with brokers.acquire(block=True, timeout=PUBLISH_SECONDS) as broker:  # type: ignore[no-untyped-call]
            # A connection that raises is left by this, and the next ring makes a new one.
            work.apply_async(connection=broker, retry=False, expires=EXPIRES)

    def _connections(self) -> ConnectionPool:
        with self._lock:
            process = os.getpid()
            if self._made is None or self._made[0] != process:
                # A connection that was made before a fork belongs to both.
                self._made = (process, _brokers())
            return self._made[1]


def _brokers() -> ConnectionPool:
    """Connections to the broker of the host's app. Raises ``ImproperlyConfigured``."""
    try:
        broker = current_app.connection_for_write(
            connect_timeout=PUBLISH_SECONDS, transport_options=QUICKLY
        )
        brokers: ConnectionPool = broker.Pool(limit=MOST_CONNECTIONS)
    except ValueError:
        # Its words quote the URL, and with it a password in which "/" or "#" is not encoded.
        raise ImproperlyConfigured(UNREADABLE) from None
    return brokers


class Looker:
    """Looks for work in one process of Celery's."""

    def __init__(self) -> None:
        self._here = threading.local()
        self._tidied = float("-inf")

    def look(self) -> bool:
        """Work for a bounded time; False where something is left. Raises what the database does.

        Within itself it does nothing: with CELERY_TASK_ALWAYS_EAGER a host's receiver of ours
        comes here again with each thing that it saves, and the loop that runs sees that too.
        """
        if getattr(self._here, "busy", False):
            return True
        self._here.busy = True
        try:
            return self._look()
        finally:
            self._here.busy = False

    def _look(self) -> bool:
        began = time.monotonic()
        refresh_if_due()
        if began - self._tidied >= TIDY_SECONDS:
            self._tidied = began
            tidy()
        return drain(
            stopped=lambda: time.monotonic() >= began + MOST_SECONDS,
            deadline=began + LONGEST_SECONDS,
            watch=log_batch,
        ).is_empty


@cache
def looker() -> Looker:
    """This process's."""
    return Looker()


@shared_task(name=TASK, ignore_result=True, max_retries=0)  # type: ignore[untyped-decorator]
def work() -> None:
    """Fan out and deliver what is due, and ring again where something is left."""
    if connection().in_atomic_block:
        return  # Called within a transaction, such as by CELERY_TASK_ALWAYS_EAGER.
    try:
        is_empty = looker().look()
    except (OperationalError, InterfaceError) as error:
        logger.warning("The database is away (%s); the schedule looks again.", type(error).__name__)
        return
    if not is_empty:
        doorbell().answer()
