"""Which way a delivery goes: a messenger, an account of it, and the options of a backend."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dsn_core.contract.fields import Fields
    from dsn_core.contract.message import Envelope
    from dsn_core.contract.messenger import Messenger
    from dsn_core.models import Backend, Delivery
    from dsn_core.plugins.scrubbing import Scrubber


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Route:
    """One messenger with one account and one set of options. Compared by identity."""

    messenger: type[Messenger]
    account_name: str
    account: Fields
    options: Fields
    scrubber: Scrubber = field(repr=False)

    def make(self) -> Messenger:
        """A new instance: each thread needs its own."""
        return self.messenger(
            account=self.account, options=self.options, account_name=self.account_name
        )

    @property
    def account_key(self) -> tuple[str, str]:
        """The messenger's key and the account's name."""
        return self.messenger.key, self.account_name

    def leads_like(self, other: Route) -> bool:
        """Do both use the same messenger, account and options?"""
        mine = (self.messenger, self.account_name, self.options)
        return mine == (other.messenger, other.account_name, other.options)

    @property
    def sends_one_by_one(self) -> bool:
        """Is ``send_many`` the contract's own loop, so that what it has not reached is unsent?"""
        loop: object = next(
            vars(cls)["send_many"] for cls in self.messenger.__mro__ if "send_many" in vars(cls)
        )
        return getattr(loop, "__module__", "") == "dsn_core.contract.messenger"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """An envelope, the row it was made of, and the way it goes."""

    delivery: Delivery
    backend: Backend
    envelope: Envelope
    route: Route
