"""``dsn_retry``: puts deliveries back that stopped, and uses held accounts again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management.base import BaseCommand, CommandError

from dsn_core.models import AccountState, Backend, Delivery
from dsn_core.models.alias import alias
from dsn_core.records.holding import release_account, through_account
from dsn_core.records.transitions import deliveries, release, retry
from dsn_core.states import State

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from django.db.models import QuerySet

CHOICES = {
    State.FAILED: "Try those that failed again.",
    State.UNKNOWN: "Send those again of which nobody knows whether they were sent.",
    State.HELD: "Let those go that are held, whatever they wait for.",
}


class Command(BaseCommand):
    """Says what is to be tried again, and prints how many that were."""

    help = "Put failed, doubtful or held deliveries back, or use a held account again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take which deliveries, and of which account or backend."""
        parser.add_argument(
            "--account",
            metavar="MESSENGER:NAME",
            help="Use this account again; with another option, only what goes through it.",
        )
        parser.add_argument(
            "--backend", metavar="NAME", help="Only the deliveries of this backend."
        )
        for state, words in CHOICES.items():
            parser.add_argument(f"--{state.value}", action="store_true", help=words)

    def handle(self, *, account: str | None, backend: str | None, **options: object) -> None:
        """Do it. Raises ``CommandError`` where the arguments make no sense."""
        chosen = [state for state in CHOICES if options[state.value]]
        if not chosen and account is None:
            raise CommandError("Say what to try again: --failed, --unknown, --held or --account.")
        rows = _of_backend(backend)
        if account is not None:
            rows &= self._use_again(account)
        for state in chosen:
            self._put_back(rows, state)

    def _use_again(self, name: str) -> QuerySet[Delivery]:
        messenger, account = _account(name)
        count = release_account(messenger, account)
        self.stdout.write(f"{name} is used again; {count} deliveries no longer wait for it.")
        return through_account(messenger, account)

    def _put_back(self, rows: QuerySet[Delivery], state: State) -> None:
        some = rows.filter(state=state)
        count = release(some) if state is State.HELD else retry(some)
        self.stdout.write(f"{count} deliveries that were {state.value} are queued again.")


def _account(name: str) -> tuple[str, str]:
    messenger, colon, account = name.partition(":")
    if not (messenger and colon and account):
        raise CommandError(f"--account is {name!r}; write it as messenger:name, like sms:default.")
    known = {"messenger": messenger, "account": account}
    states, backends = AccountState.objects.using(alias()), Backend.objects.using(alias())
    if not (states.filter(**known).exists() or backends.filter(**known).exists()):
        raise CommandError(f"No backend goes through {name!r}, and no such account is held.")
    return messenger, account


def _of_backend(name: str | None) -> QuerySet[Delivery]:
    if name is None:
        return deliveries()
    backend = Backend.objects.using(alias()).filter(name=name).first()
    if backend is None:
        raise CommandError(f"There is no backend {name!r}.")
    return deliveries().filter(backend=backend)
