"""What a service or a messenger said, fit to be stored: no secret in it, and not too long."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from dsn_core.plugins.values import describe

if TYPE_CHECKING:
    from dsn_core.contract.fields import Fields

HIDDEN = "[secret]"
SHORTEST_SECRET = 4
"""A shorter one would be found in every second word."""
PLACES = frozenset({"host", "port"})
"""Options by these names say where a service is: who mends it must read that in the reason."""
LONGEST_REASON = 2_000
LONGEST_CODE = 100
LONGEST_ID = 255
LONGEST_DETAIL = 16_384


class Scrubber:
    """Takes the secrets of one account out of texts."""

    __slots__ = ("_secrets",)

    def __init__(self, account: Fields) -> None:
        self._secrets = spellings(account)

    def text(self, raw: object, longest: int = LONGEST_REASON) -> str:
        """``raw`` as a text that every database takes."""
        try:
            text = str(raw)
        except Exception:  # noqa: BLE001  # a plugin's own ``__str__``
            text = f"<{type(raw).__name__}>"
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return storable(text)[:longest]

    def detail(self, raw: object) -> dict[str, object]:
        """``raw`` as JSON; empty where it is no mapping, or too long."""
        if not isinstance(raw, Mapping) or not raw:
            return {}
        try:
            text = json.dumps(self._json(raw), default=self.text, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            return {}
        cleaned = json.loads(text) if len(text) <= LONGEST_DETAIL else {}
        return cleaned if isinstance(cleaned, dict) else {}

    def _json(self, value: object) -> object:
        if isinstance(value, str):
            return self.text(value, LONGEST_DETAIL)
        if isinstance(value, Mapping):
            return {self.text(key): self._json(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._json(item) for item in value]
        return value


def storable(text: str) -> str:
    """``text`` without what PostgreSQL refuses: NUL, and half a surrogate pair."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def spellings(account: Fields) -> tuple[str, ...]:
    """Every secret as it is, and as a URL holds it; the longest first."""
    found: set[str] = set()
    for secret in _secrets(account):
        if len(secret) >= SHORTEST_SECRET:
            found |= {secret, quote(secret, safe=""), quote_plus(secret)}
    return tuple(sorted(found, key=len, reverse=True))


def _secrets(account: Fields) -> Iterator[str]:
    for spec in describe(type(account)):
        if spec.info.secret:
            yield from _texts_in(getattr(account, spec.name))


def _texts_in(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name not in PLACES:
                yield from _texts_in(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts_in(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
