"""The example shop, open as ``make serve`` opens it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

from tests.acceptance.environments import clean_environment
from tests.repo.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATIENCE = 30.0


@dataclass(frozen=True, kw_only=True)
class Shop:
    """The running shop, and the file in which all stands that it prints."""

    process: subprocess.Popen[bytes]
    log: Path

    def printed(self) -> str:
        """All that it has printed so far."""
        return self.log.read_text(encoding="utf-8")

    def wait_for(self, pattern: str) -> str:
        """What it prints that matches ``pattern``, as soon as it is there."""
        return until(lambda: (found := re.search(pattern, self.printed())) and found[0])

    def home(self) -> str:
        """Its address, as soon as it answers there."""
        address = self.wait_for(r"http://127\.0\.0\.1:\d+/")
        return until(lambda: _answering(address))


@contextmanager
def open_shop(folder: Path) -> Iterator[Shop]:
    """Open a shop that keeps its rows in ``folder``; closed with Ctrl-C."""
    log = folder / "log.txt"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "example/serve.py", "--port", "0"],
            cwd=ROOT,
            env=clean_environment(
                SHOP_DATABASE=str(folder / "shop.sqlite3"), PYTHONIOENCODING="utf-8"
            ),
            stdout=output,
            stderr=subprocess.STDOUT,
            # A shell's background job ignores Ctrl-C, and so would all that it starts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )
    yield Shop(process=process, log=log)
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)


def _answering(address: str) -> str | None:
    try:
        urlopen(address, timeout=PATIENCE).close()
    except URLError:
        return None
    return address


def until(found: Callable[[], str | None]) -> str:
    """What ``found`` gives, as soon as it is something."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if text := found():
            return text
        time.sleep(0.1)
    raise AssertionError("That took too long.")
