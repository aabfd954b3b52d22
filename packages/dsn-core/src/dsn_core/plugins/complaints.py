"""Whether what a plugin offers fulfils the contract, and if not, why."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

from dsn_core.contract.fields import Fields
from dsn_core.contract.gate import Gate
from dsn_core.contract.message import Action
from dsn_core.contract.messenger import CHANNELS, Audience, Messenger, Overflow
from dsn_core.contract.occurrence import RecipientSource
from dsn_core.contract.template import MessageTemplate
from dsn_core.contract.verb import Verb
from dsn_core.exceptions import InvalidFields, InvalidValues
from dsn_core.plugins.values import FieldSpec, convert, describe, to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dsn_core.plugins.offers import Kind

PLAIN_KEY = re.compile(r"[a-z][a-z0-9_]*")
DOTTED_KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
RATE = re.compile(r"[1-9][0-9]{0,8}/(second|minute|hour|day)")
"""Of at most nine digits: what is more cannot be meant, nor be divided into moments."""
FLAGS = (
    "supports_subject",
    "supports_html",
    "supports_attachments",
    "supports_actions",
    "idempotent",
)


def complaints(kind: Kind, item: object, *, core: bool) -> Iterator[str]:
    """Why ``item`` is no good ``kind``, each to be read after its name; nothing if it is good.

    ``core`` alone may give verbs that bear a plain name. May raise what the item's code raises.
    """
    if kind == "verb":
        yield from _verb_complaints(item, core=core)
    else:
        yield from _class_complaints(kind, item)


def _verb_complaints(item: object, *, core: bool) -> Iterator[str]:
    if not isinstance(item, Verb):
        yield "is not a Verb"
        return
    if not core:
        yield from _key_complaints(item.key, DOTTED_KEY, "shop.order_paid")
    if item.label != "":
        yield from _label_complaints(item.label)
    if item.signal is not None and not callable(getattr(item.signal, "connect", None)):
        yield "has a signal that is no Signal"
    for name, provided in item.provides.items():
        if not isinstance(provided, (type, str)):
            yield f"provides {name!r}, which is neither a type nor a model's label"


def _class_complaints(kind: Kind, item: object) -> Iterator[str]:
    wanted = CLASSES[kind]
    if not (isinstance(item, type) and issubclass(item, wanted)):
        yield f"is not a subclass of {wanted.__name__}"
        return
    if inspect.isabstract(item):
        undefined: frozenset[str] = getattr(item, "__abstractmethods__", frozenset())
        yield f"does not define {', '.join(sorted(undefined))}()"
        return
    example = "telegram" if kind == "messenger" else "shop.order_paid"
    pattern = PLAIN_KEY if kind == "messenger" else DOTTED_KEY
    yield from _key_complaints(getattr(item, "key", None), pattern, example)
    if kind != "gate":
        yield from _label_complaints(getattr(item, "label", ""))
    if issubclass(item, Messenger):
        yield from _messenger_complaints(item)
    elif issubclass(item, MessageTemplate):
        yield from _template_complaints(item)


def _key_complaints(key: object, pattern: re.Pattern[str], example: str) -> Iterator[str]:
    if not isinstance(key, str) or not pattern.fullmatch(key):
        yield f"has the key {key!r}; it must look like {example}"


def _label_complaints(label: object) -> Iterator[str]:
    if not (isinstance(label, str) or hasattr(label, "casefold")):
        yield "has a label that is neither a str nor a lazy text"
        return
    try:
        blank = not str(label).strip()
    except (Exception, SystemExit) as error:  # noqa: BLE001  a lazy label runs the plugin's code
        yield f"has a label that cannot be shown ({type(error).__name__})"
        return
    if blank:
        yield "has no label"


def _messenger_complaints(item: type[Messenger]) -> Iterator[str]:
    for name, (fits, wanted) in MESSENGER_RULES.items():
        value = getattr(item, name, None)
        if not fits(value):
            yield f"has the {name} {value!r}; it must be {wanted}"
    if item.__init__ is not Messenger.__init__:
        yield "overrides __init__, which is the core's own"
    yield from _fields_complaints(item)


def _is_rate(value: object) -> bool:
    return value is None or (isinstance(value, str) and RATE.fullmatch(value) is not None)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


MESSENGER_RULES: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "channel": (lambda value: value in CHANNELS, f"one of {', '.join(CHANNELS)}"),
    "audience": (lambda value: isinstance(value, Audience), "an Audience"),
    "overflow": (lambda value: isinstance(value, Overflow), "an Overflow"),
    "user_field": (lambda value: value is None or isinstance(value, str), "a str or None"),
    "max_length": (lambda value: value is None or _is_count(value), "a number above 0, or None"),
    "concurrency": (_is_count, "a number above 0"),
    "rate": (_is_rate, "like 30/second, or None"),
    "rate_per_address": (_is_rate, "like 30/second, or None"),
    **{name: (lambda value: isinstance(value, bool), "True or False") for name in FLAGS},
}
"""For each class attribute of a messenger, what fits and how it is called."""


def _fields_complaints(item: type[Messenger]) -> Iterator[str]:
    for cls in (item.account_type, item.options_type):
        try:
            specs = describe(cls)
        except InvalidFields as error:
            yield f"has fields that cannot be used: {error}"
            continue
        if cls is item.options_type and cls is not Fields:
            yield from (words for spec in specs for words in _option_complaints(spec))


def _option_complaints(spec: FieldSpec) -> Iterator[str]:
    if spec.required:
        yield f"has the option {spec.name!r} without a default"
    elif not _default_fits(spec):
        yield f"has the option {spec.name!r} with the default {spec.default!r}, which does not fit"
    if spec.info.secret:
        yield f"has the secret option {spec.name!r}; secrets belong into the account"
    if spec.kind == "mapping":
        yield f"has the option {spec.name!r}, a mapping, which no form can draw"


def _default_fits(spec: FieldSpec) -> bool:
    try:
        convert(spec, to_json(spec.default), path=spec.name)
    except InvalidValues:
        return False
    return True


def _template_complaints(item: type[MessageTemplate]) -> Iterator[str]:
    parts = ("subject", "text", "html")
    for name in (*parts, *(f"{part}_file" for part in parts)):
        if not isinstance(getattr(item, name), str):
            yield f"has a {name} that is no str"
    for part in parts:
        if getattr(item, part) and getattr(item, f"{part}_file"):
            yield f"gives both {part} and {part}_file"
    if not any(getattr(item, part) or getattr(item, f"{part}_file") for part in parts):
        yield "has no words: give subject, text or html, or a file of one"
    requires: object = item.requires
    if not isinstance(requires, (tuple, list)):
        yield "has a requires that is no tuple of str"
    yield from _action_complaints(item.actions)


def _action_complaints(actions: object) -> Iterator[str]:
    if not isinstance(actions, (tuple, list)):
        yield "has actions that are no tuple of Action"
        return
    for number, action in enumerate(actions, start=1):
        if not isinstance(action, Action):
            yield f"has an action {number} that is no Action"
            continue
        sources: tuple[object, ...] = (action.label, action.url)
        if not all(isinstance(source, str) and source.strip() for source in sources):
            yield f"has an action {number} whose label and url are not both a str with words"


CLASSES: Mapping[Kind, type] = {
    "messenger": Messenger,
    "message_template": MessageTemplate,
    "recipient_source": RecipientSource,
    "gate": Gate,
}
"""What a hook's classes are subclasses of."""
