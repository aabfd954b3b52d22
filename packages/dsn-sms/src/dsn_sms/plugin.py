"""What this distribution brings: one messenger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core import hookimpl
from dsn_sms.messenger import SMS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsn_core import Messenger


@hookimpl
def dsn_messengers() -> Iterable[type[Messenger]]:
    """SMS."""
    return [SMS]
