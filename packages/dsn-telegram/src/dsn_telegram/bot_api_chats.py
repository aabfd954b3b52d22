"""The chats of a Bot API server, and what happens in them, for ``dsn_telegram.testing``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from dsn_telegram.bot_api_posting import Refusal, bad

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BOT_ID = 123456789
SUPERGROUPS = -1000000000000
"""Ids of supergroups and channels begin below this one."""


def kind_of(chat: int) -> str:
    """As Telegram calls it."""
    if chat > 0:
        return "private"
    return "supergroup" if chat < SUPERGROUPS else "group"


class Chats:
    """Every chat is known and open, until something else is said."""

    def __init__(self, username: str, known: Iterable[int | str] | None) -> None:
        self.bot: dict[str, object] = {
            "id": BOT_ID,
            "is_bot": True,
            "first_name": "Shop",
            "username": username,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }
        self.closed: set[int] = set()
        self.moved: dict[int, int] = {}
        self._known = None if known is None else set(known)
        self._forgotten: set[tuple[int | str, int | None]] = set()
        self._names: dict[str, int] = {}
        self._said = 0

    def forget(self, chat: int | str, topic: int | None) -> None:
        """There is no such chat, or no such topic in it."""
        self._forgotten.add((chat, topic))

    def find(self, chat: int | str, topic: int | None) -> int:
        """The number of ``chat``, where it may be written to. Raises ``Refusal``."""
        if not chat:
            raise bad("chat_id is empty")
        if (chat, None) in self._forgotten or not self._knows(chat):
            raise bad("chat not found")
        number = self._number(chat)
        if number in self.moved:
            words = "group chat was upgraded to a supergroup chat"
            raise Refusal(400, f"Bad Request: {words}", {"migrate_to_chat_id": self.moved[number]})
        if number in self.closed:
            raise Refusal(403, f"Forbidden: {_closed_words(number)}")
        if topic is not None and (chat, topic) in self._forgotten:
            raise bad("message thread not found")
        return number

    def message(
        self, chat: int, words: Mapping[str, object], *, by_the_bot: bool = False
    ) -> dict[str, object]:
        """A message in ``chat``, as an update or an answer has it."""
        self._said += 1
        if self._known is not None:
            self._known.add(chat)
        return {
            "message_id": self._said,
            "date": int(time.time()),
            "chat": _chat(chat),
            "from": self.bot if by_the_bot else _person(chat),
            **words,
        }

    def membership(self, chat: int, before: str, now: str) -> dict[str, object]:
        """An update about the bot's own place in ``chat``."""
        change = {
            "chat": _chat(chat),
            "from": _person(chat),
            "date": int(time.time()),
            "old_chat_member": self._member(before),
            "new_chat_member": self._member(now),
        }
        return {"my_chat_member": change}

    def _knows(self, chat: int | str) -> bool:
        return self._known is None or chat in self._known

    def _member(self, status: str) -> dict[str, object]:
        until: dict[str, object] = {"until_date": 0} if status == "kicked" else {}
        return {"user": self.bot, "status": status} | until

    def _number(self, chat: int | str) -> int:
        if isinstance(chat, int):
            return chat
        name = chat.lower()
        return self._names.setdefault(name, SUPERGROUPS - 1 - len(self._names))


def _chat(chat: int) -> dict[str, object]:
    kind = kind_of(chat)
    name = {"first_name": "Ada"} if kind == "private" else {"title": "The shop"}
    return {"id": chat, "type": kind, **name}


def _person(chat: int) -> dict[str, object]:
    return {"id": abs(chat) % -SUPERGROUPS or 1, "is_bot": False, "first_name": "Ada"}


def _closed_words(chat: int) -> str:
    if chat > 0:
        return "bot was blocked by the user"
    return f"bot was kicked from the {kind_of(chat)} chat"
