"""From what happens to the last message, beside django-post_office in its own environment."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from bench.child import Child
from bench.interleaving import Case, timed
from bench.nothing import deliver, ensure_sent, forget, installed, queue, set_up, tell_and_deliver
from bench.post_office_peer import ONE_BY_ONE, RENDERING, TOGETHER
from bench.promises import AtLeastAsFast, Shown
from bench.wording import COUNT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.promises import Promise

ROOT = Path(__file__).resolve().parent.parent
PLACE = Path(__file__).with_name(".post_office-venv")
PEER = "django-post_office"
PEER_VERSION = "3.12"
ROUNDS = 5


@contextmanager
def one_by_one() -> Iterator[Case]:
    """Beside ``mail.send`` for each recipient, all in one transaction, and ``send_queued``."""
    with _beside(ONE_BY_ONE, AtLeastAsFast(2.5)) as case:
        yield case


@contextmanager
def together() -> Iterator[Case]:
    """Beside ``mail.send_many``, which makes all rows at once, and ``send_queued``."""
    with _beside(TOGETHER, Shown()) as case:
        yield case


@contextmanager
def rendering() -> Iterator[Case]:
    """Only what follows when all rows are there: beside ``send_queued`` that renders them."""
    with _beside(RENDERING, Shown()) as case:
        yield case


@contextmanager
def _beside(way: str, promise: Promise) -> Iterator[Case]:

    def ours() -> float:
        if way == RENDERING:
            queue()
            seconds = timed(deliver)
        else:
            forget()
            seconds = timed(tell_and_deliver)
        ensure_sent()
        return seconds

    command = [_python(), "-m", "bench.post_office_peer", way]
    with installed(), Child(command, _env()) as peer:
        set_up()
        yield Case(
            floor_name=f"{PEER} {PEER_VERSION}, {way}",
            count=COUNT,
            rounds=ROUNDS,
            ours=ours,
            floor=peer.round,
            promise=promise,
        )


def _python() -> str:
    """The interpreter of the peer's environment, which is made once and kept."""
    python = PLACE / "bin" / "python"
    wanted = [f"{PEER}=={PEER_VERSION}.*", f"Django=={version('django')}", "psycopg[binary]"]
    mark = PLACE / "made.txt"
    if not mark.exists() or mark.read_text(encoding="utf-8") != str(wanted):
        venv.create(PLACE, with_pip=True, clear=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*install, *wanted], check=True, stdout=sys.stderr)
        mark.write_text(str(wanted), encoding="utf-8")
    return str(python)


def _env() -> dict[str, str]:
    """Where the server is, and nothing of our own environment's packages."""
    from django.db import connection

    names = ("HOST", "PORT", "USER", "PASSWORD")
    server = {f"PEER_{name}": str(connection.settings_dict[name]) for name in names}
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, **server, "PYTHONPATH": str(ROOT)}
