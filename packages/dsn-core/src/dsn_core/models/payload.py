"""An event's payload: Python values and objects as JSON, and back in their own types.

A model instance is kept as a reference and a snapshot of its own fields; relations are read when
they are needed. Nothing is pickled, and ``str()`` of a host's object is never asked for.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from django.apps import apps
from django.db import models
from django.utils.dateparse import parse_date, parse_datetime, parse_duration, parse_time
from django.utils.duration import duration_iso_string
from django.utils.functional import LazyObject, Promise, empty

from dsn_core.contract.occurrence import Occurrence
from dsn_core.models.alias import writer_of
from dsn_core.plugins.scrubbing import storable

if TYPE_CHECKING:
    from dsn_core.models.event import Event

TAG = "$"
"""The key that marks a JSON object as one of ours."""
LONGEST_TEXT = 16_384
"""A longer text is not kept in the snapshot; a field's is read live when it is rendered."""
MOST_ITEMS = 1_000
DEEPEST = 6
SECRET_NAME = re.compile(
    r"password|passwd|passphrase|passcode|secret|token|credential"
    r"|(?:access|api|auth|encryption|private|session|signing|ssh)[-_ ]?key"
    r"|(?<![a-z])otp(?![a-z])|cvv|cvc",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)  # asked of each field of each object that is captured
def is_secret_name(name: str) -> bool:
    """Does a field or value of this name hold what must never be stored?"""
    return SECRET_NAME.search(name) is not None


Encoder = Callable[[object], object]
SCALARS: tuple[tuple[type, str, Encoder], ...] = (
    (dt.datetime, "datetime", lambda value: cast("dt.datetime", value).isoformat()),
    (dt.date, "date", lambda value: cast("dt.date", value).isoformat()),
    (dt.time, "time", lambda value: cast("dt.time", value).isoformat()),
    (dt.timedelta, "duration", lambda value: duration_iso_string(cast("dt.timedelta", value))),
    (Decimal, "decimal", str),
    (uuid.UUID, "uuid", str),
)
DECODERS: Mapping[str, Callable[[str], object]] = {
    "datetime": parse_datetime,
    "date": parse_date,
    "time": parse_time,
    "duration": parse_duration,
    "decimal": Decimal,
    "float": float,
    "uuid": uuid.UUID,
}


def encode(value: object, depth: int = 0) -> object:
    """``value`` as JSON that ``decode`` turns back."""
    value = unwrapped(value)
    if isinstance(value, float) and not math.isfinite(value):
        return {TAG: "float", "v": str(value)}  # JSON has no infinity
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, (str, Promise)):
        return storable(str(value))[:LONGEST_TEXT]
    if isinstance(value, models.Model):
        return {TAG: "object", **encode_object(value)}
    for kind, tag, encoder in SCALARS:
        if isinstance(value, kind):
            return {TAG: tag, "v": encoder(value)}
    return _encode_container(value, depth)


def _encode_container(value: object, depth: int) -> object:
    if depth >= DEEPEST:
        return _opaque(value)
    if isinstance(value, Mapping):
        return {
            TAG: "dict",
            "v": {
                storable(str(key)): encode(item, depth + 1)
                for key, item in list(value.items())[:MOST_ITEMS]
                if isinstance(key, (str, int)) and not is_secret_name(str(key))
            },
        }
    if isinstance(value, (list, tuple, set, frozenset)):
        return [encode(item, depth + 1) for item in list(value)[:MOST_ITEMS]]
    if isinstance(value, type) and issubclass(value, models.Model):
        return value._meta.label_lower
    return _encode_special(value)


def _encode_special(value: object) -> object:
    meta = getattr(value, "META", None)
    if isinstance(meta, dict) and hasattr(value, "get_full_path"):
        return {TAG: "dict", "v": {"method": getattr(value, "method", ""), "path": _path(value)}}
    return _opaque(value)


def _path(request: object) -> str:
    # Never the query string: it carries tokens.
    return str(getattr(request, "path", ""))


def _opaque(value: object) -> object:
    return {TAG: "opaque", "v": f"{type(value).__module__}.{type(value).__qualname__}"}


def unwrapped(value: object) -> object:
    """What a lazy object such as ``request.user`` stands for."""
    if not isinstance(value, LazyObject):
        return value
    if value._wrapped is empty:
        value._setup()
    return value._wrapped


def encode_object(instance: models.Model) -> dict[str, object]:
    """A reference to ``instance``, and its own fields as they are now. Takes no query."""
    return {
        "model": instance._meta.label_lower,
        "pk": encode(instance.pk),
        "db": writer_of(instance),
        "fields": encode_fields(instance),
    }


