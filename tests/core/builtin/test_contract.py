"""Core's own messengers do what DSN expects of one. They ask nobody, so that nothing is refused."""

from __future__ import annotations

import logging

import pytest

from dsn_core import Message
from dsn_core.builtin.messengers import Console, Log
from dsn_core.testing import Arrived, MessengerContract

RULE = "-" * 40 + "\n"


class Terminal:
    """All that has been written to standard output, also by a forked process."""

    def __init__(self, capfd):
        self._capfd = capfd
        self._text = ""

    def read(self):
        self._text += self._capfd.readouterr().out
        return self._text


class Contract(MessengerContract):
    """What is the same for both."""

    addresses = ("1", "2", "3")
    spellings = {" 1 ": "1"}
    not_addresses = ()
    throttled = refusals = unreadable = hangs = drops = None
    may_be_away = False


class TestConsole(Contract):
    messenger = Console

    @pytest.fixture
    def server(self, capfd):
        return Terminal(capfd)

    def arrived(self, server):
        blocks = server.read().split(RULE)[:-1]
        found = (block.splitlines() for block in blocks)
        return [
            Arrived(address=address.removeprefix("To: "), text="\n".join(words))
            for address, *words in found
        ]


class TestLog(Contract):
    """It writes the subject, and keeps the words to itself."""

    messenger = Log

    @pytest.fixture
    def server(self, tmp_path):
        path = tmp_path / "log"
        handler = logging.FileHandler(path, encoding="utf-8")
        logger = logging.getLogger("dsn_core.messages")
        level = logger.level
        # Not by its attribute: a logger remembers what it was asked at the level before.
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)
        yield path
        logger.removeHandler(handler)
        logger.setLevel(level)
        handler.close()

    def arrived(self, server):
        lines = (line.partition(": ") for line in server.read_text("utf-8").splitlines())
        return [Arrived(address=address, text=subject) for address, _, subject in lines]

    def message(self, words):
        return Message(subject=words, text="Only for its reader")

    def words(self, envelope):
        return envelope.message.subject
