"""What ships to those who write plugins, and to their tests.

The contracts need pytest and the outbox Django; each name is loaded when it is first used, so that
a local server needs neither.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from dsn_core.testing.http_server import DRIP, DRIP_HEAD, DROP, HANG, Answer, Call, HTTPServer

if TYPE_CHECKING:
    from dsn_core.testing.contracts.gate import GateContract
    from dsn_core.testing.contracts.messenger import MessengerContract
    from dsn_core.testing.contracts.service import Arrived
    from dsn_core.testing.contracts.source import RecipientSourceContract
    from dsn_core.testing.contracts.template import MessageTemplateContract
    from dsn_core.testing.mixin import DSNTestMixin
    from dsn_core.testing.outbox import Outbox, dsn_capture

__all__ = [
    "DRIP",
    "DRIP_HEAD",
    "DROP",
    "HANG",
    "Answer",
    "Arrived",
    "Call",
    "DSNTestMixin",
    "GateContract",
    "HTTPServer",
    "MessageTemplateContract",
    "MessengerContract",
    "Outbox",
    "RecipientSourceContract",
    "dsn_capture",
]

_HOME = {
    "Arrived": "dsn_core.testing.contracts.service",
    "DSNTestMixin": "dsn_core.testing.mixin",
    "GateContract": "dsn_core.testing.contracts.gate",
    "MessageTemplateContract": "dsn_core.testing.contracts.template",
    "MessengerContract": "dsn_core.testing.contracts.messenger",
    "Outbox": "dsn_core.testing.outbox",
    "RecipientSourceContract": "dsn_core.testing.contracts.source",
    "dsn_capture": "dsn_core.testing.outbox",
}


def __getattr__(name: str) -> object:
    """Load a name of the kit from its room."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
