"""Functions, classes and models of a public surface, as text, a line for each of their parts."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import textwrap
from enum import Enum
from functools import cached_property
from types import FunctionType, UnionType
from typing import TYPE_CHECKING, Union, get_args, get_origin, is_typeddict

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

Item = tuple[str, str]
"""A name, by which it is sorted, and what is said of it."""

SPOKEN = {"__init__", "__enter__", "__exit__", "__call__", "__iter__", "__len__", "__getitem__"}
"""Methods that are public although their names begin with an underscore."""

PLAIN = (bool, int, float, str, bytes, tuple, frozenset)
"""Types of a class's values that are listed although nothing is annotated."""


# ── What stands in the source, as text ──────────────────────────────────────────────────


@dataclasses.dataclass(frozen=True, slots=True)
class Written:
    """Stands in a signature as the text itself, not as the repr of a text."""

    text: str

    def __repr__(self) -> str:
        return self.text


def annotation_text(annotation: object) -> str:
    """An annotation as its author wrote it, without the modules of its names."""
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation.__qualname__
    written = getattr(annotation, "__forward_arg__", annotation)
    text = written if isinstance(written, str) else str(written)
    return re.sub(r"\b[a-z_]\w*\.(?=\w)", "", text)


def alias_text(alias: object) -> str:
    """An alias of types; the members of a union in an order of their own."""
    if get_origin(alias) in (Union, UnionType):
        return " | ".join(sorted(map(annotation_text, get_args(alias))))
    return annotation_text(alias)


def value_text(value: object) -> str:
    """A default or constant: the same on every Python, on every run."""
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, (frozenset, set)):
        return f"{{{', '.join(sorted(map(value_text, value)))}}}"
    if isinstance(value, tuple):
        inner = ", ".join(map(value_text, value))
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, (type, FunctionType)) or inspect.ismethod(value):
        return value.__qualname__
    text = "..." if value is ... else repr(value)
    return f"<{type(value).__name__}>" if " at 0x" in text else text


def signature_text(function: Callable[..., object]) -> str:
    """Names, kinds, annotations and defaults of what a function takes, and what it returns."""
    read = inspect.signature(function)
    empty = inspect.Parameter.empty

    def written(value: object, text: Callable[[object], str]) -> object:
        return empty if value is empty else Written(text(value))

    parameters = [
        parameter.replace(
            annotation=written(parameter.annotation, annotation_text),
            default=written(parameter.default, value_text),
        )
        for parameter in read.parameters.values()
    ]
    returns = written(read.return_annotation, annotation_text)
    return str(read.replace(parameters=parameters, return_annotation=returns))


def function_text(function: Callable[..., object]) -> str:
    """Its signature, and whether it is to be awaited."""
    wait = "  # async" if inspect.iscoroutinefunction(function) else ""
    return signature_text(function) + wait


# ── Classes ─────────────────────────────────────────────────────────────────────────────


def is_public(name: str) -> bool:
    """Whether a stranger may use this name of a class."""
    return name in SPOKEN or not name.startswith(("_", "pytest_"))


def is_ours(thing: object) -> bool:
    """Whether it was written in this tree, not inherited from Django or Python."""
    return str(getattr(thing, "__module__", "")).startswith("dsn_")


def is_fixture(thing: object) -> bool:
    """Whether pytest gives it to tests."""
    return type(thing).__module__ == "_pytest.fixtures"


def kind_of(cls: type, listed: Container[type]) -> str:
    """What a class is, beside its members; a base that stands nowhere gives way to its own."""
    if is_typeddict(cls):
        return "typed dict" if cls.__total__ else "typed dict, any of these keys"
    if dataclasses.is_dataclass(cls):
        kind = "frozen dataclass" if "__setattr__" in vars(cls) else "dataclass"
    else:
        kind = "abstract class" if inspect.isabstract(cls) else "class"
    bases = ", ".join(dict.fromkeys(base.__name__ for base in _bases(cls, listed)))
    return f"{kind}({bases})" if bases else kind


def _bases(cls: type, listed: Container[type]) -> Iterator[type]:
    for base in cls.__bases__:
        if is_ours(base) and base not in listed:
            yield from _bases(base, listed)
        elif base is not object:
            yield base


def class_items(name: str, cls: type, apart: Iterable[type] = ()) -> Iterator[Item]:
    """The class and its public members; those that come from a class ``apart`` stand there."""
    listed = set(apart) - {cls}
    yield name, f": {kind_of(cls, listed)}"
    homes = [home for home in cls.__mro__ if is_ours(home) and home not in listed]
    found: dict[str, str] = {}
    for home in homes:
        for member, text in _own_members(home):
            if is_public(member):
                found.setdefault(member, text)
    yield from ((f"{name}.{member}", text) for member, text in found.items())
    if issubclass(cls, models.Model):
        yield from model_items(name, cls)


