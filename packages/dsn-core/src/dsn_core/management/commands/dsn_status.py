"""``dsn_status``: how things stand, for people and for monitoring."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseFailure

from dsn_core.exceptions import InvalidSetting
from dsn_core.management.concerns import CONCERNS, Warned, concerns
from dsn_core.management.standing import Standing, standing

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterator

    from dsn_core.management.accounts import AccountStanding

MAX_AGE = 300.0
FINE, ATTENTION, UNKNOWN = 0, 1, 2


class Command(BaseCommand):
    """Prints how things stand, and exits with 0, with 1 for attention, or with 2 in ignorance."""

    help = "Say what is due, what waits and why. Exits with 1 where somebody should look."
    requires_system_checks: tuple[str, ...] = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the format, and what counts as wrong."""
        parser.add_argument("--json", action="store_true", help="for programs; a stable format")
        parser.add_argument(
            "--all", action="store_true", help="Count all finished deliveries too, however many."
        )
        parser.add_argument(
            "--max-age",
            type=float,
            default=MAX_AGE,
            metavar="SECONDS",
            help=f"Something may be due for so long before it is late; {MAX_AGE:g} by default.",
        )
        parser.add_argument(
            "--ignore",
            action="append",
            default=[],
            choices=list(CONCERNS),
            help="Nothing to be warned of; may be given several times.",
        )

    def handle(self, *, max_age: float, ignore: list[str], **options: object) -> None:
        """Print it. A number other than 0 leaves by ``SystemExit``."""
        if not max_age >= 0:
            message = f"--max-age is {max_age:g}; it must be 0 or more."
            raise CommandError(message, returncode=UNKNOWN)
        try:
            at = standing(exact=bool(options["all"]))
        except (DatabaseFailure, ImproperlyConfigured, InvalidSetting) as error:
            self._cannot_tell(error, as_json=bool(options["json"]))
        warned = concerns(at, max_age=max_age, ignored=ignore)
        if options["json"]:
            status = "attention" if warned else "ok"
            self._print_json({"status": status, "warnings": warned, **at})
        else:
            for line in lines_of(at, warned):
                self.stdout.write(line)
        if warned:
            sys.exit(ATTENTION)

    def _cannot_tell(self, error: Exception, *, as_json: bool) -> NoReturn:
        # Only its class where it is the database's: its words may quote a password.
        words = str(error) if isinstance(error, InvalidSetting) else type(error).__name__
        message = f"Nobody can tell how things stand: {words}"
        if as_json:
            warned = Warned(code="no_answer", message=message)
            self._print_json({"status": "unknown", "warnings": [warned]})
        else:
            self.stderr.write(message)
        sys.exit(UNKNOWN)

    def _print_json(self, report: dict[str, object]) -> None:
        self.stdout.write(json.dumps(report, indent=2, ensure_ascii=False))


def lines_of(at: Standing, warned: list[Warned]) -> Iterator[str]:
    """The same for people."""
    due, events, inbound = at["due"], at["events"], at["inbound"]
    yield f"due now     {due['count']}, the oldest for {due['oldest_seconds']:.0f} s"
    states = at["states"].items()
    counts = (
        f"{name} {tally['count']}{'' if tally['exact'] else '+'}"
        for name, tally in states
        if tally["count"]
    )
    yield f"deliveries  {', '.join(counts) or 'none'}"
    if at["held"]:
        yield f"held for    {', '.join(f'{code} {n}' for code, n in at['held'].items())}"
    yield f"events      {events['pending']} to be fanned out, {events['due']} of them due"
    yield f"inbound     {inbound['waiting']} reports wait"
    yield "accounts"
    yield from map(_account_line, at["accounts"])
    for one in warned:
        yield f"! {one['code']}: {one['message']}"


def _account_line(account: AccountStanding) -> str:
    name = f"{account['messenger']}:{account['account']}"
    parts = ["usable" if account["usable"] else "not usable"]
    if account["held_since"]:
        parts.append(f"held since {account['held_since']} ({account['reason']})")
    if account["waits_until"]:
        why = f" ({account['reason']})" if account["reason"] and not account["held_since"] else ""
        parts.append(f"waits until {account['waits_until']}{why}")
    if account["rate"]:
        parts.append(account["rate"])
    counts = (("queued", account["queued"]), ("held", account["held"]))
    parts += [f"{count} {state}" for state, count in counts if count]
    if account["in_doubt"]:
        parts.append(f"{account['in_doubt']} in doubt")
    return f"  {name:25} {', '.join(parts)}"
