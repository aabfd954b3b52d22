"""What to tell somebody who previews a message."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dsn_telegram import links
from dsn_telegram.composing import compose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsn_core import Message
    from dsn_telegram.accounts import Options

LOST = (
    ("images", re.compile(r"<(?:img|picture|svg)\b", re.IGNORECASE)),
    ("tables", re.compile(r"<table\b", re.IGNORECASE)),
    ("colours, sizes and fonts", re.compile(r"<(?:style|font)\b|\sstyle\s*=", re.IGNORECASE)),
    ("sounds, videos and frames", re.compile(r"<(?:audio|video|iframe|object)\b", re.IGNORECASE)),
    ("forms", re.compile(r"<(?:form|input|button|select|textarea)\b", re.IGNORECASE)),
)
"""What Telegram has no tag for, and how it is known."""


def remarks(message: Message, options: Options) -> Iterator[str]:
    """Its parts, and what of it will not be seen."""
    parts = compose(message, as_html=options.mode == "HTML")
    if not parts:
        yield "There are no words in it: Telegram takes no empty message."
    if len(parts) > 1:
        yield f"It is too long for one message and goes out as {len(parts)}."
    if message.html and options.mode == "text":
        yield "It goes out as plain text: what is bold or a link in the HTML is lost."
    elif lost := [name for name, sign in LOST if sign.search(message.html)]:
        yield f"Telegram cannot show its {', '.join(lost)}; their words, if any, are kept."
    for action in message.actions:
        if not links.is_fit(action.url):
            yield (
                f"{action.label!r} will be a line and no button, as Telegram refuses "
                f"{action.url!r} for one."
            )
