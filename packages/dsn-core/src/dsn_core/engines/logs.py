"""Logs: one line for each batch, with numbers alone: nothing of whom or what it was about."""

from __future__ import annotations

import logging
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsn_core.delivery.tallying import Tally

logger = logging.getLogger("dsn_core.engines")


def log_batch(tally: Tally) -> None:
    """One line at INFO once all is known; its numbers are attributes of the record too."""
    if not tally.is_whole:
        return
    numbers = {"size": tally.size, **tally.counts, "seconds": round(tally.seconds, 3)}
    line = " ".join(f"{name}={number}" for name, number in numbers.items())
    extra = {f"dsn_{name}": number for name, number in numbers.items()}
    logger.info("batch: %s", line, extra=extra)


@contextmanager
def logged_somewhere() -> Iterator[None]:
    """Within it, what DSN logs goes to standard error, unless settings have it go elsewhere."""
    ours = logging.getLogger("dsn_core")
    if logger.hasHandlers():
        yield
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    level = ours.level
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    try:
        yield
    finally:
        ours.removeHandler(handler)
        ours.setLevel(level)
