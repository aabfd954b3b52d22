"""What this distribution brings: one messenger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core import hookimpl
from dsn_telegram.messenger import Telegram

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsn_core import Messenger


@hookimpl
def dsn_messengers() -> Iterable[type[Messenger]]:
    """Telegram."""
    return [Telegram]
