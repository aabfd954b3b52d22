"""What Telegram's updates report: https://core.telegram.org/bots/api#update."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dsn_core import InvalidAddress, Linked, Moved, OptedIn, OptedOut
from dsn_telegram.addresses import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    Report = Linked | Moved | OptedIn | OptedOut

KINDS = ("message", "my_chat_member")
"""All that is read here."""
COMMAND = re.compile(r"/(start|stop)(?:@(\w+))?(?:\s+(.*))?", re.IGNORECASE | re.DOTALL)
PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What may stand after ``?start=``: https://core.telegram.org/bots/features#deep-linking"""
GONE = frozenset({"kicked", "left"})
PRESENT = frozenset({"administrator", "member"})


def read(update: Mapping[str, object], bot_name: str) -> Iterator[Report]:
    """The reports of one update. What is unknown, or not as it should be, reports nothing."""
    number = update.get("update_id")
    if not isinstance(number, int):
        return
    message = _part(update, "message")
    if address := _address(_part(message, "chat").get("id")):
        yield from _of_message(message, address, f"{number}", bot_name)
    change = _part(update, "my_chat_member")
    if address := _address(_part(change, "chat").get("id")):
        yield from _of_membership(change, address, f"{number}")


def _of_message(
    message: Mapping[str, object], address: str, number: str, bot_name: str
) -> Iterator[Report]:
    if new := _address(message.get("migrate_to_chat_id")):
        yield Moved(address=address, moved_to=new, id=number)
        return
    private = _part(message, "chat").get("type") == "private"
    command, payload = _command(message, bot_name, private=private)
    if command == "stop":
        yield OptedOut(address=address, reason="/stop", at=_date(message), id=number)
    elif command == "start":
        if private and PAYLOAD.fullmatch(payload):
            yield Linked(token=payload, address=address, id=f"{number}:linked")
        yield OptedIn(address=address, reason="/start", at=_date(message), id=number)


def _command(message: Mapping[str, object], bot_name: str, *, private: bool) -> tuple[str, str]:
    """The command for this bot and what follows it; in a group it must name the bot."""
    text = message.get("text")
    found = COMMAND.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        return "", ""
    name, meant, payload = found.groups(default="")
    if not private and meant.lower() != (bot_name.lower() or None):
        return "", ""
    return name.lower(), payload.strip()


def _of_membership(change: Mapping[str, object], address: str, number: str) -> Iterator[Report]:
    """The bot was blocked or unblocked by a person, removed from or added to a group."""
    before = str(_part(change, "old_chat_member").get("status"))
    now = str(_part(change, "new_chat_member").get("status"))
    private = _part(change, "chat").get("type") == "private"
    if now in GONE:
        reason = "blocked the bot" if private else "removed the bot"
        yield OptedOut(address=address, reason=reason, at=_date(change), id=number)
    # Somebody's promotion of a bot that was there all along undoes no /stop.
    elif now in PRESENT and (private or before in GONE):
        reason = "unblocked the bot" if private else "added the bot"
        yield OptedIn(address=address, reason=reason, at=_date(change), id=number)


def _address(number: object) -> str:
    """A chat's number as an address; empty where it cannot be one, as nobody could store it."""
    try:
        return normalize(str(number))
    except InvalidAddress:
        return ""


def _part(whole: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = whole.get(name)
    return value if isinstance(value, Mapping) else {}


def _date(whole: Mapping[str, object]) -> datetime | None:
    seconds = whole.get("date")
    if not isinstance(seconds, int):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
