"""The address of somebody on X: a user ID, which stays when the @name changes."""

from __future__ import annotations

import re

from dsn_core import InvalidAddress

USER_ID = re.compile(r"[1-9][0-9]{0,18}")


def normalize(raw: str) -> str:
    """The one way to write the user ID ``raw``. Raises ``InvalidAddress`` with the way out."""
    address = raw.strip()
    if USER_ID.fullmatch(address):
        return address
    if address.startswith("@"):
        raise InvalidAddress(
            f"{raw!r} is a name, which its owner may change; X wants the user's ID, a number of up "
            "to 19 digits, which GET /2/users/by/username/… tells"
        )
    if address.startswith("0") and address.isdigit():
        raise InvalidAddress(
            f"{raw!r} begins with 0, as a telephone number does and no user ID on X; "
            "GET /2/users/by/username/… tells the ID of an @name"
        )
    raise InvalidAddress(f"{raw!r} is not the ID of a user on X, a number of up to 19 digits")
