"""E-mail addresses: what is one, and the one way to write it."""

from __future__ import annotations

import unicodedata
from email.utils import getaddresses
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from dsn_core import InvalidAddress

LINE_BREAKS = "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029\0"
"""What would end a header's line, for one reader of mail or another."""


def is_one_line(text: str) -> bool:
    """Can ``text`` stand in a header without beginning another one?"""
    return not any(mark in text for mark in LINE_BREAKS)


def normalize(raw: str) -> str:
    """The one way to write the address ``raw``. Raises ``InvalidAddress`` naming the fault."""
    address = raw.strip()
    if not is_one_line(address):
        raise InvalidAddress(f"{raw!r} contains a line break")
    local, at, domain = address.rpartition("@")
    if not at:
        raise InvalidAddress(f"{raw!r} has no @")
    if not local or not domain:
        raise InvalidAddress(f"{raw!r} has nothing {'after' if local else 'before'} its @")
    if not local.isascii():
        raise InvalidAddress(
            f"{raw!r} has other letters than ASCII before its @, which Django cannot send to"
        )
    normal = f"{local}@{ascii_domain(domain)}"
    try:
        validate_email(normal)
    except ValidationError:
        raise InvalidAddress(f"{raw!r} is not an e-mail address") from None
    return normal


def ascii_domain(domain: str) -> str:
    """``domain`` in lower case and in ASCII ("xn--…"). Raises ``InvalidAddress``.

    Python and Django know IDNA 2003 only, in which a few letters stand for others: "straße.de"
    would become "strasse.de", a stranger's domain. Such a domain is refused, not guessed at.
    """
    lowered = domain.lower()
    if lowered.isascii():
        return lowered
    try:
        encoded = lowered.encode("idna")
        decoded = encoded.decode("idna")
    except UnicodeError:
        raise InvalidAddress(f"{domain!r} is not a domain name") from None
    if decoded != unicodedata.normalize("NFKC", lowered):
        raise InvalidAddress(
            f"{domain!r} has a letter that IDNA 2003 and 2008 write differently; "
            "write the domain in ASCII, as 'xn--…'"
        )
    return encoded.decode("ascii")


@lru_cache(maxsize=256)  # a sender is read for each of its messages, and more than once
def bare_address(text: str) -> str:
    """The address in ``text``, which may be 'The shop <shop@example.org>'.

    Raises ``InvalidAddress`` where it is not exactly one.
    """
    if not is_one_line(text):
        raise InvalidAddress(f"{text!r} contains a line break")
    found = getaddresses([text])
    if len(found) != 1:
        raise InvalidAddress(f"{text!r} is not one address; a name with a comma needs quotes")
    return normalize(found[0][1])
