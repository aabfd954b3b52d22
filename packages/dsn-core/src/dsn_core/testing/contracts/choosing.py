"""Proofs: options can be drawn, read back and sent with, and what does not fit is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core.exceptions import InvalidValues
from dsn_core.plugins.values import build, describe
from dsn_core.testing.contracts.alone import alone, end_of
from dsn_core.testing.contracts.faults import demand, does_not_apply, fault
from dsn_core.testing.contracts.proving import Proof
from dsn_core.testing.contracts.results import Raised

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsn_core.plugins.values import FieldSpec, Kind
    from dsn_core.testing.contracts.stage import Server

NOT_FITTING: Mapping[Kind, object] = {
    "str": 7,
    "int": "many",
    "float": "much",
    "decimal": "much",
    "bool": "perhaps",
    "choice": "what nobody offers",
    "texts": 7,
}
"""For each kind of option, what a row of the database may hold and must not be sent with."""


class Choosing(Proof):
    """What is about a Backend's options."""

    def test_its_options_can_be_drawn_and_read(self) -> None:
        done = alone(self.messenger)
        demand(
            not done.returncode,
            f"The options of {self.name} cannot be shown in a form, or what the form sends back "
            f"is not what was shown:\n{end_of(done.stderr)}",
            "options",
        )

    def test_an_option_that_does_not_fit_is_refused(self) -> None:
        for spec in self._specs_or_skip():
            stored = {spec.name: NOT_FITTING[spec.kind]}
            try:
                upgraded = self.messenger.upgrade_options(stored)
                found = build(self.messenger.options_type, upgraded, path="options", ignore=True)
            except InvalidValues:
                continue
            except Exception as error:  # noqa: BLE001  # a plugin's code
                fault(
                    f"Stored options {stored!r} {Raised(error)!r}. "
                    "upgrade_options() only renames; core refuses what does not fit, in words.",
                    "options",
                )
            fault(
                f"Stored options {stored!r} became {found!r}: {self.name} would send otherwise "
                "than somebody chose. upgrade_options() must leave what does not fit to core.",
                "options",
            )

    def test_what_may_be_chosen_can_be_sent_with(self, server: Server) -> None:
        for spec in self._specs_or_skip():
            for chosen in _choices(spec):
                one = self.made(server, options={spec.name: chosen})
                (given, *_) = self.results(server, self.envelope(), messenger=one) or [None]
                if isinstance(given, Raised):
                    fault(f"With {spec.name}={chosen!r} {self.name} {given!r}.", "options")

    def test_options_of_an_older_version_are_understood(self) -> None:
        stored: dict[str, object] = {"of_another_version": 1}
        found = self.messenger.upgrade_options(stored)
        demand(
            found.get("of_another_version") == 1,
            f"upgrade_options() lost an option that it does not know: {dict(found)!r}.",
            "options",
        )

    def _specs_or_skip(self) -> tuple[FieldSpec, ...]:
        specs = describe(self.messenger.options_type)
        if not specs:
            does_not_apply("The messenger has no options.")
        return specs


def _choices(spec: FieldSpec) -> Iterator[object]:
    """All that a form offers for the option."""
    yield from spec.choices
    if spec.kind == "bool":
        yield from (True, False)
    if spec.optional:
        yield None
