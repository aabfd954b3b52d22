"""``console`` and ``log``: the two messengers that need nothing."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Literal

from dsn_core.contract.fields import Fields, option
from dsn_core.contract.messenger import Messenger
from dsn_core.contract.outcome import Accepted, Refused

if TYPE_CHECKING:
    from dsn_core.contract.message import Envelope


class Console(Messenger):
    """Writes each message to standard output. For development."""

    key = "console"
    label = "Console"
    channel = "console"
    description = "Writes messages to the standard output of the process that delivers them."
    address_label = "Any text"
    user_field = "pk"
    supports_subject = True

    def send(self, envelope: Envelope) -> Accepted | Refused:
        """Print it; never refused."""
        lines = [f"To: {envelope.address}", envelope.message.subject, envelope.message.text]
        sys.stdout.write("\n".join(line for line in lines if line) + "\n" + "-" * 40 + "\n")
        sys.stdout.flush()
        return Accepted(provider_id="", delivered=True)


class LogOptions(Fields):
    """How a message is logged."""

    level: Literal["debug", "info", "warning", "error"] = option(default="info", label="Level")


class Log(Messenger[Fields, LogOptions]):
    """Writes that a message was sent, not its words, to the logger ``dsn_core.messages``."""

    key = "log"
    label = "Log"
    channel = "console"
    description = "Notes each message in the log: to whom and its subject, not its text."
    address_label = "Any text"
    user_field = "pk"
    supports_subject = True

    def send(self, envelope: Envelope) -> Accepted | Refused:
        """Log it; never refused."""
        level = logging.getLevelNamesMapping()[self.options.level.upper()]
        logger = logging.getLogger("dsn_core.messages")
        logger.log(level, "%s: %s", envelope.address, envelope.message.subject)
        return Accepted(provider_id="", delivered=True)
