"""``manage.py inbox_prune``: removes what is expired, deleted or old. For cron, once a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management import BaseCommand, CommandError

from dsn_inbox.pruning import prune

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Calls ``prune`` and says how much went."""

    help = (
        "Removes expired messages, and what was deleted a week ago; with --days also what is old."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How old, and whether only what has been read."""
        parser.add_argument(
            "--days", type=int, help="Also remove messages that are older than so many days."
        )
        parser.add_argument(
            "--read-only", action="store_true", help="Of the old ones only those that were read."
        )

    def handle(self, *, days: int | None, read_only: bool, **_options: object) -> None:
        """Remove them. Raises ``CommandError`` where the arguments make no sense."""
        if days is not None and days < 1:
            raise CommandError("--days must be 1 or more.")
        if read_only and days is None:
            raise CommandError("--read-only needs --days: how old must a read message be?")
        count = prune(days=days, read_only=read_only)
        self.stdout.write(f"{count} messages removed.")
