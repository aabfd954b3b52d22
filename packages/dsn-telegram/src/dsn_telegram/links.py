"""Which addresses Telegram takes for a link or a button."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

UNFIT = re.compile(r"[\x00-\x20\x7f]")


def is_fit(url: str) -> bool:
    """Would Telegram take ``url`` for a button?

    It takes http, https and tg addresses; a host must have a dot, so that ``localhost`` is refused
    ("Wrong HTTP URL"). Addresses of this very machine lead nowhere from a phone either.
    """
    if UNFIT.search(url):
        return False
    try:
        split = urlsplit(url)
        host = (split.hostname or "").rstrip(".")
        _ = split.port
    except ValueError:
        return False
    if split.scheme == "tg":
        return bool(host)
    return split.scheme in {"http", "https"} and _is_public(host)


def _is_public(host: str) -> bool:
    if "." not in host or host.startswith(".") or host.endswith(".localhost"):
        return False
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return True
