"""Rules: triggers made ready to be held against what has just happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model

from dsn_core.capture.actor import actor_of
from dsn_core.conditions import CHANGE_OPERATORS, MISSING, Condition, Operands, holds
from dsn_core.models.parts import PLAIN
from dsn_core.models.paths import ACTION_OBJECT, VALUES, Path, model_field, path_of
from dsn_core.models.payload import unwrapped

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Field

    from dsn_core.conditions import Convert


@dataclass(slots=True, kw_only=True)
class Occasion:
    """Something that has just happened, before anybody knows whether it counts.

    ``before`` holds the action object's fields by column name as they were, where they were
    asked for; ``written`` the columns that were written, None for all.
    """

    verb: str
    sender: object
    action_object: object
    values: Mapping[str, object]
    using: str = "default"
    before: Mapping[str, object] | None = None
    created: bool = False
    written: frozenset[str] | None = None
    _actor: list[object] = field(default_factory=list)

    @property
    def actor(self) -> object:
        """Who did it; found when it is first asked for, since a request's user is lazy."""
        if not self._actor:
            self._actor.append(actor_of(self.values))
        return self._actor[0]

    @property
    def target(self) -> object:
        """What the signal calls its target."""
        return unwrapped(self.values.get("target"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PartMatcher:
    """One part of a trigger; without classes and value it matches anything."""

    classes: frozenset[type[Model]] | None = None
    pk: str = ""
    value: str = ""

    def matches(self, thing: object) -> bool:
        """Is ``thing`` of these classes and of this key, or this plain value?"""
        if self.classes is not None:
            return type(thing) in self.classes and (
                not self.pk or str(getattr(thing, "pk", None)) == self.pk
            )
        return not self.value or (isinstance(thing, PLAIN) and str(thing) == self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A condition with its field taken apart."""

    condition: Condition
    path: Path

    @property
    def needs_before(self) -> bool:
        """Does it ask what was there before?"""
        return self.condition.operator in CHANGE_OPERATORS

    def holds(self, occasion: Occasion) -> bool:
        """Does the condition hold now?"""
        return holds(self.condition, *self.compared(occasion))

    def compared(self, occasion: Occasion) -> tuple[Operands, Convert]:
        """What is held against the condition, and how its own value becomes of the same type."""
        if self.path.home != ACTION_OBJECT and self.path.name in occasion.values:
            return self._of_value(occasion.values[self.path.name])
        if self.path.home == VALUES or not isinstance(occasion.action_object, Model):
            return self._of_value(MISSING)
        return self._of_field(occasion, occasion.action_object)

    def _of_value(self, value: object) -> tuple[Operands, Convert]:
        if self.path.attribute:
            return self._of_attribute(unwrapped(value))
        return Operands(after=value), _like(value)

    def _of_attribute(self, owner: object) -> tuple[Operands, Convert]:
        name = self.path.attribute
        if isinstance(owner, Model):
            known = model_field(type(owner), name)
            value = _loaded(owner, known)
            return Operands(after=value), _as(known, value)
        value = owner.get(name, MISSING) if isinstance(owner, dict) else MISSING
        return Operands(after=value), _like(value)

    def _of_field(self, occasion: Occasion, instance: Model) -> tuple[Operands, Convert]:
        known = None if self.path.attribute else model_field(type(instance), self.path.name)
        value = field_value(instance, known)
        operands = Operands(
            after=value, before=_before(occasion, known, value), created=occasion.created
        )
        return operands, _as(known, value)


def field_value(instance: Model, known: Field[object, object] | None) -> object:
    """A loaded field's value in the field's own type; MISSING where it would take a query."""
    value = _loaded(instance, known)
    if value is MISSING or value is None:
        return value
    try:
        return _as(known, value)(value)
    except (TypeError, ValueError, ArithmeticError):
        return value


def _before(occasion: Occasion, known: Field[object, object] | None, after: object) -> object:
    """The field's value before; a column that was not written is as it was."""
    if known is None or occasion.before is None:
        return MISSING
    if occasion.written is not None and known.attname not in occasion.written:
        return after
    return occasion.before.get(known.attname, MISSING)


def _loaded(instance: Model, known: Field[object, object] | None) -> object:
    """The field's value, unless reading it would take a query or it is an expression."""
    if known is None:
        return MISSING
    value = instance.__dict__.get(known.attname, MISSING)
    return MISSING if hasattr(value, "resolve_expression") else value


def _as(known: Field[object, object] | None, value: object) -> Convert:
    if known is None:
        return _like(value)

    def convert(wanted: object) -> object:
        try:
            return known.to_python(wanted)
        except ValidationError as error:
            raise ValueError(str(wanted)) from error

    return convert


def _like(value: object) -> Convert:
    """A converter into the type of ``value``, for a value whose field is not known."""
    if isinstance(value, bool):
        return lambda wanted: wanted in (True, "true", "True", "1")
    if isinstance(value, Decimal):
        return lambda wanted: Decimal(str(wanted))
    for kind in (int, float, str, UUID):
        if isinstance(value, kind):
            return lambda wanted, kind=kind: kind(str(wanted))  # type: ignore[misc]
    if isinstance(value, Model):
        return lambda wanted: type(value)(pk=value._meta.pk.to_python(wanted))
    return lambda wanted: wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A trigger, ready to be held against an occasion. Its verb and sender are right already."""

    trigger_id: int
    action_object: PartMatcher
    actor: PartMatcher
    target: PartMatcher
    comparisons: tuple[Comparison, ...] = ()
    any_of: bool = False

    @property
    def needs_before(self) -> bool:
        """Must the action object's old values be read before it is saved?"""
        return any(comparison.needs_before for comparison in self.comparisons)

    def matches(self, occasion: Occasion) -> bool:
        """Does this trigger count the occasion? What costs least is asked first."""
        if not self.action_object.matches(occasion.action_object):
            return False
        return (
            self._conditions_hold(occasion)
            and (self.target == ANYTHING or self.target.matches(occasion.target))
            and (self.actor == ANYTHING or self.actor.matches(occasion.actor))
        )

    def _conditions_hold(self, occasion: Occasion) -> bool:
        if not self.comparisons:
            return True
        results = (comparison.holds(occasion) for comparison in self.comparisons)
        return any(results) if self.any_of else all(results)


ANYTHING = PartMatcher()


def comparison_of(condition: Condition) -> Comparison:
    """Take a stored condition apart. Raises ``InvalidCondition``."""
    return Comparison(condition=condition, path=path_of(condition.field))
