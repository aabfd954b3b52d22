"""What this distribution brings: one messenger. Its Django app is added by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core import hookimpl
from dsn_inbox.messenger import Inbox

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsn_core import Messenger


@hookimpl
def dsn_messengers() -> Iterable[type[Messenger]]:
    """The inbox."""
    return [Inbox]
