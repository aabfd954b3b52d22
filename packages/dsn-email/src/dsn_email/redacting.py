"""Keeping passwords and tokens out of what is stored and shown."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping

SECRET_NAME = re.compile(r"pass|secret|token|key|auth|credential", re.IGNORECASE)
IN_URL = re.compile(r"(?<=://)[^/\s@]+@")
IN_HEADER = re.compile(r"(?i)\b(basic|bearer|plain|login|xoauth2)\s+[\w+/=.~-]{12,}")
LONGEST = 500
SHORTEST = 3


def find_secrets(values: Mapping[str, object]) -> Iterator[str]:
    """The texts in ``values`` whose names say that they are secret."""
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from find_secrets(value)
        elif isinstance(value, str) and SECRET_NAME.search(name) and not name.endswith("file"):
            yield value


def redact(text: str, secrets: frozenset[str], user: str = "") -> str:
    """``text`` on one line, cut to 500 characters, with every form of ``secrets`` struck out."""
    for form in sorted(_forms(secrets, user), key=len, reverse=True):
        text = text.replace(form, "***")
    text = IN_HEADER.sub(r"\1 ***", IN_URL.sub("***@", text))
    return " ".join(text.split())[:LONGEST]


def _forms(secrets: frozenset[str], user: str) -> Iterator[str]:
    """Each secret as it is, and as it stands in SMTP's AUTH and in HTTP's basic authorization."""
    for secret in secrets:
        if len(secret) < SHORTEST:
            continue
        yield secret
        for whole in (secret, f"\0{user}\0{secret}", f"{user}:{secret}"):
            yield b64encode(whole.encode()).decode()