def _own_members(cls: type) -> Iterator[Item]:
    """What this class itself adds to its bases: values or fields, then methods."""
    if issubclass(cls, Enum):
        yield from ((member.name, f" = {member.value!r}") for member in cls)
    elif dataclasses.is_dataclass(cls):
        yield from _fields(cls)
    elif not issubclass(cls, models.Model):
        yield from _values(cls)
    written = {name: value for name, value in vars(cls).items() if not _is_generated(cls, name)}
    for name, value in written.items():
        yield from ((name, text) for text in call_texts(value))
    if is_ours(written.get("__init__")):
        yield from _set_by_init(cls)


def _is_generated(cls: type, name: str) -> bool:
    """Whether Python or Django has made it, or asks for it."""
    if issubclass(cls, models.Model):
        return hasattr(models.Model, name)
    return dataclasses.is_dataclass(cls) and name == "__init__"


def call_texts(value: object) -> Iterator[str]:
    """How a function, a method or a property of a class is called; nothing for what is none."""
    kind = ""
    if isinstance(value, (classmethod, staticmethod)):
        kind, value = f"  # {type(value).__name__}", value.__func__
    if isinstance(value, (property, cached_property)):
        getter = value.fget if isinstance(value, property) else value.func
        returns = inspect.signature(getter).return_annotation if getter else ""
        yield f": {annotation_text(returns)}  # property"
        return
    if is_fixture(value):
        kind, value = "  # fixture", inspect.unwrap(value)  # type: ignore[arg-type]
    if isinstance(value, FunctionType) and is_ours(value):
        if getattr(value, "__isabstractmethod__", False):
            kind += "  # to be written"
        yield f"{function_text(value)}{kind}"


def _fields(cls: type) -> Iterator[Item]:
    """The fields of a dataclass, with type and default."""
    own = inspect.get_annotations(cls)
    for place, item in enumerate(dataclasses.fields(cls)):  # type: ignore[arg-type]
        if item.name in own:
            yield item.name, field_text(item) + ("" if item.kw_only else f"  # position {place}")


def field_text(item: dataclasses.Field[object]) -> str:
    """The type and the default of a dataclass's field."""
    text = f": {annotation_text(item.type)}"
    if item.default_factory is not dataclasses.MISSING:
        return f"{text} = {value_text(item.default_factory)}()"
    if item.default is not dataclasses.MISSING:
        return f"{text} = {value_text(item.default)}"
    return text


def _values(cls: type) -> Iterator[Item]:
    """Annotated names, and values without an annotation."""
    annotated = inspect.get_annotations(cls)
    for name, annotation in annotated.items():
        default = f" = {value_text(vars(cls)[name])}" if name in vars(cls) else ""
        yield name, f": {annotation_text(annotation)}{default}"
    for name, value in vars(cls).items():
        if name not in annotated and isinstance(value, PLAIN):
            yield name, f" = {value_text(value)}"


def _set_by_init(cls: type) -> Iterator[Item]:
    """Attributes that an object has from its ``__init__`` on."""
    source = textwrap.dedent(inspect.getsource(cls.__init__))  # type: ignore[misc]
    parameters = inspect.signature(cls).parameters
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AnnAssign):
            target, text = node.target, f": {ast.unparse(node.annotation)}"
        elif isinstance(node, ast.Assign):
            target, given = node.targets[0], parameters.get(ast.unparse(node.value))
            text = f": {annotation_text(given.annotation)}" if given else ""
        else:
            continue
        if isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self":
            yield target.attr, text


# ── Models ──────────────────────────────────────────────────────────────────────────────


def model_items(name: str, model: type[models.Model]) -> Iterator[Item]:
    """The columns and relations of a model, and what its managers can."""
    for field in model._meta.get_fields():
        if isinstance(field, models.Field):
            yield f"{name}.{field.name}", f": {_column_text(field)}"
        else:
            accessor = str(field.get_accessor_name())  # type: ignore[union-attr]
            there = f"{field.related_model.__name__}.{field.remote_field.name}"  # type: ignore[union-attr]
            yield f"{name}.{accessor}", f": the other end of {there}"
    for manager in model._meta.managers:
        for home in type(manager).__mro__:
            for method, value in vars(home).items() if is_ours(home) else ():
                if is_public(method):
                    place = f"{name}.{manager.name}.{method}"
                    yield from ((place, text) for text in call_texts(value))


def _column_text(field: models.Field[object, object]) -> str:
    related = field.related_model
    text = field.get_internal_type()
    if related is not None:
        target = related if isinstance(related, str) else related._meta.label
        text += f" to {'the user model' if target == settings.AUTH_USER_MODEL else target}"
    if field.null:
        text += " | None"
    return f"{text} = {value_text(field.default)}" if field.has_default() else text
