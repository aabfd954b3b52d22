"""Why a trigger counts what has happened, or does not: part by part, condition by condition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Model

from dsn_core.capture.matching import ANYTHING
from dsn_core.conditions import MISSING, WITHOUT_VALUE
from dsn_core.models.parts import PLAIN
from dsn_core.models.payload import is_secret_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsn_core.capture.matching import Comparison, Occasion, PartMatcher, Rule

LONGEST = 100
HIDDEN = "not shown"
"""Instead of the value of what is named like a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a trigger asks: does it hold, and what was found.

    ``asks_before``: it asks what was there before.
    """

    asked: str
    found: str
    holds: bool
    is_condition: bool = False
    asks_before: bool = False


def findings(rule: Rule, occasion: Occasion) -> list[Finding]:
    """The parts that the trigger restricts, then its conditions."""
    return [*_parts(rule, occasion), *(_compared(one, occasion) for one in rule.comparisons)]


def _parts(rule: Rule, occasion: Occasion) -> Iterator[Finding]:
    for name, matcher, thing in (
        ("action object", rule.action_object, occasion.action_object),
        ("actor", rule.actor, occasion.actor),
        ("target", rule.target, occasion.target),
    ):
        if matcher != ANYTHING:
            yield Finding(
                asked=f"the {name} is {_wanted(matcher)}",
                found=shown(thing),
                holds=matcher.matches(thing),
            )


def _wanted(matcher: PartMatcher) -> str:
    if matcher.classes is None:
        return repr(matcher.value)
    # A proxy is the same thing by another name.
    models = [model for model in matcher.classes if not model._meta.proxy] or matcher.classes
    names = " or ".join(sorted(model._meta.label for model in models))
    return f"{names} {matcher.pk}" if matcher.pk else f"any {names}"


def _compared(comparison: Comparison, occasion: Occasion) -> Finding:
    condition = comparison.condition
    operands, _convert = comparison.compared(occasion)
    found = _value(condition.field, operands.after)
    if comparison.needs_before:
        before = "it is new" if operands.created else _before(condition.field, operands.before)
        found = f"{found}; {before}"
    value = "" if condition.operator in WITHOUT_VALUE else f" {condition.value!r}"
    return Finding(
        asked=f"{condition.field} {condition.operator}{value}",
        found=found,
        holds=comparison.holds(occasion),
        is_condition=True,
        asks_before=comparison.needs_before,
    )


def _before(name: str, value: object) -> str:
    if value is MISSING:
        return "what it was before is not known"
    return f"before: {_value(name, value)}"


def _value(name: str, value: object) -> str:
    if value is MISSING:
        return "no such value"
    return HIDDEN if is_secret_name(name) else shown(value)


def shown(value: object) -> str:
    """``value`` in a few words, without asking the database for any."""
    if isinstance(value, Model):
        return f"{value._meta.label} {value.pk}"
    if value is None:
        return "nothing"
    if isinstance(value, (bool, list, tuple, dict, set)):
        return repr(value)[:LONGEST]
    return repr(str(value))[:LONGEST] if isinstance(value, PLAIN) else type(value).__name__
