"""Things that a person names by text: an object by its key, a field and its value."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from django.apps import apps
from django.core.exceptions import ValidationError

from dsn_core.exceptions import DSNError
from dsn_core.models.alias import from_writer
from dsn_core.models.paths import model_field
from dsn_core.models.suiting import TRUTHS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import Field, Model

    from dsn_core.contract.verb import Verb

LATEST = "latest"
"""Instead of a key: the object with the highest one."""


def _truth(text: str) -> bool:
    try:
        return TRUTHS[text.lower()]
    except KeyError:
        raise ValueError(text) from None


READERS: Mapping[object, Callable[[str], object]] = {
    bool: _truth,
    int: int,
    float: float,
    str: str,
    Decimal: Decimal,
    UUID: UUID,
    dt.datetime: dt.datetime.fromisoformat,
    dt.date: dt.date.fromisoformat,
    dt.time: dt.time.fromisoformat,
}
"""How a text becomes a value of these types; all others are read as JSON, or left as text."""


class CannotFire(DSNError, ValueError):
    """What somebody says has happened cannot be; the message says what is wrong with it."""


def model_named(label: str) -> type[Model]:
    """The model of ``app.model``. Raises ``CannotFire``."""
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        raise CannotFire(f"There is no model {label!r}; write it as app_label.Model.") from None


def object_named(text: str, model: type[Model] | None) -> Model:
    """The object of ``app.model:key``, or of ``key`` alone where its model is known.

    The key may be ``latest``. Raises ``CannotFire``.
    """
    return object_with_key(*reference(text, model))


def reference(text: str, model: type[Model] | None) -> tuple[type[Model], str]:
    """The model and the key that ``text`` names; nothing is read. Raises ``CannotFire``."""
    label, colon, key = text.partition(":")
    if colon and _is_model(label):
        return model_named(label), key
    if model is None:
        raise CannotFire(f"{text!r} names no model; write it as app_label.Model:key.")
    return model, text


def _is_model(label: str) -> bool:
    try:
        return bool(apps.get_model(label))
    except (LookupError, ValueError):
        return False


def object_with_key(model: type[Model], key: str) -> Model:
    """The stored object of this key, read where it is written. Raises ``CannotFire``."""
    rows = from_writer(model._base_manager.all())
    if key == LATEST:
        found = rows.order_by("-pk").first()
        if found is None:
            raise CannotFire(f"There is no {model._meta.label} yet.")
        return found
    try:
        found = rows.filter(pk=model._meta.pk.to_python(key)).first()
    except (ValidationError, TypeError, ValueError, OverflowError):
        raise CannotFire(f"{key!r} cannot be the key of a {model._meta.label}.") from None
    if found is None:
        raise CannotFire(f"There is no {model._meta.label} with the key {key!r}.")
    return found


def named_field(instance: Model, name: str) -> Field[object, object]:
    """The instance's own field of this name. Raises ``CannotFire``."""
    known = model_field(type(instance), name)
    if known is None:
        names = ", ".join(item.name for item in instance._meta.concrete_fields)
        raise CannotFire(f"{instance._meta.label} has no field {name!r}; it has {names}.")
    return known


def column_and_value(instance: Model, name: str, value: object) -> tuple[str, object]:
    """The column of the instance's field ``name``, and ``value`` in its type.

    An empty text is None where the field may be that. Raises ``CannotFire``.
    """
    known = named_field(instance, name)
    if value == "" and known.null:
        return known.attname, None
    try:
        return known.attname, known.to_python(value)
    except (ValidationError, TypeError, ValueError) as error:
        raise CannotFire(
            f"{value!r} cannot be a value of {known.name!r} ({type(known).__name__})."
        ) from error


def provided_values(verb: Verb, given: Mapping[str, str]) -> dict[str, object]:
    """Values in the types that ``verb`` says it provides, else as JSON or text.

    Raises ``CannotFire``.
    """
    return {name: _provided(verb, name, text) for name, text in given.items()}


def _provided(verb: Verb, name: str, text: str) -> object:
    kind = verb.provides.get(name)
    if isinstance(kind, str):
        return object_named(text, model_named(kind))
    read = READERS.get(kind, _json_or_text)
    try:
        return read(text)
    except (ValueError, ArithmeticError) as error:
        wanted = getattr(kind, "__name__", kind)
        raise CannotFire(f"{text!r} cannot be {name!r}, which is a {wanted}.") from error


def _json_or_text(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text
