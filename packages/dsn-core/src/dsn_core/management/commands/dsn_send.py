"""``dsn_send``: tries a messenger, with one message at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.core.management.base import BaseCommand, CommandError

from dsn_core.contract.message import Action, Message
from dsn_core.contract.outcome import Refusal
from dsn_core.delivery.trying import send_once, where_held
from dsn_core.exceptions import DSNError
from dsn_core.management.naming import pair

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Mapping

    from dsn_core.delivery.trying import Trial

MEANINGS: Mapping[Refusal, str] = {
    Refusal.RETRY: "It may work later.",
    Refusal.ADDRESS: "Nothing will ever arrive at this address.",
    Refusal.MESSAGE: "This message will never be taken.",
    Refusal.IN_DOUBT: "It may have arrived all the same.",
}


class Command(BaseCommand):
    """Sends one message past every trigger, and says what the service answered."""

    help = "Try a messenger: send TEXT to ADDRESS now, and say what the service answered."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take where it goes, and its words."""
        parser.add_argument("messenger", help="Its key, as dsn_plugins lists it.")
        parser.add_argument("address", help="Or - for a messenger that speaks to everybody.")
        parser.add_argument("text")
        parser.add_argument("--account", default="default", help="Its name in settings.")
        parser.add_argument("--subject", default="")
        parser.add_argument("--html", default="", help="The same in HTML.")
        parser.add_argument(
            "--action",
            metavar="LABEL=URL",
            action="append",
            default=[],
            help="A button or link; may be given several times.",
        )
        parser.add_argument(
            "--option",
            metavar="NAME=VALUE",
            action="append",
            default=[],
            help="An option of a Backend, its value as JSON or plain; may be given several times.",
        )

    def handle(
        self,
        *,
        messenger: str,
        address: str,
        text: str,
        account: str,
        subject: str,
        html: str,
        action: list[str],
        option: list[str],
        **options: object,
    ) -> None:
        """Send it. Raises ``CommandError`` in the service's own words where it did not take it."""
        actions = tuple(Action(label=label, url=url) for label, url in map(pair, action))
        message = Message(subject=subject, text=text, html=html, actions=actions)
        chosen = {name: _value(raw) for name, raw in map(pair, option)}
        try:
            trial = send_once(messenger, address, message, account=account, options=chosen)
        except DSNError as error:
            raise CommandError(str(error)) from error
        if trial.refusal is not None:
            raise CommandError(_refusal(messenger, account, trial))
        to = f" to {trial.address}" if trial.address else ""
        called = f" It calls it {trial.provider_id}." if trial.provider_id else ""
        self.stdout.write(f"{messenger} took it{to}, by the account {account!r}.{called}")


def _refusal(messenger: str, account: str, trial: Trial) -> str:
    said = f"{messenger} did not take it: {trial.code}: {trial.reason}"
    if trial.is_held:
        return f"{said}\nThe account {account!r} is held. {where_held(messenger, account)}"
    meaning = MEANINGS.get(trial.refusal) if trial.refusal else None
    return f"{said}\n{meaning}" if meaning else said


def _value(raw: str) -> object:
    try:
        return json.loads(raw)
    except ValueError:
        return raw
