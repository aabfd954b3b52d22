"""Looking at the triggers by hand, for a process that serves nothing and watches nothing."""

from __future__ import annotations

from dsn_core.capture.hearing import contain_errors
from dsn_core.capture.listening import listener


def refresh() -> None:
    """Make an edit of another process known in this one, now.

    Processes that serve requests, work or watch something notice by themselves within a second.
    Example: ``dsn_core.refresh()`` before each round of a long script.
    """
    listener().watch.refresh()


@contain_errors
def refresh_if_due() -> None:
    """The same, at most once in ``DSN["REFRESH_SECONDS"]``: for the rounds of a worker."""
    listener().watch.refresh_if_open()
