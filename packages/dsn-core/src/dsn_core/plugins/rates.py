"""How fast each account may send: what settings say, or else its messenger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dsn_core.contract.messenger import Messenger
from dsn_core.exceptions import InvalidSetting, InvalidValues
from dsn_core.plugins.accounts import account_names, account_rate, says_rate, with_account
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.complaints import RATE

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS: Mapping[str, float] = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86_400.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most ``count`` messages in any ``period`` seconds."""

    count: int
    period: float
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How fast one account may send.

    ``per_address`` holds for every address, unless there is a ``sample``: a messenger that is
    asked about each.
    """

    whole: Rate | None = None
    per_address: Rate | None = None
    sample: Messenger | None = None

    @property
    def any_at_all(self) -> bool:
        """Is there anything to keep to?"""
        return self.whole is not None or self.counts_addresses

    @property
    def counts_addresses(self) -> bool:
        """May an address have a limit of its own?"""
        return self.per_address is not None or self.sample is not None

    def of(self, address: str) -> Rate | None:
        """The limit of this address; blank stands for everybody, and has none."""
        if not address:
            return None
        if self.sample is None:
            return self.per_address
        try:
            return read_rate(self.sample.address_rate(address))
        except (Exception, SystemExit):  # noqa: BLE001  # a plugin's code
            return self.per_address


def read_rate(value: object) -> Rate | None:
    """``"30/second"`` as a ``Rate``; None where it is none."""
    if not isinstance(value, str) or not RATE.fullmatch(value):
        return None
    count, _, period = value.partition("/")
    return Rate(count=int(count), period=SECONDS[period], text=value)


def limits() -> Mapping[tuple[str, str], Limits]:
    """The accounts that have any, by their messenger's key and their name."""
    found: dict[tuple[str, str], Limits] = {}
    for key in catalog().offers["messenger"]:
        messenger = catalog().messenger(key)
        for name in account_names(messenger):
            if _may_have_any(messenger, name):
                found[key, name] = limits_of(messenger, name)
    return {account: limits for account, limits in found.items() if limits.any_at_all}


def _may_have_any(messenger: type[Messenger], name: str) -> bool:
    own = (messenger.rate, messenger.rate_per_address)
    return any(own) or _has_own_rule(messenger) or says_rate(messenger, name)


def _has_own_rule(messenger: type[Messenger]) -> bool:
    return messenger.address_rate is not Messenger.address_rate


def limits_of(messenger: type[Messenger], name: str) -> Limits:
    """What one account must keep to. What is malformed in settings counts as not said."""
    is_said = says_rate(messenger, name, "rate_per_address")
    return Limits(
        whole=_rate(messenger, name, "rate"),
        per_address=_rate(messenger, name, "rate_per_address"),
        sample=None if is_said or not _has_own_rule(messenger) else _sample(messenger, name),
    )


def _rate(messenger: type[Messenger], name: str, which: str) -> Rate | None:
    try:
        return read_rate(account_rate(messenger, name, which))
    except (InvalidSetting, InvalidValues):
        return read_rate(getattr(messenger, which))


def _sample(messenger: type[Messenger], name: str) -> Messenger | None:
    """One to be asked; None where it cannot be made, so that its deliveries will be held."""
    try:
        return with_account(messenger, name)
    except (Exception, SystemExit):  # noqa: BLE001  # a plugin's code
        return None
