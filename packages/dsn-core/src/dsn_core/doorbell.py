"""The doorbell: tells the configured engine, once per transaction, that there is something to do."""

from __future__ import annotations


def ring(using: str) -> None:
    """Ring after the commit of the transaction that is open on ``using``; raises nothing."""
