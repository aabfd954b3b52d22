"""The accounts of ``settings.DSN["MESSENGERS"]`` as values of each messenger's ``Account``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.crypto import salted_hmac

from dsn_core.conf import config
from dsn_core.exceptions import InvalidSetting, InvalidValues
from dsn_core.plugins.complaints import RATE
from dsn_core.plugins.values import build, describe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dsn_core.contract.fields import Fields
    from dsn_core.contract.messenger import Messenger

CORE_NAMES = ("rate", "rate_per_address")
"""What core itself reads from an account's mapping."""


def account_names(messenger: type[Messenger]) -> tuple[str, ...]:
    """The accounts that settings name; ``default`` also where none is needed."""
    names = tuple(config().messengers.get(messenger.key, {}))
    if "default" in names or any(spec.required for spec in describe(messenger.account_type)):
        return names
    return ("default", *names)


def account_path(key: str, name: str) -> str:
    """Where the account stands in settings, as complaints write it."""
    return f'DSN["MESSENGERS"]["{key}"]["{name}"]'


def _raw(messenger: type[Messenger], name: str) -> Mapping[str, object]:
    accounts = config().messengers.get(messenger.key, {})
    if name not in accounts and name not in account_names(messenger):
        raise InvalidValues(f"{account_path(messenger.key, name)} is missing from settings.")
    return accounts.get(name, {})


def account(messenger: type[Messenger], name: str) -> Fields:
    """The values of one account. Raises ``InvalidValues``, with the path of what is wrong."""
    raw = _raw(messenger, name)
    own = {
        key: value
        for key, value in raw.items()
        if key not in CORE_NAMES or _declares(messenger, key)
    }
    return build(messenger.account_type, own, path=account_path(messenger.key, name))


def with_account(messenger: type[Messenger], name: str) -> Messenger:
    """One with this account, and options as they are by default. Raises as ``account`` does."""
    values, options = account(messenger, name), messenger.options_type()
    return messenger(account=values, options=options, account_name=name)


def _declares(messenger: type[Messenger], name: str) -> bool:
    return any(spec.name == name for spec in describe(messenger.account_type))


def account_rate(messenger: type[Messenger], name: str, which: str = "rate") -> str | None:
    """The account's own ``rate`` or ``rate_per_address``, or else the messenger's.

    Raises ``InvalidSetting``.
    """
    default: str | None = getattr(messenger, which)
    value = _raw(messenger, name).get(which, default)
    if value is None or (isinstance(value, str) and RATE.fullmatch(value)):
        return value
    path = account_path(messenger.key, name)
    raise InvalidSetting(f'{path}["{which}"] is {value!r}; it must look like "30/second".')


def says_rate(messenger: type[Messenger], name: str, *which: str) -> bool:
    """Do settings say a rate of this account, be it well or badly formed?"""
    raw = config().messengers.get(messenger.key, {}).get(name, {})
    return any(one in raw for one in which or CORE_NAMES)


def fingerprint(messenger: str, name: str) -> str:
    """A keyed hash of the account's settings, by which a change of them is noticed."""
    raw = config().messengers.get(messenger, {}).get(name, {})
    text = repr(sorted((key, repr(value)) for key, value in raw.items()))
    return salted_hmac("dsn_core.account", text, algorithm="sha256").hexdigest()
