"""What templates see of live objects: fields and relations by name, and nothing that can be called.

A template looks up ``thing["name"]`` first, then ``thing.name``, and calls what it can. So a sealed
value answers the first, has nothing for the second, and never gives anything that can be called.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Set
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db.models import BinaryField, ForeignObjectRel, Manager, Model, QuerySet
from django.db.models.fields.files import FieldFile
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from dsn_core.exceptions import TemplateRefused
from dsn_core.models.alias import from_writer
from dsn_core.models.payload import is_secret_name, unwrapped
from dsn_core.rendering.fetching import fetch

if TYPE_CHECKING:
    from django.contrib.contenttypes.fields import GenericForeignKey
    from django.db.models import Field
    from django.db.models.options import Options

    AnyField = Field[object, object] | ForeignObjectRel | GenericForeignKey

MOST_RELATED = 1_000
DEEPEST = 20
LONGEST_TEXT = 262_144
PASSED = (bool, float, Decimal, dt.date, dt.time, dt.timedelta, uuid.UUID, SafeString, type(None))


class SealedObject:
    """A model instance of which a template may read fields, displays and relations."""

    __slots__ = ("_instance",)
    __iter__ = None
    """Else Python would iterate by asking for 0, 1, 2 …"""

    def __init__(self, instance: Model) -> None:
        self._instance = instance

    def __getitem__(self, name: object) -> object:
        """A field's value, ``get_…_display``, or what a relation leads to. Raises ``KeyError``."""
        if not isinstance(name, str) or is_secret_name(name):
            raise KeyError(name)
        return _member(self._instance, name)

    def __str__(self) -> str:
        return str(self._instance)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SealedObject) and self._instance == other._instance

    def __hash__(self) -> int:
        return hash(self._instance)


class SealedMapping:
    """A frozen mapping without methods: ``items``, ``keys`` and ``values`` are names in it."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def __getitem__(self, name: object) -> object:
        """The value of this name; ``items`` are pairs. Raises ``KeyError``."""
        if isinstance(name, str) and name in self._values:
            return self._values[name]
        if name == "items":
            return tuple(self._values.items())
        if name in ("keys", "values"):
            return tuple(self._values if name == "keys" else self._values.values())
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __str__(self) -> str:
        return str({name: _shown(value) for name, value in self._values.items()})

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SealedMapping) and self._values == other._values

    def __hash__(self) -> int:
        return hash(tuple(self._values))

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _shown(value: object) -> object:
    return str(value) if isinstance(value, (SealedObject, SealedMapping)) else value


def seal(value: object, depth: int = 0) -> object:
    """``value`` as templates may see it: nothing in it can change, call or reveal a secret.

    Raises ``TemplateRefused`` where a text is too long.
    """
    value = unwrapped(value)
    if isinstance(value, PASSED):
        return value
    if isinstance(value, (str, Promise)):
        return _text(str(value))
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Model):
        return SealedObject(value)
    if isinstance(value, (SealedObject, SealedMapping)):
        return value
    return _sealed_container(value, depth)


def _text(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise TemplateRefused(f"A value is {len(text)} characters long; {LONGEST_TEXT} may be.")
    return text


def _sealed_container(value: object, depth: int) -> object:
    if depth < DEEPEST:
        if isinstance(value, Mapping):
            inner = {str(key): seal(item, depth + 1) for key, item in value.items()}
            return SealedMapping(inner)
        if isinstance(value, (list, tuple, Set)):
            return tuple(seal(item, depth + 1) for item in value)
        if isinstance(value, (Manager, QuerySet)):
            return _related(value)
    if isinstance(value, FieldFile):
        return value.name or ""
    return f"<{type(value).__name__}>"


def _related(rows: Manager[Model] | QuerySet[Model]) -> tuple[object, ...]:
    return tuple(seal(row) for row in from_writer(rows.all())[:MOST_RELATED])


def _member(instance: Model, name: str) -> object:
    options = instance._meta
    if name == "pk":
        return seal(instance.pk)
    if name.startswith("get_") and name.endswith("_display"):
        return _display(instance, name)
    try:
        return _field_value(instance, options.get_field(name), name)
    except FieldDoesNotExist:
        return _by_another_name(instance, options, name)


def _display(instance: Model, name: str) -> object:
    field = name.removeprefix("get_").removesuffix("_display")
    known = {one.name for one in instance._meta.concrete_fields if one.choices}
    if field not in known:
        raise KeyError(name)
    return seal(getattr(instance, name)())


def _by_another_name(instance: Model, options: Options[Model], name: str) -> object:
    """A column (``customer_id``), or a reverse relation by the name of its accessor."""
    for column in options.concrete_fields:
        if column.attname == name and not is_secret_name(column.name):
            return seal(getattr(instance, name))
    for relation in options.related_objects:
        if relation.get_accessor_name() == name:
            return _attribute(instance, name)
    raise KeyError(name)


def _field_value(instance: Model, field: AnyField, name: str) -> object:
    if isinstance(field, BinaryField):
        raise KeyError(name)
    if isinstance(field, ForeignObjectRel):
        accessor = field.get_accessor_name()
        if accessor is None:
            raise KeyError(name)
        return _attribute(instance, accessor)
    return _attribute(instance, name)


def _attribute(instance: Model, accessor: str) -> object:
    try:
        fetch(instance, accessor)
        value = getattr(instance, accessor)
    except ObjectDoesNotExist:
        return None
    return seal(value)
