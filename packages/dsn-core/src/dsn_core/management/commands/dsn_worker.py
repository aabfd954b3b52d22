"""``dsn_worker``: fans out and delivers."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.management.base import BaseCommand

from dsn_core.capture.refreshing import refresh_if_due
from dsn_core.engines.worker import Worker

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator

SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def heeded(worker: Worker) -> Iterator[None]:
    """Within it, the signals to stop are the worker's; only a main thread can have them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, worker.stop) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Command(BaseCommand):
    """Works until it is told to stop, or with ``--once`` until nothing is due."""

    help = "Fan out events and deliver what is due, until it is told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take ``--once``."""
        parser.add_argument(
            "--once",
            action="store_true",
            help="Do all that is due, and what that creates, then exit.",
        )

    def handle(self, *, once: bool, **options: object) -> None:
        """Run the worker; the last line sums up."""
        worker = Worker(each_round=refresh_if_due)
        with heeded(worker):
            if once:
                worker.run_once()
            else:
                worker.run()
        self.stdout.write(
            f"{worker.delivered} deliveries tried, {worker.planned} pages of recipients planned."
        )
