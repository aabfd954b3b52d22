"""What a condition's field means: a value that the verb provides, or the action object's field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from dsn_core.conditions import (
    CHANGE_OPERATORS,
    WITHOUT_VALUE,
    Condition,
    ensure_operator,
)
from dsn_core.exceptions import InvalidCondition
from dsn_core.models.naming import did_you_mean
from dsn_core.models.suiting import check_given, check_item, check_operator

if TYPE_CHECKING:
    from dsn_core.contract.verb import Verb
    from dsn_core.models.suiting import Compared

VALUES, ACTION_OBJECT = "values", "action_object"
CHANGING_VERBS = ("pre_save", "post_save")
"""Verbs for which it is known what was there before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A condition's field, taken apart.

    ``home`` is ``values`` or ``action_object`` where the condition says so or only one can be
    meant, else empty: then the verb's value wins where both exist.
    """

    home: str
    name: str
    attribute: str = ""


def path_of(field: str) -> Path:
    """Take ``field`` apart: ``status``, ``order.total``, ``values.x``, ``action_object.x``.

    Raises ``InvalidCondition`` where it has too many parts or an empty one.
    """
    names = field.split(".")
    home = names.pop(0) if len(names) > 1 and names[0] in (VALUES, ACTION_OBJECT) else ""
    if not 1 <= len(names) <= 2 or not all(names):
        raise InvalidCondition(
            f"The field {field!r} cannot be read when the signal fires: name a field of the action "
            "object (status), a value of the verb (created), or a field of one (order.total)."
        )
    return Path(home=home, name=names[0], attribute=names[1] if len(names) > 1 else "")


def model_field(model: type[models.Model], name: str) -> models.Field[object, object] | None:
    """The concrete field ``name`` of ``model`` (also by its column name, or ``pk``), or None."""
    try:
        field = model._meta.pk if name == "pk" else model._meta.get_field(name)
    except FieldDoesNotExist:
        return next((f for f in model._meta.concrete_fields if f.attname == name), None)
    return field if isinstance(field, models.Field) and field.concrete else None


def compared_field(
    path: Path, verb: Verb, model: type[models.Model] | None
) -> models.Field[object, object] | None:
    """The model field whose type a condition on ``path`` has, where that is known."""
    provided = verb.provides.get(path.name)
    if path.home != ACTION_OBJECT and provided is not None:
        if isinstance(provided, str) and path.attribute:
            return model_field(_provided_model(verb, path.name, provided), path.attribute)
        return None
    if path.home == VALUES or model is None or path.attribute:
        return None
    return model_field(model, path.name)


def check_condition(condition: Condition, verb: Verb, model: type[models.Model] | None) -> None:
    """Raise ``InvalidCondition`` where ``condition`` can never be held against ``verb``.

    ``model`` is the action object's, None where it may be anything.
    """
    ensure_operator(condition.operator)
    path = path_of(condition.field)
    _check_name(condition, path, verb, model)
    if condition.operator in CHANGE_OPERATORS:
        _check_change(condition, path, verb)
    compared = compared_field(path, verb, model) or _provided_type(path, verb)
    check_operator(condition, compared)
    if condition.operator not in WITHOUT_VALUE:
        _check_value(condition, compared)


def _check_name(
    condition: Condition, path: Path, verb: Verb, model: type[models.Model] | None
) -> None:
    in_values = path.home != ACTION_OBJECT and path.name in verb.provides
    if in_values:
        _check_provided(condition, path, verb)
        return
    if path.home == VALUES and verb.provides:
        raise InvalidCondition(
            f"{verb.key} provides no value {path.name!r}; it provides {', '.join(verb.provides)}."
            + did_you_mean(path.name, verb.provides)
        )
    if path.home == VALUES or model is None:
        return
    if verb.provides or path.home == ACTION_OBJECT or not path.attribute:
        _check_field(condition, path, verb, model)


def _check_field(condition: Condition, path: Path, verb: Verb, model: type[models.Model]) -> None:
    if path.attribute:
        raise InvalidCondition(
            f"{condition.field!r} crosses a relation of {model._meta.label}, which would take a "
            "query while the signal fires; compare a field of the object itself."
        )
    if model_field(model, path.name) is None and (verb.provides or path.home == ACTION_OBJECT):
        names = [field.name for field in model._meta.concrete_fields]
        values = "" if path.home else _also(verb)
        meant = did_you_mean(path.name, [*names, *([] if path.home else verb.provides)])
        raise InvalidCondition(
            f"{model._meta.label} has no field {path.name!r}; it has {', '.join(names)}{values}."
            f"{meant}"
        )


def _also(verb: Verb) -> str:
    return f", and {verb.key} provides {', '.join(verb.provides)}" if verb.provides else ""


def _check_provided(condition: Condition, path: Path, verb: Verb) -> None:
    provided = verb.provides[path.name]
    if not path.attribute or not isinstance(provided, str):
        return
    model = _provided_model(verb, path.name, provided)
    if model_field(model, path.attribute) is None:
        names = [field.name for field in model._meta.concrete_fields]
        raise InvalidCondition(
            f"{provided} has no field {path.attribute!r} ({condition.field!r}); it has "
            f"{', '.join(names)}.{did_you_mean(path.attribute, names)}"
        )


def _provided_model(verb: Verb, name: str, label: str) -> type[models.Model]:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        raise InvalidCondition(
            f"{verb.key} provides {name!r} as {label!r}, but there is no such model."
        ) from None


def _check_change(condition: Condition, path: Path, verb: Verb) -> None:
    if verb.key not in CHANGING_VERBS:
        raise InvalidCondition(
            f"{condition.operator!r} needs to know what was there before, which only "
            f"{' and '.join(CHANGING_VERBS)} do; the verb is {verb.key}."
        )
    if path.home == VALUES or path.attribute or path.name in verb.provides:
        raise InvalidCondition(f"{condition.operator!r} needs a field of the action object.")


def _provided_type(path: Path, verb: Verb) -> type | None:
    provided = verb.provides.get(path.name)
    is_meant = path.home != ACTION_OBJECT and not path.attribute
    return provided if is_meant and isinstance(provided, type) else None


def _check_value(condition: Condition, compared: Compared) -> None:
    value = condition.value
    check_given(condition, compared)
    if isinstance(compared, models.JSONField) or condition.operator == "contains":
        return
    if isinstance(value, (list, dict)) and (condition.operator != "in" or isinstance(value, dict)):
        raise InvalidCondition(
            f"{condition.operator!r} compares {condition.field!r} with one value, not with a "
            f"{type(value).__name__}; for several there is 'in'."
        )
    if compared is None:
        return
    for item in value if isinstance(value, list) else (value,):
        if item is not None:
            check_item(condition, item, compared)
