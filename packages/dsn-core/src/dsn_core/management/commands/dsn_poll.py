"""``dsn_poll``: fetches reports, for a machine that the services cannot reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management.base import BaseCommand, CommandError

from dsn_core.inbound.polling import Poller, pollable
from dsn_core.management.stopping import heeded

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Asks every account that can be asked, in turn, until it is told to stop."""

    help = "Fetch receipts, opt-outs and links from the services, for want of a public address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the messengers, and ``--once``."""
        parser.add_argument("messenger", nargs="*", help="Only these; by default all that can.")
        parser.add_argument("--once", action="store_true", help="Ask each account once, then exit.")

    def handle(self, *, messenger: list[str], once: bool, **options: object) -> None:
        """Ask in turn. With ``--once`` it is an error in the end where one could not be asked."""
        poller = Poller(_accounts(messenger))
        failed = 0
        with heeded(poller.stop):
            if once:
                failed = poller.ask_all()
            else:
                self.stdout.write("Asking; Ctrl-C ends.")
                self.stdout.flush()  # a pipe would keep it until the end
                poller.run()
        self.stdout.write(f"{poller.count} reports taken.")
        if failed:
            raise CommandError(f"{failed} of {len(poller.accounts)} accounts could not be asked.")


def _accounts(wanted: list[str]) -> list[tuple[str, str]]:
    """All accounts that can be asked; only the ``wanted`` messengers', where any are named."""
    found = pollable()
    names = {key for key, _ in found}
    for key in wanted:
        if key not in names:
            known = ", ".join(sorted(names)) or "none that is installed"
            raise CommandError(f"{key!r} cannot be asked for reports; those that can: {known}.")
    return [pair for pair in found if not wanted or pair[0] in wanted]
