"""The contract of a gate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from dsn_core.contract.gate import Pass, Postpone, Suppress
from dsn_core.plugins.complaints import complaints
from dsn_core.testing.contracts.faults import demand, does_not_apply, fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsn_core.contract.gate import Candidate, Gate, Verdict


class GateContract:
    """Subclass it, and say about whom the gate is asked.

    Example::

        class TestQuietHours(GateContract):
            gate = QuietHours

            def candidates(self):
                return [Candidate(occurrence=…, backend="Mail", messenger="email", address="a@b.c")]
    """

    gate: ClassVar[type[Gate]]

    def candidates(self) -> Sequence[Candidate]:
        """Some messages: at least two, and better such as are answered differently."""
        raise NotImplementedError

    def test_it_fulfils_the_contract(self) -> None:
        found = list(complaints("gate", self.gate, core=False))
        demand(not found, f"{self._name} {'; '.join(found)}.", "gates")

    def test_each_candidate_is_given_one_verdict(self) -> None:
        self._verdicts(self._candidates())

    def test_verdicts_come_in_the_order_of_the_candidates(self) -> None:
        candidates = self._candidates()
        alone = [self._verdicts([one])[0] for one in candidates]
        together = self._verdicts(candidates)
        demand(
            together == alone,
            f"Asked about all at once {self._name} gave {together!r}, one by one {alone!r}: the "
            "verdict on one must not depend on who stands beside it.",
            "gates",
        )
        backwards = self._verdicts(candidates[::-1])[::-1]
        demand(
            backwards == together,
            f"In another order {self._name} gave {backwards!r}, not {together!r}.",
            "gates",
        )

    def test_nobody_is_no_mistake(self) -> None:
        demand(not self._verdicts([]), f"{self._name} gave a verdict on nobody.", "gates")

    def test_a_bare_address_is_no_mistake(self) -> None:
        self._verdicts([replace(one, user=None) for one in self._candidates()])

    def test_whoever_is_not_told_has_a_reason(self) -> None:
        kept = [one for one in self._verdicts(self._candidates()) if not isinstance(one, Pass)]
        if not kept:
            does_not_apply("Each of the candidates passes.")
        for verdict in kept:
            demand(
                verdict.reason.strip(),
                f"{verdict!r} has no reason: nobody could say why she was not told.",
                "gates",
            )

    def test_a_moment_has_its_time_zone(self) -> None:
        for verdict in self._verdicts(self._candidates()):
            if isinstance(verdict, Postpone):
                demand(
                    verdict.until.tzinfo is not None,
                    f"{verdict!r} has a naive moment; core asks for an aware one.",
                    "gates",
                )

    @property
    def _name(self) -> str:
        return self.gate.__qualname__

    def _candidates(self) -> Sequence[Candidate]:
        found = self.candidates()
        demand(len(found) > 1, f"{type(self).__name__}.candidates() must give two or more.", "use")
        return found

    def _verdicts(self, candidates: Sequence[Candidate]) -> list[Verdict]:
        try:
            found = list(self.gate().screen(candidates))
        except Exception as error:  # noqa: BLE001  # a plugin's code
            fault(f"{self._name} raised {type(error).__name__}: {error}. They wait then.", "gates")
        given: list[object] = list(found)
        wrong = [one for one in given if not isinstance(one, (Pass, Postpone, Suppress))]
        demand(not wrong, f"{self._name} gave {wrong!r}, which is no verdict.", "gates")
        demand(
            len(found) == len(candidates),
            f"{self._name} gave {len(found)} verdicts on {len(candidates)} candidates.",
            "gates",
        )
        return found
