"""Gates: those of the catalog, asked in batches about each recipient of each backend."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.utils import timezone

from dsn_core.contract.gate import Candidate, Gate, Pass, Postpone, Suppress, Verdict
from dsn_core.plugins.found import CORE
from dsn_core.states import SuppressedBy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from dsn_core.contract.occurrence import Occurrence
    from dsn_core.fanout.causes import Causes
    from dsn_core.fanout.drafts import Draft
    from dsn_core.plugins.catalog import Catalog

MOST_FAILURES = 30
"""A gate that fails so often is not asked again until the event is tried again."""


@dataclass(slots=True, kw_only=True)
class Asked:
    """One gate, None where it cannot be made, and how often it failed for this event."""

    key: str
    core: bool
    gate: Gate | None = None
    failures: int = 0

    @property
    def is_broken(self) -> bool:
        """Is it of no use to ask?"""
        return self.gate is None or self.failures >= MOST_FAILURES


@dataclass(slots=True, kw_only=True)
class Gates:
    """All gates, made once for the fan-out of one event.

    Core's own are asked first and about everybody; a plugin's only about those to whom a message
    would be sent. Whomever a failing gate says nothing about is left out until it can.
    """

    occurrence: Occurrence
    causes: Causes
    asked: list[Asked] = field(default_factory=list)

    @classmethod
    def of(cls, catalog: Catalog, occurrence: Occurrence, causes: Causes) -> Gates:
        """One instance of each gate in the catalog."""
        gates = cls(occurrence=occurrence, causes=causes)
        for key, offer in catalog.offers["gate"].items():
            asked = Asked(key=key, core=offer.distribution == CORE)
            with causes.guarded(f"gate {key!r}"):
                asked.gate = cast("type[Gate]", offer.item)()
            gates.asked.append(asked)
        return gates

    def screen(self, drafts: Iterable[Draft], *, core: bool) -> None:
        """Ask core's gates, or the plugins', about the drafts of one page and one backend."""
        batch = list(drafts)
        for asked in self.asked:
            if asked.core is core:
                batch = [d for d in batch if d.passes or (core and not d.left_out)]
                self._ask(asked, batch)

    def _ask(self, asked: Asked, drafts: Sequence[Draft]) -> None:
        """Ask about all at once; where that fails, by halves, so that one spoils only itself."""
        if not drafts:
            return
        verdicts = None if asked.is_broken else self._verdicts(asked, drafts)
        if verdicts is not None:
            for draft, verdict in zip(drafts, verdicts, strict=True):
                _apply(asked, draft, verdict)
        elif asked.is_broken or len(drafts) == 1:
            for draft in drafts:
                draft.left_out = True
        else:
            middle = len(drafts) // 2
            self._ask(asked, drafts[:middle])
            self._ask(asked, drafts[middle:])

    def _verdicts(self, asked: Asked, drafts: Sequence[Draft]) -> list[Verdict] | None:
        """One verdict for each draft, or None where the gate raised or gave something else."""
        assert asked.gate is not None
        what = f"gate {asked.key!r}"
        with self.causes.guarded(what):
            candidates = [self._candidate(draft) for draft in drafts]
            verdicts = list(islice(asked.gate.screen(candidates), len(drafts) + 1))
            if len(verdicts) == len(drafts) and all(map(_is_verdict, verdicts)):
                return verdicts
            self.causes.note(f"{what} did not give one Pass, Suppress or Postpone for each")
        asked.failures += 1
        return None

    def _candidate(self, draft: Draft) -> Candidate:
        backend = draft.route.backend
        return Candidate(
            occurrence=self.occurrence,
            backend=backend.name,
            messenger=backend.messenger,
            address=draft.address,
            user=draft.user,
        )


def _is_verdict(verdict: object) -> bool:
    if isinstance(verdict, Postpone):
        return timezone.is_aware(verdict.until)
    return isinstance(verdict, (Pass, Suppress))


def _apply(asked: Asked, draft: Draft, verdict: Verdict) -> None:
    if isinstance(verdict, Suppress):
        reason = str(verdict.reason)
        if asked.core and reason in SuppressedBy.values:
            draft.suppress(reason)
        else:
            draft.suppress(SuppressedBy.GATE, f"{asked.key}: {reason}")
    elif isinstance(verdict, Postpone):
        _postpone(draft, verdict.until, f"{asked.key}: {verdict.reason}")


def _postpone(draft: Draft, until: datetime, reason: str) -> None:
    """Keep the latest of several."""
    until = until if settings.USE_TZ else timezone.make_naive(until)
    if draft.until is None or until > draft.until:
        draft.until, draft.reason = until, reason
