"""``Fields`` classes described field by field, and their values made from stored ones."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Hashable, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from typing import Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from dsn_core.contract.fields import Fields, OptionInfo, option_info
from dsn_core.exceptions import InvalidFields, InvalidValues

F = TypeVar("F", bound=Fields)

Kind = Literal["str", "int", "float", "decimal", "bool", "choice", "texts", "mapping"]

SCALARS: Mapping[object, Kind] = {
    str: "str",
    int: "int",
    float: "float",
    Decimal: "decimal",
    bool: "bool",
}
TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0", "")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """One field of a ``Fields`` class, as a form or a settings reader needs it.

    ``choices`` maps each stored text of a choice to its Python value.
    """

    name: str
    kind: Kind
    optional: bool
    required: bool
    info: OptionInfo
    choices: Mapping[str, object] = dataclasses.field(default_factory=dict)
    default: object = None


def describe(cls: type[Fields]) -> tuple[FieldSpec, ...]:
    """The fields of ``cls``. Raises ``InvalidFields`` where one has a type that is not allowed."""
    # mypy takes the ``__hash__`` of a class's instances for the class's own.
    return _describe(cast("Hashable", cls))


@cache
def _describe(cls: type[Fields]) -> tuple[FieldSpec, ...]:
    try:
        hints = get_type_hints(cls)
    except Exception as error:
        raise InvalidFields(
            f"The annotations of {cls.__qualname__} cannot be read ({error}): what they name must "
            "be imported and stand in the module, not under TYPE_CHECKING or in a function."
        ) from error
    return tuple(
        _describe_field(cls, field, hints[field.name]) for field in dataclasses.fields(cls)
    )


def _describe_field(cls: type[Fields], field: dataclasses.Field[object], hint: object) -> FieldSpec:
    hint, optional = _without_none(hint)
    kind, choices = _kind_of(cls, field.name, hint)
    info = option_info(field)
    if info.choices and kind == "str":
        kind, choices = "choice", {value: value for value, _ in info.choices}
    return FieldSpec(
        name=field.name,
        kind=kind,
        optional=optional,
        required=field.default is dataclasses.MISSING
        and field.default_factory is dataclasses.MISSING,
        info=info,
        choices=choices,
        default=_default_of(field),
    )


def _default_of(field: dataclasses.Field[object]) -> object:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return None if field.default is dataclasses.MISSING else field.default


def _without_none(hint: object) -> tuple[object, bool]:
    """``X | None`` as ``(X, True)``, anything else as ``(hint, False)``."""
    if get_origin(hint) not in (Union, types.UnionType):
        return hint, False
    members = [member for member in get_args(hint) if member is not type(None)]
    if len(members) == 1 and len(get_args(hint)) == 2:
        return members[0], True
    return hint, False


def _kind_of(cls: type[Fields], name: str, hint: object) -> tuple[Kind, Mapping[str, object]]:
    if hint in SCALARS:
        return SCALARS[hint], {}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return "choice", {str(member.value): member for member in hint}
    if get_origin(hint) is Literal:
        return "choice", {str(value): value for value in get_args(hint)}
    if get_origin(hint) is tuple and get_args(hint) == (str, ...):
        return "texts", {}
    if _is_mapping_of_text(hint):
        return "mapping", {}
    raise InvalidFields(
        f"{cls.__qualname__}.{name} is a {hint}; a field is str, int, float, Decimal, bool, an "
        "Enum, a Literal, tuple[str, ...], or one of these | None (an account's field may also be "
        "Mapping[str, object])."
    )


def _is_mapping_of_text(hint: object) -> bool:
    return (
        get_origin(hint) is not None
        and get_args(hint) == (str, object)
        and issubclass(_class_of(get_origin(hint)), Mapping)
    )


def _class_of(origin: object) -> type:
    return origin if isinstance(origin, type) else object


def build(cls: type[F], values: Mapping[str, object], *, path: str, ignore: bool = False) -> F:
    """An instance of ``cls`` from settings or from stored JSON.

    ``path`` begins each complaint (``DSN["MESSENGERS"]["sms"]["default"]``). With ``ignore``,
    unknown names are passed over. Raises ``InvalidValues``, which names every field that does
    not fit but never the value of a secret one.
    """
    specs = {spec.name: spec for spec in describe(cls)}
    complaints = (
        []
        if ignore
        else [
            f'{path}["{name}"] is unknown; {_known(specs)}' for name in values if name not in specs
        ]
    )
    built: dict[str, object] = {}
    for spec in specs.values():
        try:
            built.update(_built(spec, values, path))
        except InvalidValues as error:
            complaints.append(str(error))
    if complaints:
        raise InvalidValues(" ".join(complaints))
    return cls(**built)


def _known(specs: Mapping[str, FieldSpec]) -> str:
    return f"known are {', '.join(specs)}." if specs else "nothing is to be set here."


def _built(spec: FieldSpec, values: Mapping[str, object], path: str) -> Mapping[str, object]:
    if spec.name not in values:
        if spec.required:
            raise InvalidValues(f'{path}["{spec.name}"] is missing.')
        return {}
    return {spec.name: convert(spec, values[spec.name], path=f'{path}["{spec.name}"]')}


def convert(spec: FieldSpec, raw: object, *, path: str) -> object:
    """``raw`` as the Python value of ``spec``'s type. Raises ``InvalidValues``."""
    if raw is None and spec.optional:
        return None
    try:
        return CONVERTERS[spec.kind](spec, raw)
    except (TypeError, ValueError, KeyError, InvalidOperation):
        shown = "has a value" if spec.info.secret else f"is {raw!r},"
        raise InvalidValues(f"{path} {shown} which is not {wanted(spec)}.") from None


