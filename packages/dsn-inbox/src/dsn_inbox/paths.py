"""Addresses of this very site as its paths, which forms may lead to and which survive a move."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings


def here(url: str) -> str:
    """``url`` as a path where it lies under ``settings.DSN["BASE_URL"]``; else as it is.

    Before it sends, DSN makes full addresses of a template's paths; here they come back.
    """
    base = _base_url()
    if not base or not f"{url}/".startswith(f"{base}/"):
        return url
    # Under a prefix, Django's own paths begin with it too.
    path = (urlsplit(base).path + url.removeprefix(base)) or "/"
    # A browser takes two slashes for the beginning of another host.
    return url if path.startswith("//") else path


def _base_url() -> str:
    given = getattr(settings, "DSN", None)
    base = given.get("BASE_URL") if isinstance(given, Mapping) else None
    return base.rstrip("/") if isinstance(base, str) else ""
