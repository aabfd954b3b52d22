"""Makes a message fit what a messenger can carry.

What a messenger does not support is left out, but its words are kept where that is possible: a
subject stands before the text, unless the text begins with it; actions become lines at its end;
HTML without a text becomes text.
"""

from __future__ import annotations

import html
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

from django.utils.html import strip_tags

from dsn_core.contract.messenger import Overflow
from dsn_core.exceptions import TemplateRefused

if TYPE_CHECKING:
    from dsn_core.contract.message import Message
    from dsn_core.contract.messenger import Messenger

ELLIPSIS = "…"
JOINER = "\u200d"
MODIFIERS = frozenset(map(chr, [*range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400), 0x200D, 0x20E3]))
"""What changes the sign before it: variation selectors, skin tones, joiners, keycaps."""


class TooLong(TemplateRefused):
    """The text is longer than the messenger takes, and may not be cut."""


def fit(message: Message, messenger: Messenger) -> Message:
    """``message`` as ``messenger`` can carry it. Raises ``TooLong`` where it refuses to cut."""
    fitted = replace(
        message,
        subject=message.subject if messenger.supports_subject else "",
        text=_text(message, messenger),
        html=message.html if messenger.supports_html else "",
        attachments=message.attachments if messenger.supports_attachments else (),
        actions=message.actions if messenger.supports_actions else (),
    )
    if messenger.max_length is None or messenger.overflow is Overflow.SPLIT:
        return fitted
    return _within(fitted, messenger, messenger.max_length)


def _text(message: Message, messenger: Messenger) -> str:
    text = message.text
    if not text and message.html and not messenger.supports_html:
        text = html.unescape(strip_tags(message.html)).strip()
    paragraphs = [text]
    if message.subject and not messenger.supports_subject:
        paragraphs = [text] if text.startswith(message.subject) else [message.subject, text]
    if not messenger.supports_actions:
        paragraphs += [f"{action.label}: {action.url}" for action in message.actions]
    return "\n\n".join(part for part in paragraphs if part)


def _within(message: Message, messenger: Messenger, longest: int) -> Message:
    length = messenger.measure(message.text)
    if length <= longest and (not message.html or messenger.measure(message.html) <= longest):
        return message
    if messenger.overflow is Overflow.REFUSE:
        raise TooLong(f"Its text measures {length}; {messenger.key} takes {longest}.")
    text = message.text or html.unescape(strip_tags(message.html)).strip()
    if messenger.measure(text) > longest:
        text = _cut(text, messenger, longest)
    # HTML cannot be cut without breaking it: the text alone goes out.
    return replace(message, text=text, html="")


def _cut(text: str, messenger: Messenger, longest: int) -> str:
    """The longest beginning that, with the ellipsis, still measures ``longest``."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if messenger.measure(text[:middle] + ELLIPSIS) <= longest:
            low = middle
        else:
            high = middle - 1
    return text[: _boundary(text, low)].rstrip() + ELLIPSIS


def _boundary(text: str, position: int) -> int:
    """The last place at or before ``position`` where no sign is cut in two."""
    while 0 < position < len(text) and (_belongs(text[position]) or text[position - 1] == JOINER):
        position -= 1
    return position


def _belongs(character: str) -> bool:
    """Does it change the sign before it?"""
    return character in MODIFIERS or unicodedata.combining(character) != 0