def wanted(spec: FieldSpec) -> str:
    """What ``spec`` takes, in words."""
    words: Mapping[Kind, str] = {
        "str": "a text",
        "int": "a whole number",
        "float": "a number",
        "decimal": "a decimal number",
        "bool": "true or false",
        "choice": f"one of {', '.join(spec.choices)}",
        "texts": "a list of texts",
        "mapping": "a mapping",
    }
    return words[spec.kind]


def _text(spec: FieldSpec, raw: object) -> str:
    if not isinstance(raw, str):
        raise TypeError
    return raw


def _whole(spec: FieldSpec, raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, (int, str)):
        raise TypeError
    return int(raw)


def _number(spec: FieldSpec, raw: object) -> float:
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str)):
        raise TypeError
    return float(raw)


def _decimal(spec: FieldSpec, raw: object) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, (int, float, str, Decimal)):
        raise TypeError
    return Decimal(str(raw))


def _flag(spec: FieldSpec, raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    word = _text(spec, raw).lower()
    if word not in TRUE + FALSE:
        raise ValueError
    return word in TRUE


def _choice(spec: FieldSpec, raw: object) -> object:
    return spec.choices[str(raw.value if isinstance(raw, Enum) else raw)]


def _texts(spec: FieldSpec, raw: object) -> tuple[str, ...]:
    if not isinstance(raw, (list, tuple)):
        raise TypeError
    return tuple(_text(spec, item) for item in raw)


def _as_mapping(spec: FieldSpec, raw: object) -> Mapping[str, object]:
    if not isinstance(raw, Mapping):
        raise TypeError
    return dict(raw)


CONVERTERS: Mapping[Kind, Callable[[FieldSpec, object], object]] = {
    "str": _text,
    "int": _whole,
    "float": _number,
    "decimal": _decimal,
    "bool": _flag,
    "choice": _choice,
    "texts": _texts,
    "mapping": _as_mapping,
}


def to_json(value: object) -> object:
    """A field's Python value as it is stored in a Backend's options."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Decimal):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
