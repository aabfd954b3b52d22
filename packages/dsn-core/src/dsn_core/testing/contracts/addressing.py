"""Proofs: an address has one spelling, and what cannot be one is refused in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core.contract.messenger import Audience
from dsn_core.exceptions import InvalidAddress
from dsn_core.testing.contracts.faults import demand, does_not_apply, fault
from dsn_core.testing.contracts.proving import Proof

if TYPE_CHECKING:
    from dsn_core.testing.contracts.stage import Server


class Addressing(Proof):
    """What is about addresses."""

    def test_an_address_has_one_spelling(self, server: Server) -> None:
        self._needs_addresses()
        one = self.made(server)
        for raw, wanted in {**{each: each for each in self.addresses}, **self.spellings}.items():
            found = one.normalize_address(raw)
            demand(
                found == wanted,
                f"normalize_address({raw!r}) gave {found!r}, not {wanted!r}.",
                "addresses",
            )
            demand(
                one.normalize_address(found) == found,
                f"{found!r}, which normalize_address gave, is not left as it is by it.",
                "addresses",
            )

    def test_what_is_no_address_is_refused_in_words(self, server: Server) -> None:
        self._needs_addresses()
        if not self.not_addresses:
            does_not_apply("Any text is an address.")
        one = self.made(server)
        for raw in self.not_addresses:
            try:
                found = one.normalize_address(raw)
            except InvalidAddress as error:
                demand(str(error).strip(), f"InvalidAddress for {raw!r} says nothing.", "addresses")
            except Exception as error:  # noqa: BLE001  # a plugin's code
                fault(
                    f"normalize_address({raw!r}) raised {type(error).__name__} instead of "
                    "InvalidAddress.",
                    "addresses",
                )
            else:
                fault(f"normalize_address({raw!r}) took it, and gave {found!r}.", "addresses")

    def _needs_addresses(self) -> None:
        if self.messenger.audience is Audience.PUBLIC:
            does_not_apply("A public messenger has no addresses.")
        demand(
            len(set(self.addresses)) >= 3,
            f"{type(self).__name__} must name three addresses that its service knows.",
            "use",
        )
