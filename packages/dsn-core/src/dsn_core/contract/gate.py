"""A gate: may this recipient have this message, now?"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from dsn_core.contract.fields import Text
from dsn_core.contract.occurrence import Occurrence


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One message that would be sent: this occurrence, through this Backend, to this address.

    ``user`` is the recipient, None for a bare address; ``backend`` is the Backend's name.

    Example: ``candidate.user is not None and candidate.user.is_active``
    """

    occurrence: Occurrence
    backend: str
    messenger: str
    address: str
    user: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """Let it through.

    Example: ``Pass()``
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppress:
    """Never send it; ``reason`` is kept, so that "why did she not get it?" has an answer.

    Example: ``Suppress(reason="She has muted this shop")``
    """

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Postpone:
    """Send it later: at ``until``, aware. ``reason`` is kept.

    Example: ``Postpone(until=tomorrow_at_eight, reason="Quiet hours")``
    """

    until: datetime
    reason: str


Verdict = Pass | Suppress | Postpone


class Gate(ABC):
    """Asked about every message before it is queued, in batches.

    Example::

        class QuietHours(Gate):
            key = "shop.quiet_hours"

            def screen(self, candidates: Sequence[Candidate]) -> Iterable[Verdict]:
                for candidate in candidates:
                    yield Pass()
    """

    key: ClassVar[str]
    label: ClassVar[Text] = ""

    @abstractmethod
    def screen(self, candidates: Sequence[Candidate]) -> Iterable[Pass | Suppress | Postpone]:
        """One verdict for each candidate, in order."""
