"""OAuth 1.0a as a server reads it: whose request is it, and did she sign it? RFC 5849."""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PARAMETER = re.compile(r'\s*([^=\s]+)="([^"]*)"\s*')


def read_header(header: str) -> dict[str, str]:
    """The parameters of an ``Authorization`` header; empty where it is not OAuth's."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() != "oauth":
        return {}
    found = (PARAMETER.fullmatch(part) for part in rest.split(","))
    return {unquote(each[1]): unquote(each[2]) for each in found if each}


def sign(
    method: str, url: str, parameters: Iterable[tuple[str, str]], secrets: tuple[str, str]
) -> str:
    """The HMAC-SHA1 signature of a request whose body is no form.

    ``url`` has no query; ``parameters`` are those of the query and the header; ``secrets`` those
    of the consumer and of the token.
    """
    pairs = sorted((_quoted(name), _quoted(value)) for name, value in parameters)
    listed = "&".join(f"{name}={value}" for name, value in pairs)
    base = "&".join(map(_quoted, (method.upper(), url, listed)))
    key = "&".join(map(_quoted, secrets))
    return b64encode(hmac.digest(key.encode(), base.encode(), "sha1")).decode()


def is_signed(
    header: Mapping[str, str],
    method: str,
    url: str,
    query: Iterable[tuple[str, str]],
    secrets: tuple[str, str],
) -> bool:
    """Does the signature in ``header`` belong to this request?"""
    own = [pair for pair in header.items() if pair[0] not in ("oauth_signature", "realm")]
    expected = sign(method, url, [*own, *query], secrets)
    return header.get("oauth_signature_method") == "HMAC-SHA1" and hmac.compare_digest(
        header.get("oauth_signature", "").encode(), expected.encode()
    )


def _quoted(text: str) -> str:
    return quote(text, safe="-._~")
