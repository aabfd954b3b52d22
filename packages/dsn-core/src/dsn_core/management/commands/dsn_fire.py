"""``dsn_fire``: fires a trigger as its signal would, or says who would get what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from dsn_core.capture.firing import Firing, Scenario
from dsn_core.capture.naming import provided_values
from dsn_core.exceptions import DSNError
from dsn_core.management.firing import aftermath_lines, finding_lines, rehearsal_lines
from dsn_core.management.naming import pairs, thing_named
from dsn_core.models import Trigger
from dsn_core.models.alias import alias
from dsn_core.pausing import capture_paused
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterable, Mapping

    from dsn_core.capture.explaining import Finding

DOES_NOT_COUNT = "The trigger {name!r} does not count this, so nothing was fired."
HOW_TO_GO_ON = "To fire it whatever its conditions say: --ignore-conditions."
HOW_TO_CHANGE = "Say what a field was with --was NAME=VALUE, or becomes with --set NAME=VALUE."
MOST_NAMES = 20


class Command(BaseCommand):
    """Holds the trigger against what is said to have happened, and writes its event."""

    help = "Fire TRIGGER as its signal would; with --dry-run say who would get what."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the trigger, what has happened, and what to show."""
        parser.add_argument("trigger", help="Its name.")
        _add_scenario(parser)
        parser.add_argument(
            "--ignore-conditions", action="store_true", help="Fire although they do not hold."
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Only say who would get what; store nothing."
        )
        parser.add_argument(
            "--limit",
            metavar="N",
            type=int,
            default=20,
            help="List so many recipients of each backend; by default 20.",
        )
        parser.add_argument(
            "--full", action="store_true", help="Show the message of each, not of the first."
        )

    def handle(self, **options: Any) -> None:
        """Do it. Raises ``CommandError`` where the trigger does not count it, or cannot."""
        try:
            trigger = _trigger(options["trigger"])
            with capture_paused():  # a trigger may count that an object is read
                firing = Firing.of(trigger, _scenario(trigger, options))
            self._explain(firing, ignoring=options["ignore_conditions"])
            if options["dry_run"]:
                with capture_paused():  # the ``__str__`` of a user may read another object
                    self._say(rehearsal_lines(firing, limit=options["limit"], full=options["full"]))
            else:
                self._say(aftermath_lines(firing.write()))
        except DSNError as error:
            raise CommandError(str(error)) from error

    def _say(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.stdout.write(line)

    def _explain(self, firing: Firing, *, ignoring: bool) -> None:
        """Say what holds and what not. Raises ``CommandError`` where that decides it."""
        found = firing.findings()
        self._say(finding_lines(found))
        if firing.counts or (ignoring and firing.parts_match):
            return
        said = [DOES_NOT_COUNT.format(name=firing.trigger.name)]
        raise CommandError("\n".join([*said, *_advice(found, firing)]))


def _advice(found: list[Finding], firing: Firing) -> list[str]:
    missing = [one for one in found if not one.holds]
    advice = [HOW_TO_CHANGE] if any(one.asks_before for one in missing) else []
    return [*advice, *([HOW_TO_GO_ON] if firing.parts_match else [])]


def _add_scenario(parser: ArgumentParser) -> None:
    """What is to be taken as having happened."""
    parser.add_argument(
        "--object",
        metavar="PK",
        help="What it happens to: a key, latest, app.Model:PK, or a plain text.",
    )
    parser.add_argument("--actor", metavar="PK", help="Who does it; of a user, or as --object.")
    parser.add_argument("--target", metavar="PK", help="What it is done for or with; as --object.")
    for name, words in (
        ("--value", "What the signal sends along."),
        ("--was", "A field of the object before; it is not saved."),
        ("--set", "A field of the object as it becomes; it is not saved."),
    ):
        parser.add_argument(
            name,
            metavar="NAME=VALUE",
            action="append",
            default=[],
            help=f"{words} May be given several times.",
        )
    parser.add_argument("--created", action="store_true", help="The object is new.")


def _trigger(name: str) -> Trigger:
    found: Trigger | None = Trigger.objects.using(alias()).filter(name=name).first()
    if found is None:
        names = Trigger.objects.using(alias()).order_by("name").values_list("name", flat=True)
        known = ", ".join(repr(each) for each in names[:MOST_NAMES])
        raise CommandError(f"There is no trigger {name!r}; there are {known or 'none'}.")
    return found


def _scenario(trigger: Trigger, options: Mapping[str, Any]) -> Scenario:
    actor = trigger.part("actor_object")
    user_model = None if actor.value else get_user_model()
    return Scenario(
        action_object=thing_named(options["object"], trigger.part("action_object").model_class),
        actor_object=thing_named(options["actor"], actor.model_class or user_model),
        target=thing_named(options["target"], trigger.part("target").model_class),
        values=provided_values(catalog().verb(trigger.verb), pairs(options["value"])),
        was=pairs(options["was"]),
        becomes=pairs(options["set"]),
        created=options["created"],
    )
