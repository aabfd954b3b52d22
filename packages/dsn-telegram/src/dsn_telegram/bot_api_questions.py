"""What a bot asks of the Bot API, read from a request, for ``dsn_telegram.testing``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsn_core.testing import Call

PATH = re.compile(r"/bot([^/]*)/(\w+)")
TRUE = frozenset({"True", "true", "1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A method of the Bot API and what it is given: texts from a form, any values from JSON."""

    token: str
    method: str
    given: Mapping[str, object]

    def text(self, name: str) -> str:
        """A text; empty where it is not given."""
        value = self.given.get(name)
        return "" if value is None else str(value)

    def number(self, name: str) -> int | None:
        """A whole number; None where none is given."""
        try:
            return int(self.text(name))
        except ValueError:
            return None

    def is_true(self, name: str) -> bool:
        """A truth value; False where it is not given."""
        return self.text(name) in TRUE

    def value(self, name: str) -> object:
        """A JSON value, also where a form has it as a text; None where it is not given.

        Raises ``ValueError`` where that text is no JSON.
        """
        value = self.given.get(name)
        return json.loads(value) if isinstance(value, str) else value

    def chat(self) -> int | str:
        """The chat's number, or its name with an @; 0 where it is neither."""
        text = self.text("chat_id")
        return text if text.startswith("@") else (self.number("chat_id") or 0)


def read(call: Call) -> Question | None:
    """The question of ``call``, whether in its address, a form, or JSON; None: it is none."""
    found = PATH.fullmatch(call.path)
    if found is None:
        return None
    given: dict[str, object] = {name: values[-1] for name, values in call.query.items()}
    return Question(token=found[1], method=found[2], given={**given, **_body(call)})


def _body(call: Call) -> Mapping[str, object]:
    kind = call.headers.get("content-type", "")
    if kind.startswith("application/json"):
        return call.json if isinstance(call.json, dict) else {}
    if kind.startswith("multipart/form-data"):
        return _multipart(kind, call.body)
    return call.form


def _multipart(kind: str, body: bytes) -> Mapping[str, object]:
    parsed = BytesParser().parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    parts = parsed.get_payload()
    given: dict[str, object] = {}
    for part in parts if isinstance(parts, list) else ():
        if not isinstance(part, Message):
            continue
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            given[name] = content.decode("utf-8", "replace")
    return given
