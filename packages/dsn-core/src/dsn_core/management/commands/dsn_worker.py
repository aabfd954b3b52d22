"""``dsn_worker``: fans out and delivers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management.base import BaseCommand

from dsn_core.capture.refreshing import refresh_if_due
from dsn_core.delivery.expecting import in_words, waiting_for_slots
from dsn_core.engines.worker import Worker
from dsn_core.management.stopping import heeded

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
        """Run the worker. The first line says that it runs, the last one sums up."""
        worker = Worker(each_round=refresh_if_due)
        with heeded(worker.stop):
            if once:
                worker.run_once()
                for line in in_words(waiting_for_slots()):
                    self.stdout.write(line)
            else:
                self.stdout.write("Working; Ctrl-C ends.")
                self.stdout.flush()  # a pipe would keep it until the end
                worker.run()
        self.stdout.write(
            f"{worker.delivered} deliveries tried, {worker.planned} pages of recipients planned."
        )
