"""How a command writes down a message, and what became of it on its way."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

from dsn_core.rendering.notes import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsn_core.contract.message import Message
    from dsn_core.rendering.previewing import Preview


def message_lines(message: Message) -> Iterator[str]:
    """The parts that have words, each under its name."""
    for name in ("subject", "text", "html"):
        words = getattr(message, name)
        if "\n" in words:
            yield f"{name}:"
            yield indent(words, "  ")
        elif words:
            yield f"{name}: {words}"
    for action in message.actions:
        yield f"action: {action.label} → {action.url}"
    for attachment in message.attachments:
        yield f"attachment: {attachment.name} ({attachment.content_type})"


def preview_lines(preview: Preview) -> Iterator[str]:
    """What would go out, or else what the template gives and why it does not."""
    message = preview.fitted or preview.whole
    if message is not None:
        yield from message_lines(message)
    for note in preview.notes:
        yield f"note: {' '.join((str(WORDS[note.rule]), note.lost)).strip()}"
    if preview.fitted is not None and preview.limit is not None:
        yield f"length: {preview.length} of {preview.limit}"
    for remark in preview.remarks:
        yield f"remark: {remark}"
    if preview.problem:
        yield f"It would not go out: {preview.problem}"
