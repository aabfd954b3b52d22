"""DSN tells people things. These are its public names; each is loaded when it is first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dsn_core.capture.emitting import aemit, emit
    from dsn_core.capture.refreshing import refresh
    from dsn_core.contract.fields import Fields, Text, option
    from dsn_core.contract.gate import Candidate, Gate, Pass, Postpone, Suppress
    from dsn_core.contract.hookspecs import hookimpl
    from dsn_core.contract.message import Action, Attachment, Envelope, Message
    from dsn_core.contract.messenger import Audience, Messenger, Overflow, Problem
    from dsn_core.contract.occurrence import Occurrence, RecipientSource, To
    from dsn_core.contract.outcome import Accepted, Refusal, Refused, Scope
    from dsn_core.contract.report import (
        Forged,
        Linked,
        Moved,
        OptedIn,
        OptedOut,
        Receipt,
        Webhook,
    )
    from dsn_core.contract.template import MessageTemplate
    from dsn_core.contract.verb import Verb
    from dsn_core.exceptions import InvalidAddress

__all__ = [
    "Accepted",
    "Action",
    "Attachment",
    "Audience",
    "Candidate",
    "Envelope",
    "Fields",
    "Forged",
    "Gate",
    "InvalidAddress",
    "Linked",
    "Message",
    "MessageTemplate",
    "Messenger",
    "Moved",
    "Occurrence",
    "OptedIn",
    "OptedOut",
    "Overflow",
    "Pass",
    "Postpone",
    "Problem",
    "Receipt",
    "RecipientSource",
    "Refusal",
    "Refused",
    "Scope",
    "Suppress",
    "Text",
    "To",
    "Verb",
    "Webhook",
    "aemit",
    "emit",
    "hookimpl",
    "option",
    "refresh",
]

_ROOMS = {
    "dsn_core.capture.emitting": ("aemit", "emit"),
    "dsn_core.capture.refreshing": ("refresh",),
    "dsn_core.contract.fields": ("Fields", "Text", "option"),
    "dsn_core.contract.gate": ("Candidate", "Gate", "Pass", "Postpone", "Suppress"),
    "dsn_core.contract.hookspecs": ("hookimpl",),
    "dsn_core.contract.message": ("Action", "Attachment", "Envelope", "Message"),
    "dsn_core.contract.messenger": ("Audience", "Messenger", "Overflow", "Problem"),
    "dsn_core.contract.occurrence": ("Occurrence", "RecipientSource", "To"),
    "dsn_core.contract.outcome": ("Accepted", "Refusal", "Refused", "Scope"),
    "dsn_core.contract.report": (
        "Forged",
        "Linked",
        "Moved",
        "OptedIn",
        "OptedOut",
        "Receipt",
        "Webhook",
    ),
    "dsn_core.contract.template": ("MessageTemplate",),
    "dsn_core.contract.verb": ("Verb",),
    "dsn_core.exceptions": ("InvalidAddress",),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name from its room; the names stay out of each other's way until then."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
