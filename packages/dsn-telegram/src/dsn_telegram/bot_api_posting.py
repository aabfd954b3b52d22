"""A message as sendMessage takes or refuses it, for ``dsn_telegram.testing``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypedDict

from dsn_telegram.bot_api_html import Unparsable, parse
from dsn_telegram.counting import length

if TYPE_CHECKING:
    from dsn_telegram.bot_api_questions import Question

LONGEST = 4096
Pairs = tuple[tuple[str, str], ...]
Entities = tuple[Mapping[str, object], ...]


class Refusal(Exception):
    """What Telegram says instead, with its HTTP status."""

    def __init__(
        self, status: int, words: str, parameters: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(words)
        self.status = status
        self.parameters = parameters


class Parts(TypedDict):
    """What ``Sent`` shows of a message beside its chat and number."""

    text: str
    entities: Entities
    thread: int | None
    buttons: Pairs
    silent: bool
    protected: bool
    preview: bool
    raw: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A message that could be sent."""

    question: Question
    text: str
    entities: Entities = ()
    buttons: Pairs = ()
    thread: int | None = field(default=None)

    def parts(self) -> Parts:
        """All that is shown of it."""
        preview = self.question.value("link_preview_options")
        return {
            "text": self.text,
            "entities": self.entities,
            "thread": self.thread,
            "buttons": self.buttons,
            "silent": self.question.is_true("disable_notification"),
            "protected": self.question.is_true("protect_content"),
            "preview": not (isinstance(preview, dict) and preview.get("is_disabled")),
            "raw": self.question.given,
        }


def read_post(question: Question) -> Post:
    """The message. Raises ``Refusal`` where Telegram would not take it."""
    text, entities = _words(question)
    if not text:
        raise bad("message text is empty")
    if length(text) > LONGEST:
        raise bad("message is too long")
    return Post(
        question=question,
        text=text,
        entities=tuple(entities),
        buttons=_buttons(question.value("reply_markup")),
        thread=question.number("message_thread_id"),
    )


def bad(words: str) -> Refusal:
    """A Bad Request."""
    return Refusal(400, f"Bad Request: {words}")


def _words(question: Question) -> tuple[str, list[dict[str, object]]]:
    mode = question.text("parse_mode").lower()
    if not mode:
        return question.text("text").strip(), []
    if mode != "html":
        raise bad("unsupported parse_mode")
    try:
        return parse(question.text("text"))
    except Unparsable as error:
        raise bad(f"can't parse entities: {error}") from None


def _buttons(markup: object) -> Pairs:
    rows = markup.get("inline_keyboard", []) if isinstance(markup, dict) else []
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad('field "inline_keyboard" of the InlineKeyboardMarkup must be of type Array')
    return tuple(_button(button) for row in rows for button in row)


def _button(button: object) -> tuple[str, str]:
    if not isinstance(button, dict):
        raise bad("can't parse InlineKeyboardButton: InlineKeyboardButton must be an Object")
    label, url = str(button.get("text", "")), str(button.get("url", ""))
    if not label.strip():
        raise bad("text buttons are unallowed in the inline keyboard: the text is empty")
    scheme, colon, rest = url.partition("://")
    scheme = scheme.lower()
    if not colon or scheme not in {"http", "https", "tg"}:
        raise bad(f"inline keyboard button URL '{url}' is invalid: Unsupported URL protocol")
    if scheme != "tg" and "." not in rest.partition("/")[0]:
        raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return label, url
