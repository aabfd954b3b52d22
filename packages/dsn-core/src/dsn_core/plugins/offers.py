"""What a plugin offers, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dsn_core.plugins.labels import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsn_core.contract.fields import Text

Kind = Literal["messenger", "message_template", "verb", "recipient_source", "gate"]

HOOK_KINDS: Mapping[str, Kind] = {
    "dsn_messengers": "messenger",
    "dsn_message_templates": "message_template",
    "dsn_verbs": "verb",
    "dsn_recipient_sources": "recipient_source",
    "dsn_gates": "gate",
}
"""Each hook, and what it brings."""


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

    @property
    def title(self) -> str:
        """The label in the reader's language; the key where there is none."""
        return words(self.label, self.key)


def describe_item(item: object) -> str:
    """How a complaint names what a hook gave, without asking its own ``repr``."""
    if item is None:
        return "None"
    kind = item if isinstance(item, type) else type(item)
    name = kind.__qualname__ if kind.__module__ == "builtins" else _full_name(kind)
    return name if isinstance(item, type) else f"an object of {name}"


def _full_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