def encode_fields(instance: models.Model) -> dict[str, object]:
    """The snapshot: every loaded field by column name, without secrets, blobs and expressions."""
    deferred = instance.get_deferred_fields()
    return {
        field.attname: encoded
        for field in instance._meta.concrete_fields
        if field.attname not in deferred
        and is_kept(field)
        and (encoded := encode_field(field, getattr(instance, field.attname))) is not LEFT_OUT
    }


LEFT_OUT = object()
"""A field's value that is not kept: it is read live when it is needed."""


def is_kept(field: models.Field[object, object]) -> bool:
    """May this field's value be stored?"""
    return not isinstance(field, models.BinaryField) and not is_secret_name(field.name)


def encode_field(field: models.Field[object, object], value: object) -> object:
    """One field's value as JSON, or ``LEFT_OUT`` where it has to be read live."""
    if hasattr(value, "resolve_expression"):
        return LEFT_OUT
    if isinstance(field, models.FileField):
        return str(getattr(value, "name", value) or "")
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return LEFT_OUT
    if isinstance(field, models.JSONField):
        return _encode_json(field, value)
    encoded = encode(value)
    if isinstance(encoded, dict) and encoded.get(TAG) == "opaque":
        return _as_the_field_says(field, value)
    return encoded


def _encode_json(field: models.JSONField[object, object], value: object) -> object:
    try:
        text = json.dumps(value, cls=field.encoder, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return LEFT_OUT
    return {TAG: "json", "v": _without_secrets(json.loads(text))}


def _without_secrets(value: object) -> object:
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if not is_secret_name(key)}
        return {storable(key): _without_secrets(item) for key, item in kept.items()}
    if isinstance(value, list):
        return [_without_secrets(item) for item in value]
    return storable(value) if isinstance(value, str) else value


def _as_the_field_says(field: models.Field[object, object], value: object) -> object:
    class Holder:
        pass

    holder = Holder()
    setattr(holder, field.attname, value)
    try:
        text: object = field.value_to_string(cast("models.Model", holder))
    except Exception:  # noqa: BLE001  # a host's field, which may want a whole instance
        return LEFT_OUT
    return {TAG: "text", "v": None if text is None else storable(str(text))}


def decode(value: object) -> object:
    """The Python value that ``encode`` wrote."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    tag, inner = str(value.get(TAG)), value.get("v")
    if tag == "dict" and isinstance(inner, dict):
        return {key: decode(item) for key, item in inner.items()}
    if tag == "object":
        return decode_object(value)
    if tag in DECODERS:
        return DECODERS[tag](str(inner))
    return f"<{inner}>" if tag == "opaque" else inner


def decode_object(stored: Mapping[str, object]) -> object:
    """The model instance as it was, or None where its model is gone.

    Fields that were not kept are deferred: reading one asks the database for what it is now.
    """
    try:
        model = apps.get_model(str(stored["model"]))
    except (LookupError, ValueError):
        return None
    fields = cast("Mapping[str, object]", stored.get("fields") or {})
    values = {
        field.attname: _python_value(field, fields[field.attname])
        for field in model._meta.concrete_fields
        if field.attname in fields
    }
    # The reference's own key: a new object had none in its fields before it was saved.
    key = model._meta.pk
    values[key.attname] = key.to_python(decode(stored["pk"]))
    names = [field.attname for field in model._meta.concrete_fields if field.attname in values]
    database = cast("str | None", stored.get("db")) or "default"
    return model.from_db(database, names, [values[name] for name in names])


def _python_value(field: models.Field[object, object], stored: object) -> object:
    value = decode(stored)
    if not isinstance(field, models.JSONField):
        return field.to_python(value)
    return json.loads(json.dumps(value), cls=field.decoder) if field.decoder else value


def occurrence_of(event: Event) -> Occurrence:
    """The frozen view of ``event`` that sources, gates and templates are given."""
    payload = event.payload
    changes = cast("Mapping[str, tuple[object, object]]", payload.get("changes") or {})
    return Occurrence(
        verb=event.verb,
        at=event.captured_at,
        action_object=decode(payload.get("action_object")),
        actor=decode(payload.get("actor")),
        target=decode(payload.get("target")),
        values={name: decode(value) for name, value in (payload.get("values") or {}).items()},
        changes={name: (decode(old), decode(new)) for name, (old, new) in changes.items()},
    )
