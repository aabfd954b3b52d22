"""What a plugin offers, what is wrong with it, and whether an offer fulfils the contract."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dsn_core.contract.fields import Fields, Text
from dsn_core.contract.gate import Gate
from dsn_core.contract.messenger import CHANNELS, Audience, Messenger, Overflow
from dsn_core.contract.occurrence import RecipientSource
from dsn_core.contract.template import MessageTemplate
from dsn_core.contract.verb import Verb
from dsn_core.exceptions import InvalidFields
from dsn_core.plugins.values import FieldSpec, describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Kind = Literal["messenger", "message_template", "verb", "recipient_source", "gate"]

HOOK_KINDS: Mapping[str, Kind] = {
    "dsn_messengers": "messenger",
    "dsn_message_templates": "message_template",
    "dsn_verbs": "verb",
    "dsn_recipient_sources": "recipient_source",
    "dsn_gates": "gate",
}
"""Each hook, and what it brings."""

CLASSES: Mapping[Kind, type] = {
    "messenger": Messenger,
    "message_template": MessageTemplate,
    "recipient_source": RecipientSource,
    "gate": Gate,
}

PLAIN_KEY = re.compile(r"[a-z][a-z0-9_]*")
DOTTED_KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
RATE = re.compile(r"[1-9][0-9]*/(second|minute|hour|day)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that is wrong with a plugin: what, and what to do about it."""

    distribution: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One thing that a plugin brought: a class, or a ``Verb``."""

    kind: Kind
    key: str
    label: Text
    item: object
    distribution: str
    version: str


def describe_item(item: object) -> str:
    """How a complaint names what a hook gave, without asking its own ``repr``."""
    if isinstance(item, type):
        return f"{item.__module__}.{item.__qualname__}"
    return f"a {type(item).__module__}.{type(item).__qualname__}"


def complaints(kind: Kind, item: object, *, core: bool) -> Iterator[str]:
    """Why ``item`` is no good ``kind``; nothing if it is."""
    if kind == "verb":
        if not isinstance(item, Verb):
            yield "is not a Verb"
        elif not (DOTTED_KEY.fullmatch(item.key) or core):
            yield f"has the key {item.key!r}; a verb's key is dotted, like shop.order_paid"
        return
    if not (inspect.isclass(item) and issubclass(item, CLASSES[kind])):
        yield f"is not a subclass of {CLASSES[kind].__name__}"
    elif inspect.isabstract(item):
        yield f"does not define {', '.join(sorted(item.__abstractmethods__))}()"
    else:
        yield from _key_complaints(kind, item)
        yield from CLASS_COMPLAINTS.get(kind, _no_complaints)(item)


def _no_complaints(item: type) -> Iterator[str]:
    return iter(())


def _key_complaints(kind: Kind, item: type) -> Iterator[str]:
    key = getattr(item, "key", None)
    pattern, example = (
        (PLAIN_KEY, "telegram") if kind == "messenger" else (DOTTED_KEY, "shop.order_paid")
    )
    if not isinstance(key, str) or not pattern.fullmatch(key):
        yield f"has the key {key!r}; it must look like {example}"
    if kind != "gate" and not getattr(item, "label", ""):
        yield "has no label"


def _messenger_complaints(item: type) -> Iterator[str]:
    assert issubclass(item, Messenger)
    if getattr(item, "channel", None) not in CHANNELS:
        yield f"has the channel {getattr(item, 'channel', None)!r}; it is {', '.join(CHANNELS)}"
    if not isinstance(item.audience, Audience):
        yield "has an audience that is no Audience"
    if not isinstance(item.overflow, Overflow):
        yield "has an overflow that is no Overflow"
    for name in ("rate", "rate_per_address"):
        rate = getattr(item, name)
        if rate is not None and not (isinstance(rate, str) and RATE.fullmatch(rate)):
            yield f"has the {name} {rate!r}; it must look like 30/second"
    yield from _fields_complaints(item)


def _fields_complaints(item: type[Messenger]) -> Iterator[str]:
    for cls in (item.account_type, item.options_type):
        try:
            specs = describe(cls)
        except InvalidFields as error:
            yield str(error)
            continue
        if cls is item.options_type and cls is not Fields:
            yield from _options_complaints(specs)


def _options_complaints(specs: tuple[FieldSpec, ...]) -> Iterator[str]:
    for spec in specs:
        if spec.required:
            yield f"has the option {spec.name!r} without a default"
        if spec.info.secret:
            yield f"has the secret option {spec.name!r}; secrets belong into the account"
        if spec.kind == "mapping":
            yield f"has the option {spec.name!r}, a mapping, which no form can draw"


def _template_complaints(item: type) -> Iterator[str]:
    assert issubclass(item, MessageTemplate)
    parts = ("subject", "text", "html")
    for part in parts:
        if getattr(item, part) and getattr(item, f"{part}_file"):
            yield f"gives both {part} and {part}_file"
    if not any(getattr(item, part) or getattr(item, f"{part}_file") for part in parts):
        yield "has no words: give subject, text or html, or a file of one"


CLASS_COMPLAINTS: Mapping[Kind, Callable[[type], Iterator[str]]] = {
    "messenger": _messenger_complaints,
    "message_template": _template_complaints,
}
