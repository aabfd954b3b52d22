"""Accounts that can be used in a test, whether or not settings name them, and fast ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dsn_core.exceptions import InvalidValues
from dsn_core.plugins.accounts import CORE_NAMES
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.values import convert, describe

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dsn_core.conf import Accounts
    from dsn_core.contract.messenger import Messenger
    from dsn_core.plugins.values import FieldSpec, Kind

STAND_IN = "dsn-stand-in"
STAND_INS: Mapping[Kind, object] = {
    "str": STAND_IN,
    "int": 0,
    "float": 0.0,
    "decimal": 0,
    "bool": False,
    "texts": (),
    "mapping": {},
}


class UsableAccounts(Mapping[str, "Accounts"]):
    """The accounts of settings and those that backends name, by their messenger's key.

    What an account lacks is stood in for, and what says how fast it may send is left out. It is
    made at each use, so that settings can be read before it is known what is installed.
    """

    def __init__(self, said: Mapping[str, Accounts], used: Collection[tuple[str, str]]) -> None:
        """``said`` by settings; ``used`` by backends: keys of messengers and names."""
        self._said = said
        self._used = used

    def __getitem__(self, key: str) -> Accounts:
        said = self._said.get(key, {})
        if key not in catalog().offers["messenger"]:
            return self._said[key]
        messenger = catalog().messenger(key)
        names = [*said, *sorted(name for used, name in self._used if used == key)]
        return {name: completed(messenger, said.get(name, {})) for name in names or ["default"]}

    def __iter__(self) -> Iterator[str]:
        return iter({**self._said, **catalog().offers["messenger"]})

    def __len__(self) -> int:
        return len(list(iter(self)))


def completed(messenger: type[Messenger], said: Mapping[str, object]) -> dict[str, object]:
    """``said`` of an account, with a stand-in for whatever required value does not fit."""
    values: dict[str, object] = {}
    for spec in describe(messenger.account_type):
        if spec.name not in CORE_NAMES and spec.name in said and _fits(spec, said[spec.name]):
            values[spec.name] = said[spec.name]
        elif spec.required:
            values[spec.name] = _stand_in(spec)
    return values


def _fits(spec: FieldSpec, value: object) -> bool:
    try:
        convert(spec, value, path="")
    except InvalidValues:
        return False
    return True


def _stand_in(spec: FieldSpec) -> object:
    if spec.optional:
        return None
    return next(iter(spec.choices)) if spec.kind == "choice" else STAND_INS[spec.kind]
