"""Core's own gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core.contract.gate import Candidate, Gate, Pass, Postpone, Suppress

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class ActiveUsers(Gate):
    """Lets through users that are active, and bare addresses."""

    key = "dsn.active_users"
    label = "Only active users"

    def screen(self, candidates: Sequence[Candidate]) -> Iterable[Pass | Suppress | Postpone]:
        """Suppress whoever has ``is_active`` off; the reason is ``inactive``."""
        for candidate in candidates:
            active = getattr(candidate.user, "is_active", True)
            yield Pass() if active else Suppress(reason="inactive")
