"""A plugin whose service keeps its reports in a file until they are confirmed.

A test installs it as a distribution of its own, for the processes that it starts.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from dsn_core.contract.hookspecs import hookimpl
from dsn_core.contract.messenger import Messenger
from dsn_core.contract.outcome import Accepted
from dsn_core.contract.report import OptedOut


class Fetching(Messenger):
    """One line is one address that opts out; ``FETCHING_DIES=3``: as the fourth is asked for."""

    key = "fetching"
    label = "Fetching"
    channel = "push"

    def send(self, envelope):
        return Accepted(provider_id="1")

    def poll(self):
        given = 0
        while lines := self._file.read_text().splitlines():
            yield OptedOut(address=lines[0], id=lines[0])
            given += 1
            if given == int(os.environ.get("FETCHING_DIES", "0")):
                os.kill(os.getpid(), signal.SIGKILL)
            self._file.write_text("".join(f"{line}\n" for line in lines[1:]))

    @property
    def _file(self) -> Path:
        return Path(os.environ["FETCHING_FILE"])


@hookimpl
def dsn_messengers():
    return [Fetching]


def install(folder: Path) -> None:
    """Make a distribution in ``folder``, to be put on a process's path."""
    papers = folder / "dsn_fetching-1.0.dist-info"
    papers.mkdir()
    (papers / "METADATA").write_text("Metadata-Version: 2.1\nName: dsn-fetching\nVersion: 1.0\n")
    (papers / "entry_points.txt").write_text(f"[dsn]\nfetching = {__name__}\n")
