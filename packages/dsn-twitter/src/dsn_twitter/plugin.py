"""What this distribution brings: two messengers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core import hookimpl
from dsn_twitter.messenger import DirectMessage, Post

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsn_core import Messenger


@hookimpl
def dsn_messengers() -> Iterable[type[Messenger]]:
    """Posts and direct messages on X."""
    return [Post, DirectMessage]
