"""``settings.DSN``: its raw values, checked and defaulted, read again whenever they change."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Literal, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.core.signals import setting_changed

from dsn_core.exceptions import InvalidSetting

Accounts = Mapping[str, Mapping[str, object]]

INLINE = "dsn_core.engines.inline.InlineEngine"
WORKER = "dsn_core.engines.worker.WorkerEngine"
ACCOUNTS_FIRST = 'The accounts\' names come first: {"default": {…}}.'


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """``settings.DSN`` with every default filled in. Field names are the keys in lower case."""

    engine: str = INLINE
    messengers: Mapping[str, Accounts] = field(default_factory=dict, repr=False)
    addresses: Mapping[str, str] = field(default_factory=dict)
    user_language: str = ""
    user_timezone: str = ""
    base_url: str = ""
    disabled_plugins: frozenset[str] = frozenset()
    capture_errors: Literal["log", "raise"] = "log"
    atomic_saves: bool = False
    refresh_seconds: float | None = 1.0
    lease_seconds: float = 60.0
    max_attempts: int = 8


def normalize_distribution(name: str) -> str:
    """The name of a distribution as package indexes compare it: ``DSN_Sms`` is ``dsn-sms``."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _refuse(path: str, value: object, wanted: str) -> InvalidSetting:
    return InvalidSetting(f"{path} is of type {type(value).__name__}; it must be {wanted}.")


def _text(path: str, value: object) -> str:
    if not isinstance(value, str):
        raise _refuse(path, value, "a str")
    return value


def _flag(path: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise _refuse(path, value, "True or False")
    return value


def _mapping(path: str, value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise _refuse(path, value, "a dict")
    for key in value:
        _text(f"a key of {path}", key)
    return value


def _messengers(path: str, value: object) -> Mapping[str, Accounts]:
    for key, accounts in _mapping(path, value).items():
        for name, account in _mapping(f'{path}["{key}"]', accounts).items():
            _account(f'{path}["{key}"]["{name}"]', account)
    return cast("Mapping[str, Accounts]", value)


def _account(path: str, value: object) -> None:
    if not isinstance(value, Mapping):
        raise InvalidSetting(f"{_refuse(path, value, 'a dict')} {ACCOUNTS_FIRST}")
    _mapping(path, value)


def _addresses(path: str, value: object) -> Mapping[str, str]:
    return {
        key: _text(f'{path}["{key}"]', attribute)
        for key, attribute in _mapping(path, value).items()
    }


def _distributions(path: str, value: object) -> frozenset[str]:
    if isinstance(value, str) or not isinstance(value, (list, tuple, set, frozenset)):
        raise _refuse(path, value, "a list of distributions' names")
    return frozenset(normalize_distribution(_text(f"an item of {path}", name)) for name in value)


def _capture_errors(path: str, value: object) -> Literal["log", "raise"]:
    if value == "log":
        return "log"
    if value == "raise":
        return "raise"
    raise InvalidSetting(f'{path} is {value!r}; it must be "log" or "raise".')


def _base_url(path: str, value: object) -> str:
    url = _text(path, value).rstrip("/")
    if url and not url.startswith(("http://", "https://")):
        raise InvalidSetting(f"{path} is {url!r}; it must begin with https:// or http://.")
    return url


def _seconds(path: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        raise InvalidSetting(f"{path} is {value!r}; it must be a number of seconds above 0.")
    return float(value)


def _refresh_seconds(path: str, value: object) -> float | None:
    return None if value is None else _seconds(path, value)


def _attempts(path: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise InvalidSetting(f"{path} is {value!r}; it must be a whole number from 1.")
    return value


READERS: Mapping[str, Callable[[str, object], object]] = {
    "engine": _text,
    "messengers": _messengers,
    "addresses": _addresses,
    "user_language": _text,
    "user_timezone": _text,
    "base_url": _base_url,
    "disabled_plugins": _distributions,
    "capture_errors": _capture_errors,
    "atomic_saves": _flag,
    "refresh_seconds": _refresh_seconds,
    "lease_seconds": _seconds,
    "max_attempts": _attempts,
}


def read_config(raw: object) -> Config:
    """Check and default the dict in ``raw``.

    Raises ``InvalidSetting``, whose message begins with the path of what is wrong.
    """
    known = {item.name.upper(): item.name for item in fields(Config)}
    values: dict[str, object] = {}
    for key, value in _mapping("DSN", raw).items():
        if key not in known:
            raise InvalidSetting(f'DSN["{key}"] is unknown; known are {", ".join(known)}.')
        values[known[key]] = READERS[known[key]](f'DSN["{key}"]', value)
    return Config(**values)  # type: ignore[arg-type]  # each reader returns its field's type


@cache
def config() -> Config:
    """``settings.DSN`` as it is now. Raises ``InvalidSetting``."""
    return read_config(getattr(settings, "DSN", {}))


def public_url(path: str, prefix: str = "") -> str:
    """``path`` at the site's public address. A ``prefix`` that both begin with stands there once.

    Under a prefix (``SCRIPT_NAME``) Django's own paths begin with it, and so does the path of
    ``DSN["BASE_URL"]``; a process that serves nothing does not know it.
    """
    base, prefix = config().base_url, prefix.rstrip("/")
    if prefix and path.startswith(f"{prefix}/") and urlsplit(base).path.endswith(prefix):
        return base + path.removeprefix(prefix)
    return base + path


def _forget(**_: object) -> None:
    config.cache_clear()


setting_changed.connect(_forget, dispatch_uid="dsn.conf")
