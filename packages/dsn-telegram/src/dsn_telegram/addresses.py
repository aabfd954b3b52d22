"""Chats as addresses: ``123``, ``-100123``, ``-100123:45`` (a topic of it), ``@channelname``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dsn_core import InvalidAddress

NUMBER = re.compile(r"-?[1-9][0-9]{0,15}")
LARGEST = 2**52
"""Chat ids have at most 52 significant bits: https://core.telegram.org/bots/api#chat"""
NAME = re.compile(r"@[a-z][a-z0-9_]{3,31}")
TOPIC = re.compile(r"[1-9][0-9]{0,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """Where a message goes. ``id`` is a number, or the ``@name`` of a public group or channel."""

    id: int | str
    topic: int | None = None

    @property
    def is_group(self) -> bool:
        """Is it a group or a channel, rather than a person?"""
        return isinstance(self.id, str) or self.id < 0

    def __str__(self) -> str:
        return f"{self.id}" if self.topic is None else f"{self.id}:{self.topic}"


def normalize(raw: str) -> str:
    """The one way to write ``raw``: names in lower case, as Telegram does not tell them apart.

    Raises ``InvalidAddress`` naming the fault.
    """
    return str(read(raw))


def read(raw: str) -> Chat:
    """The chat that ``raw`` names. Raises ``InvalidAddress`` naming the fault."""
    whole = raw.strip()
    place, colon, topic = whole.partition(":")
    if not whole:
        raise InvalidAddress("The chat id is empty; it is a number, or the @name of a channel.")
    chat = Chat(id=_place(place, whole))
    if not colon:
        return chat
    if not chat.is_group:
        raise InvalidAddress(f"{whole!r} names a topic of a person; only groups have topics.")
    if not TOPIC.fullmatch(topic):
        raise InvalidAddress(f"{whole!r} has no topic's number after its colon.")
    return Chat(id=chat.id, topic=int(topic))


def _place(text: str, whole: str) -> int | str:
    if text.startswith("@"):
        if not NAME.fullmatch(text.lower()):
            raise InvalidAddress(
                f"{whole!r} is not a name: 4 to 32 letters, digits and _, the first a letter."
            )
        return text.lower()
    if text.startswith("+"):
        raise InvalidAddress(f"{whole!r} looks like a phone number; bots cannot write to one.")
    if "t.me/" in whole:
        raise InvalidAddress(f"{whole!r} is a link; write @ and the name that ends it.")
    if not NUMBER.fullmatch(text):
        raise InvalidAddress(
            f"{whole!r} is not a chat id: a number (of a group, a negative one) or an @name."
        )
    if abs(int(text)) >= LARGEST:
        raise InvalidAddress(f"{whole!r} is too large a number for a chat.")
    return int(text)
