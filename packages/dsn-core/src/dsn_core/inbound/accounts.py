"""The messenger that an inbound request or a poll is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dsn_core.exceptions import InvalidFields, InvalidSetting, InvalidValues
from dsn_core.plugins.accounts import account_names, with_account
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.scrubbing import Scrubber

if TYPE_CHECKING:
    from dsn_core.contract.messenger import Messenger

UNUSABLE = (InvalidSetting, InvalidValues, InvalidFields)
"""What says that an account cannot be used as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One account of one messenger, from which reports come."""

    messenger: Messenger
    scrubber: Scrubber

    @property
    def key(self) -> str:
        """The messenger's key."""
        return self.messenger.key

    @property
    def account(self) -> str:
        """The account's name."""
        return self.messenger.account_name


def source_of(key: str, name: str) -> Source | None:
    """A messenger of its own for this account; None where there is no such account.

    Raises one of ``UNUSABLE`` where its settings, or what it declares of them, are wrong.
    """
    if key not in catalog().offers["messenger"]:
        return None
    messenger = catalog().messenger(key)
    if name not in account_names(messenger):
        return None
    made = with_account(messenger, name)
    return Source(messenger=made, scrubber=Scrubber(made.account))


def accounts_with(method: str) -> list[tuple[str, str]]:
    """Messenger and account of every account whose messenger has its own ``method``."""
    keys = sorted(catalog().offers["messenger"])
    messengers = [catalog().messenger(key) for key in keys]
    return [
        (messenger.key, name)
        for messenger in messengers
        if is_own(messenger, method)
        for name in _names(messenger)
    ]


def is_own(messenger: type[Messenger], method: str) -> bool:
    """Does the messenger write this method itself, where the contract's own does nothing?"""
    holder: object = next(vars(cls)[method] for cls in messenger.__mro__ if method in vars(cls))
    return getattr(holder, "__module__", "") != "dsn_core.contract.messenger"


def _names(messenger: type[Messenger]) -> tuple[str, ...]:
    try:
        return account_names(messenger)
    except UNUSABLE:
        return ()
