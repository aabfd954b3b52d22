"""A side in a process of its own, perhaps of another environment, that stays alive.

So its rounds alternate with those of the other side. The standard library only: the other
environment has nothing of ours.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

GO = "go"
READY = "ready"


class Child:
    """Runs ``command``, whose last act is ``answer(work)``. A context manager."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Child:
        try:
            self._read(READY)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def round(self) -> float:
        """Have it do its work once: what it measured, or the seconds that it took."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{GO}\n")
        self._process.stdin.flush()
        return float(self._read())

    def close(self) -> None:
        """End its input, upon which it takes down what it set up, and wait for it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.read()
        self._process.stdout.close()
        self._process.wait()

    def _read(self, expected: str = "") -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line or (expected and line != expected):
            raise RuntimeError(f"{self._process.args!r} answered {line!r}; its errors are above.")
        return line


def answer(work: Callable[[], float | None]) -> None:
    """Do ``work`` once for each line of the standard input, until it ends."""
    print(READY, flush=True)
    for _line in sys.stdin:
        started = time.perf_counter()
        own = work()
        seconds = time.perf_counter() - started
        print(repr(seconds if own is None else own), flush=True)
