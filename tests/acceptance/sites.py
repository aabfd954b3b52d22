"""A site that Django's own server serves, in a process of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import Request, urlopen

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

PATIENCE = 30.0
"""Seconds that a server may take to start, to answer or to stop."""


class Site:
    """For as long as the ``with`` block lasts. What it prints stands in ``log``."""

    def __init__(self, *, settings: str, path: str, log: Path) -> None:
        """``settings`` is a module, ``path`` the PYTHONPATH on which it is found."""
        self._settings = settings
        self._path = path
        self.log = log
        with closing(socket.socket()) as door:
            door.bind(("127.0.0.1", 0))
            self.place = f"127.0.0.1:{door.getsockname()[1]}"

    def __enter__(self) -> Self:
        # One thread, and so one connection for all requests where the settings keep it.
        command = ["-m", "django", "runserver", "--noreload", "--nothreading", self.place]
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, *command],
                env={
                    **os.environ,
                    "DJANGO_SETTINGS_MODULE": self._settings,
                    "PYTHONPATH": self._path,
                },
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def get(self, path: str) -> str:
        """The text of a page. Raises ``HTTPError``."""
        return self._ask(path, "GET")

    def post(self, path: str) -> str:
        """The answer to an empty form. Raises ``HTTPError``."""
        return self._ask(path, "POST")

    def _ask(self, path: str, method: str) -> str:
        data = b"" if method == "POST" else None
        request = Request(f"http://{self.place}{path}", data=data, method=method)
        with urlopen(request, timeout=PATIENCE) as answer:
            return str(answer.read().decode())

    def _wait(self) -> None:
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends and self.process.poll() is None:
            try:
                self.get("/admin/login/")
            except URLError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"The site does not start:\n{self.log.read_text()}")

    def _stop(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE)
