"""What a receiver does with what it hears: match, snapshot, write; never raise into the caller."""

from __future__ import annotations

import logging
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, cast

from django.db import connections
from django.db.models import Model

from dsn_core.capture.before import begin, end, is_new, read_before, written_columns
from dsn_core.capture.matching import Occasion
from dsn_core.capture.snapshot import event_of
from dsn_core.capture.writing import write
from dsn_core.conf import config
from dsn_core.exceptions import DSNError, InvalidSetting
from dsn_core.models.alias import alias, writer_of
from dsn_core.models.payload import unwrapped
from dsn_core.pausing import is_capture_paused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from dsn_core.capture.index import Watched
    from dsn_core.capture.matching import Rule
    from dsn_core.models import Event

logger = logging.getLogger("dsn_core.capture")
P = ParamSpec("P")


def contain_errors(function: Callable[P, None]) -> Callable[P, None]:
    """Log what ``function`` raises, unless ``DSN["CAPTURE_ERRORS"]`` is ``"raise"``."""

    @wraps(function)
    def contained(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            function(*args, **kwargs)
        except Exception as error:
            if _errors_are_wanted():
                raise
            _log(error)

    return contained


def _log(error: Exception) -> None:
    if isinstance(error, InvalidSetting):
        # Its words say where and what; a traceback would hide them.
        logger.error("DSN cannot capture what happened: %s", error)
        return
    logger.error("DSN could not capture what happened; the caller goes on.", exc_info=error)


def _errors_are_wanted() -> bool:
    try:
        return config().capture_errors == "raise"
    except DSNError:
        return False


@contain_errors
def hear(verb: str, sender: object, values: Mapping[str, object], watched: Watched) -> None:
    """Capture a signal that is written as soon as it is heard."""
    thing = unwrapped(values.get("action_object", values.get("instance")))
    rules = watched.rules_for(thing)
    if not rules or is_capture_paused():
        return
    occasion = Occasion(
        verb=verb,
        sender=sender,
        action_object=thing,
        values=values,
        using=_database(values.get("using"), thing),
    )
    _write_if_counted(occasion, rules)


def _database(using: object, thing: object) -> str:
    """Where it happened: a host's signal may also mean something else by ``using``."""
    if isinstance(using, str) and using in connections:
        return using
    return writer_of(thing) if isinstance(thing, Model) else alias()


@contain_errors
def hear_before_save(
    instance: Model, values: Mapping[str, object], before: Watched | None, after: Watched | None
) -> None:
    """``pre_save``: keep the old values that are asked for, and what its own triggers count."""
    if is_capture_paused():
        return
    save = begin(instance, values.get("update_fields"))
    rules = before.rules_for(instance) if before else ()
    later = after.rules_for(instance) if after else ()
    using = str(values.get("using") or alias())
    if any(rule.needs_before for rule in (*rules, *later)) and not is_new(instance):
        save.before = read_before(instance, using)
    if rules:
        occasion = _save_occasion("pre_save", instance, values, save.before)
        occasion.created = is_new(instance)
        counted = _counted(occasion, rules)
        save.events += [counted] if counted else []


@contain_errors
def hear_saved(instance: Model, values: Mapping[str, object], watched: Watched | None) -> None:
    """``post_save``: write what ``pre_save`` kept, then capture the save itself."""
    if is_capture_paused():
        return
    save = end(instance, values.get("update_fields"))
    using = str(values.get("using") or alias())
    for event in save.events:
        _complete(event, instance)
        write(event, using)
    rules = watched.rules_for(instance) if watched else ()
    if rules:
        occasion = _save_occasion("post_save", instance, values, save.before)
        occasion.created = bool(values.get("created"))
        _write_if_counted(occasion, rules)


def _save_occasion(
    verb: str,
    instance: Model,
    values: Mapping[str, object],
    before: Mapping[str, object] | None,
) -> Occasion:
    names = cast("Sequence[str] | None", values.get("update_fields"))
    return Occasion(
        verb=verb,
        sender=type(instance),
        action_object=instance,
        values=values,
        using=str(values.get("using") or alias()),
        before=before,
        written=written_columns(instance, names),
    )


def _complete(event: Event, instance: Model) -> None:
    """A new object had no key yet when ``pre_save`` was heard."""
    stored = event.payload["action_object"]
    if stored.get("pk") is None:
        stored["pk"] = str(instance.pk)


def _counted(occasion: Occasion, rules: Sequence[Rule]) -> Event | None:
    matching = [rule.trigger_id for rule in rules if rule.matches(occasion)]
    return event_of(occasion, matching) if matching else None


def _write_if_counted(occasion: Occasion, rules: Sequence[Rule]) -> None:
    event = _counted(occasion, rules)
    if event is not None:
        write(event, occasion.using)
