"""Firing: a trigger held against what somebody says has happened, and its event written.

Only the trigger that is named counts it, and no other receiver of the signal hears of it: nothing
of the project runs but what DSN itself would run.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from django.db.models import BinaryField, Model

from dsn_core.capture.explaining import Finding, findings
from dsn_core.capture.families import OWN_APP
from dsn_core.capture.matching import Occasion
from dsn_core.capture.naming import CannotFire, column_and_value, object_with_key
from dsn_core.capture.reading import Row
from dsn_core.capture.ruling import rule_of
from dsn_core.capture.snapshot import event_of
from dsn_core.capture.writing import write
from dsn_core.models import Event, Trigger
from dsn_core.models.alias import alias, writer_of
from dsn_core.models.parts import BEFORE_ANY_OBJECT, MODEL_VERBS
from dsn_core.models.paths import CHANGING_VERBS
from dsn_core.models.trigger import PARTS
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dsn_core.capture.matching import Rule

LOGINS = ("user_logged_in", "user_logged_out")
"""Verbs whose signal names the actor as its ``user``."""
NAMES = {"action_object": "action object", "actor_object": "actor", "target": "target"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What is to be taken as having happened.

    * ``action_object``, ``actor_object``, ``target``: objects or plain values; None is what the
      trigger itself names, or nothing.
    * ``values``: what the signal sends along besides.
    * ``was``, ``becomes``: fields of the action object before, and now, by name, as values or as
      text; both are only taken so, and nothing is saved. What is not named is as it is stored.
    * ``created``: it is new.
    """

    action_object: object = None
    actor_object: object = None
    target: object = None
    values: Mapping[str, object] = field(default_factory=dict)
    was: Mapping[str, object] = field(default_factory=dict)
    becomes: Mapping[str, object] = field(default_factory=dict)
    created: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """A trigger, and the occasion that it is held against."""

    trigger: Trigger
    rule: Rule
    occasion: Occasion

    @classmethod
    def of(cls, trigger: Trigger, scenario: Scenario) -> Self:
        """Make up the occasion. Stores nothing.

        Raises ``CannotFire``, or another ``DSNError`` where the trigger's verb or model is gone.
        """
        catalog().verb(trigger.verb)
        rule = _rule(trigger)
        parts = [_part(trigger, name, getattr(scenario, name)) for name in PARTS]
        occasion = _occasion(trigger, scenario, *parts)
        if rule.needs_before or scenario.was or scenario.becomes or scenario.created:
            _take_changes(occasion, scenario)
        return cls(trigger=trigger, rule=rule, occasion=occasion)

    def findings(self) -> list[Finding]:
        """Each part and condition of the trigger, whether it holds, and what was found."""
        return findings(self.rule, self.occasion)

    @property
    def counts(self) -> bool:
        """Would the trigger count it? As capture itself decides."""
        return self.rule.matches(self.occasion)

    @property
    def parts_match(self) -> bool:
        """Is it about the right things, whatever the conditions say?"""
        return replace(self.rule, comparisons=()).matches(self.occasion)

    def event(self) -> Event:
        """The event as capture would write it; not saved."""
        return event_of(self.occasion, [self.trigger.pk])

    def write(self) -> Event:
        """Write the event and ring for the engine, as capture does.

        Raises ``CannotFire`` where the trigger is switched off, or ``django.db.Error``.
        """
        if not self.trigger.enabled:
            raise CannotFire(
                f"The trigger {self.trigger.name!r} is switched off, so its signal fires nothing. "
                "Switch it on first."
            )
        event = self.event()
        write(event, self.occasion.using)
        return _stored(event)


def _rule(trigger: Trigger) -> Rule:
    """With the key, which the index looks up instead."""
    row = Row(*(getattr(trigger, name) for name in Row._fields))
    conditions = trigger.conditions.using(alias())
    rule = rule_of(row, [condition.as_value() for condition in conditions])
    return replace(rule, action_object=replace(rule.action_object, pk=row.action_object_pk))


