"""``dsn_worker``: fans out and delivers."""

from __future__ import annotations

import os
from contextlib import nullcontext
from typing import TYPE_CHECKING

from django.core.management.base import BaseCommand, CommandError

from dsn_core.capture.refreshing import refresh_if_due
from dsn_core.delivery.expecting import in_words, waiting_for_slots
from dsn_core.engines.logs import logged_somewhere
from dsn_core.engines.worker import GRACE_SECONDS, Worker
from dsn_core.management.progress import Progress
from dsn_core.management.stopping import heeded

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Works until it is told to stop, or with ``--once`` until nothing is due.

    On a terminal one line shows how it goes; elsewhere each batch is a line of the log.
    """

    help = "Fan out events and deliver what is due, until it is told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take ``--once``, and how long to finish."""
        parser.add_argument(
            "--once",
            action="store_true",
            help="Do all that is due, and what that creates, then exit.",
        )
        parser.add_argument(
            "--grace",
            type=float,
            metavar="SECONDS",
            default=GRACE_SECONDS,
            help="How long a batch may go on once it is told to stop; "
            f"{GRACE_SECONDS:g} by default.",
        )

    def handle(self, *, once: bool, grace: float, verbosity: int, **options: object) -> None:
        """Run the worker. The first line says that it runs, the last one sums up."""
        if not grace >= 0:
            raise CommandError(f"--grace is {grace:g}; it must be 0 or more.")
        if once:
            worker = Worker(each_round=refresh_if_due, grace=grace)
            with heeded(worker.stop):
                worker.run_once()
            for line in in_words(waiting_for_slots()):
                self.stdout.write(line)
        else:
            self.stdout.write("Working; Ctrl-C ends.")
            self.stdout.flush()  # a pipe would keep it until the end
            worker = self._run(verbosity, grace)
        self.stdout.write(
            f"{worker.delivered} deliveries tried, {worker.planned} pages of recipients planned."
        )

    def _run(self, verbosity: int, grace: float) -> Worker:
        if verbosity > 0 and self.stdout.isatty() and os.environ.get("TERM") != "dumb":
            return self._run_shown(grace)
        worker = Worker(each_round=refresh_if_due, grace=grace)
        with logged_somewhere() if verbosity > 0 else nullcontext(), heeded(worker.stop):
            worker.run()
        return worker

    def _run_shown(self, grace: float) -> Worker:
        progress = Progress(self.stdout)

        def each_round() -> None:
            refresh_if_due()
            progress.look()

        worker = Worker(each_round=each_round, watch=progress.watch, grace=grace)
        with heeded(worker.stop):
            worker.run()
        progress.end()
        return worker
