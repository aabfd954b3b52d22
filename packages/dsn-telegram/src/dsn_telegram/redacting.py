"""Keeping bot tokens out of what is logged, stored and shown."""

from __future__ import annotations

import logging
from urllib.parse import quote

LOGGERS = ("httpx", "httpcore", "telegram")
"""Whose lines may hold an address of the Bot API, and so a token: httpx's do, at INFO."""
LONGEST = 500
SHORTEST = 8
"""What is shorter stands in many a word, and is the end of no real token."""


def strike(text: str, *secrets: str) -> str:
    """``text`` without ``secrets``. Of a token what follows its colon is struck out.

    That part looks the same in an address, in JSON and in a ``repr``.
    """
    for secret in secrets:
        hidden = secret.partition(":")[2]
        # What cannot be written must not fail here: a log's filter strikes for all accounts.
        quoted = quote(secret, safe="", errors="replace")
        for form in (hidden if len(hidden) >= SHORTEST else "", secret, quoted):
            if form:
                text = text.replace(form, "***")
    return text


def shorten(text: str) -> str:
    """``text`` on one line, cut to 500 characters."""
    return " ".join(text.split())[:LONGEST]


class Censor(logging.Filter):
    """Strikes the tokens it knows out of every record that passes."""

    def __init__(self) -> None:
        super().__init__()
        self._tokens: tuple[str, ...] = ()

    def learn(self, token: str) -> None:
        """Strike out ``token`` too, in all that is logged by what sends."""
        if token not in self._tokens:
            self._tokens = (*self._tokens, token)
        self._attend()

    def filter(self, record: logging.LogRecord) -> bool:
        """Let ``record`` pass, without the tokens."""
        said = record.getMessage()
        struck = strike(said, *self._tokens)
        if struck != said:
            record.msg, record.args = struck, ()
        return True

    def _attend(self) -> None:
        """A logger's filter does not hear what its children log: so each has it."""
        for name in [*logging.root.manager.loggerDict, *LOGGERS]:
            if name.partition(".")[0] in LOGGERS:
                # Adding it twice is adding it once.
                logging.getLogger(name).addFilter(self)
