"""Which messages belong together. Pure."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dsn_core import Envelope

LONGEST_KEY = 200


def group_key(envelope: Envelope, group: str) -> str:
    """What the message has in common with those it is grouped with; empty: it stands alone.

    ``group`` is one of ``dsn_inbox.options.GROUPS``. A message about no object has no thread, so
    that it stands alone where one is asked for.
    """
    verb, thread = envelope.metadata.get("verb", ""), envelope.thread
    if group == "verb":
        return _short(verb)
    if group not in ("thread", "thread_verb") or not thread:
        return ""
    return _short(thread if group == "thread" else f"{verb} {thread}")


def _short(key: str) -> str:
    """Keys longer than the column are told apart by their digest."""
    return key if len(key) <= LONGEST_KEY else sha256(key.encode("utf-8", "replace")).hexdigest()
