"""``dsn_render``: the message of a template, as somebody would get it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.management.base import BaseCommand, CommandError

from dsn_core.capture.matching import Occasion
from dsn_core.capture.naming import object_named, provided_values
from dsn_core.capture.snapshot import event_of
from dsn_core.exceptions import DSNError
from dsn_core.management.naming import event_with, pairs, thing_named, user_with
from dsn_core.management.showing import message_lines, preview_lines
from dsn_core.models import Backend
from dsn_core.pausing import capture_paused
from dsn_core.plugins.catalog import catalog
from dsn_core.rendering.previewing import previews
from dsn_core.rendering.words import known_keys

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from dsn_core.models import Event
    from dsn_core.rendering.previewing import Preview

ANY = "console"
"""A messenger that is always there, to render with where only the words are wanted."""


class Command(BaseCommand):
    """Renders for an event that has happened, or for what is made up here. Sends nothing."""

    help = "Print the message of TEMPLATE for an event or an object; nothing is sent or stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the template, what it is about, and who reads it."""
        parser.add_argument("template", help="Its key, installed or stored.")
        about = parser.add_mutually_exclusive_group()
        about.add_argument("--event", metavar="ID", type=int, help="An event that has happened.")
        about.add_argument("--object", metavar="APP.MODEL:PK", help="Or PK may be: latest.")
        parser.add_argument("--verb", default="post_save", help="What happened to the object.")
        parser.add_argument("--actor", metavar="APP.MODEL:PK", help="Who did it; or a plain text.")
        parser.add_argument("--target", metavar="APP.MODEL:PK", help="Or a plain text.")
        parser.add_argument(
            "--value",
            metavar="NAME=VALUE",
            action="append",
            default=[],
            help="What the signal sends along; may be given several times.",
        )
        parser.add_argument("--messenger", metavar="KEY", help="As this messenger would get it.")
        parser.add_argument("--account", default="default", help="The messenger's, in settings.")
        parser.add_argument("--user", metavar="PK", help="Who reads it; by default nobody known.")
        parser.add_argument("--language", default="", help="By default the reader's own.")

    def handle(
        self,
        *,
        template: str,
        event: int | None,
        object: str | None,
        verb: str,
        actor: str | None,
        target: str | None,
        value: list[str],
        messenger: str | None,
        account: str,
        user: str | None,
        language: str,
        **options: object,
    ) -> None:
        """Print it. Raises ``CommandError`` where there is no message."""
        _check_template(template)
        if event is not None:
            happened = event_with(event)
        else:
            happened = _made_up(verb=verb, thing=object, values=value, actor=actor, target=target)
        backend = Backend(
            name=template, messenger=messenger or ANY, account=account, message_template=template
        )
        found = previews([backend], happened, user=user_with(user), language=language)
        self._print(found[0], fitted=messenger is not None)

    def _print(self, preview: Preview, *, fitted: bool) -> None:
        if preview.whole is None:
            raise CommandError(preview.problem)
        lines = preview_lines(preview) if fitted else message_lines(preview.whole)
        self.stdout.write(f"language: {preview.language}")
        for line in lines:
            self.stdout.write(line)
        if fitted and preview.fitted is None:
            raise CommandError("So nobody would get it.")


def _check_template(key: str) -> None:
    known = known_keys()
    if key not in known:
        raise CommandError(
            f"There is no message template {key!r}; there are {', '.join(sorted(known))}."
        )


def _made_up(*, verb: str, thing: str | None, values: list[str], **others: str | None) -> Event:
    """An event of what the options say, not stored."""
    try:
        with capture_paused():  # a trigger may count that an object is read
            given = provided_values(catalog().verb(verb), pairs(values))
            parts = {name: thing_named(text, None) for name, text in others.items()}
            found = None if thing is None else object_named(thing, None)
    except DSNError as error:
        raise CommandError(str(error)) from error
    occasion = Occasion(
        verb=verb,
        sender=None,
        action_object=found,
        values={**given, **parts},
        _actor=[parts["actor"]],
    )
    return event_of(occasion, [])
