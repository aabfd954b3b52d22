"""``dsn_worker``: fans out and delivers."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from django.core.management.base import BaseCommand

from dsn_core.capture.refreshing import refresh_if_due
from dsn_core.engines.worker import Worker

if TYPE_CHECKING:
    from argparse import ArgumentParser


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
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, worker.stop)
        if once:
            worker.run_once()
        else:
            worker.run()
        self.stdout.write(
            f"{worker.delivered} deliveries tried, {worker.planned} pages of recipients planned."
        )
