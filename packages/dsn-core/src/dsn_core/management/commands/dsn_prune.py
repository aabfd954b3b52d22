"""``dsn_prune``: deletes what is finished and old."""

from __future__ import annotations

import datetime as dt
import threading
from typing import TYPE_CHECKING

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from dsn_core.management.stopping import heeded
from dsn_core.records.pruning import BATCH, count, kinds, prune

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from types import FrameType

DAYS = 90


class Command(BaseCommand):
    """Deletes in small pages, beside whoever works, and prints how much went."""

    help = "Delete finished deliveries and events, applied reports and expired links that are old."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the age, and how to go about it."""
        parser.add_argument(
            "--days", type=float, default=DAYS, help=f"Keep what is younger; {DAYS} by default."
        )
        parser.add_argument(
            "--batch", type=int, default=BATCH, help=f"Rows at a time; {BATCH} by default."
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Only say what would be deleted."
        )

    def handle(self, *, days: float, batch: int, dry_run: bool, **options: object) -> None:
        """Prune. Told to stop, it ends after the page that it is at, and says what it did."""
        before = _before(days)
        if batch < 1:
            raise CommandError(f"--batch is {batch}; it must be 1 or more.")
        stopping = threading.Event()

        def stop(number: int = 0, frame: FrameType | None = None) -> None:
            stopping.set()

        work = count if dry_run else prune
        with heeded(stop):
            counts = {
                kind.name: sum(work(kind, batch=batch, stopped=stopping.is_set))
                for kind in kinds(before, in_thought=dry_run)
            }
        did = "Would delete" if dry_run else "Deleted"
        parts = ", ".join(f"{number} {name}" for name, number in counts.items())
        self.stdout.write(f"{did} {parts}; what was over before {before:%F %T %Z}.")
        if stopping.is_set():
            self.stdout.write("It was told to stop; there may be more.")


def _before(days: float) -> dt.datetime:
    try:
        before = timezone.now() - dt.timedelta(days=days)
    except (OverflowError, ValueError) as error:
        raise CommandError(f"--days is {days}; it must be a number of days.") from error
    if days < 0:
        raise CommandError(f"--days is {days:g}; it must be 0 or more.")
    return before
