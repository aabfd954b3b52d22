"""A plugin whose messenger notes each send in a file, and can take its process with it.

A test installs it as a distribution of its own, for the processes that it starts.
"""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

from dsn_core.contract.hookspecs import hookimpl
from dsn_core.contract.messenger import Messenger
from dsn_core.contract.outcome import Accepted

if TYPE_CHECKING:
    from pathlib import Path


class Dying(Messenger):
    """``DYING_BEFORE=3`` kills the process before its third send, ``DYING_AFTER=3`` after it."""

    key = "dying"
    label = "Dying"
    channel = "push"
    count = 0

    def send(self, envelope):
        type(self).count += 1
        self._die_if(os.environ.get("DYING_BEFORE"))
        time.sleep(float(os.environ.get("DYING_TAKES", "0")))
        line = f"{envelope.key} {os.getpid()} {int(envelope.doubted)} {time.time()}\n"
        log = os.open(os.environ["DYING_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(log, line.encode())
        os.close(log)
        self._die_if(os.environ.get("DYING_AFTER"))
        return Accepted(provider_id=str(os.getpid()))

    def _die_if(self, at: str | None) -> None:
        if at is not None and self.count == int(at):
            os.kill(os.getpid(), signal.SIGKILL)


@hookimpl
def dsn_messengers():
    return [Dying]


def install(folder: Path) -> None:
    """Make a distribution in ``folder``, to be put on a process's path."""
    papers = folder / "dsn_dying-1.0.dist-info"
    papers.mkdir()
    (papers / "METADATA").write_text("Metadata-Version: 2.1\nName: dsn-dying\nVersion: 1.0\n")
    (papers / "entry_points.txt").write_text(f"[dsn]\ndying = {__name__}\n")
