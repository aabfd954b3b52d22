"""Where an action leads: an address on one line, of a kind that does no harm, at a public site."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from django.urls import get_script_prefix

from dsn_core.conf import config, public_url
from dsn_core.exceptions import TemplateRefused

SITES = ("http", "https")
SCHEMES = (*SITES, "mailto", "tel")
SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.I)
WANTED = "an action leads to http://, https://, mailto:, tel: or, on this site, to /"
LONGEST_SHOWN = 20


def destination(rendered: str) -> str:
    """Where ``rendered`` leads: a full address, or a path of this site; empty if it is empty.

    What no address holds, such as blanks and line breaks, is percent-encoded in it. An address
    of which only the scheme is written (``mailto:`` somebody without a mailbox) is empty.
    Raises ``TemplateRefused`` where it leads to anything else.
    """
    url = "".join(map(_encoded, rendered.strip()))
    if not url or url.startswith("/"):
        return url
    found = SCHEME.match(url)
    if found is None:
        raise TemplateRefused(f"it names no scheme; {WANTED}.")
    scheme = found[1].lower()
    if scheme not in SCHEMES:
        raise TemplateRefused(f"it begins with {found[0][:LONGEST_SHOWN]!r}; {WANTED}.")
    if not url[found.end() :].strip("/"):
        return ""
    if scheme in SITES and not _host(url):
        raise TemplateRefused(f"it names no host after {found[0]!r}; {WANTED}.")
    return url


def full_destination(raw: str) -> str:
    """Where ``raw`` leads, as a reader elsewhere must be told: never empty, never a mere path.

    Raises ``TemplateRefused``, in words that name ``DSN["BASE_URL"]`` where only that is missing.
    """
    url = destination(raw)
    if not url:
        raise TemplateRefused(f"it leads nowhere; {WANTED}.")
    if not absolute(url):
        raise TemplateRefused(f'{url} is a path of this site; set DSN["BASE_URL"] to lead there.')
    return absolute(url)


def _encoded(sign: str) -> str:
    """``sign``, or its escapes where a reader would not see it or would take it for the end."""
    return sign if sign.isprintable() and sign != " " else quote(sign, errors="replace")


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def absolute(url: str) -> str:
    """``url``, with ``DSN["BASE_URL"]`` before a path; empty where that is not set."""
    if not url.startswith("/"):
        return url
    return public_url(url, get_script_prefix()) if config().base_url else ""