def _part(trigger: Trigger, name: str, given: object) -> object:
    """What is given, or else what the trigger names. A model alone names no object."""
    part = trigger.part(name)
    model = part.model_class
    if trigger.verb == BEFORE_ANY_OBJECT and name == "action_object":
        return None
    if given is not None:
        return given
    if model is None:
        return part.value or None
    if part.pk:
        return object_with_key(model, part.pk)
    raise CannotFire(
        f"The trigger {trigger.name!r} counts any {model._meta.label} as its {NAMES[name]}: say "
        "which."
    )


def _occasion(
    trigger: Trigger, scenario: Scenario, thing: object, actor: object, target: object
) -> Occasion:
    _check_parts(trigger.verb, thing, actor)
    using = _database(thing)
    is_model_signal = trigger.verb in MODEL_VERBS
    given = {
        "instance" if is_model_signal else "action_object": thing,
        "user" if trigger.verb in LOGINS else "actor": actor,
        "target": target,
    }
    values = {name: value for name, value in given.items() if value is not None}
    return Occasion(
        verb=trigger.verb,
        sender=type(thing) if is_model_signal else None,
        action_object=thing,
        values=_sent_along(trigger.verb, scenario, using) | values,
        using=using,
        created=scenario.created,
        _actor=[actor],
    )


def _check_parts(verb: str, thing: object, actor: object) -> None:
    if verb in MODEL_VERBS and verb != BEFORE_ANY_OBJECT and not isinstance(thing, Model):
        raise CannotFire(f"{verb} is about an object of a model: say which.")
    if isinstance(thing, Model) and thing._meta.app_label == OWN_APP:
        raise CannotFire(f"{thing._meta.label} is DSN's own, and fires nothing.")
    if verb in LOGINS and actor is None:
        raise CannotFire(f"{verb} is about a user: say who does it.")


def _database(thing: object) -> str:
    return writer_of(thing) if isinstance(thing, Model) else alias()


def _sent_along(verb: str, scenario: Scenario, using: str) -> dict[str, object]:
    """What the signal sends besides its parts: Django's own, and what is given."""
    provided = catalog().verb(verb).provides
    _check_names(verb, scenario.values, provided)
    usual: dict[str, object] = {
        "created": scenario.created,
        "update_fields": None,
        "using": using,
        "action": "post_add",
    }
    own = {name: usual[name] for name in usual if "." not in verb and name in provided}
    return own | dict(scenario.values)


def _check_names(verb: str, given: Iterable[str], provided: Mapping[str, object]) -> None:
    for name in given:
        if provided and name not in provided:
            raise CannotFire(
                f"{verb} provides no value {name!r}; it provides {', '.join(provided)}."
            )


def _take_changes(occasion: Occasion, scenario: Scenario) -> None:
    """Take what is stored as what a save finds there, then what is said instead."""
    instance = occasion.action_object
    if not isinstance(instance, Model):
        raise CannotFire("What it happens to is no object of a model, so it has no fields.")
    if (scenario.was or scenario.created) and occasion.verb not in CHANGING_VERBS:
        raise CannotFire(
            f"Only {' and '.join(CHANGING_VERBS)} know what was there before; the verb is "
            f"{occasion.verb}."
        )
    if occasion.verb in CHANGING_VERBS and not scenario.created:
        was = dict(column_and_value(instance, name, value) for name, value in scenario.was.items())
        occasion.before = _stored_values(instance) | was
    for name, value in scenario.becomes.items():
        setattr(instance, *column_and_value(instance, name, value))


def _stored_values(instance: Model) -> dict[str, object]:
    """As ``read_before`` of a save would find them: the object was just read."""
    return {
        item.attname: getattr(instance, item.attname)
        for item in instance._meta.concrete_fields
        if not isinstance(item, BinaryField)
    }


def _stored(event: Event) -> Event:
    """The row that was written. Its key is not known: capture asks for none."""
    rows = Event.objects.using(alias()).filter(verb=event.verb, captured_at=event.captured_at)
    mine = (row for row in rows.order_by("-pk") if row.trigger_ids == event.trigger_ids)
    return next(mine, event)
