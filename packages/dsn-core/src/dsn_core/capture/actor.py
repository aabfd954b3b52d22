"""Who does it: the user of the request that is being served in this thread or task."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from dsn_core.models.payload import unwrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.http import HttpRequest

_request: ContextVar[HttpRequest | None] = ContextVar("dsn_request", default=None)


@contextmanager
def acting(request: HttpRequest) -> Iterator[None]:
    """Within it, whoever sends ``request`` is the actor of what is captured."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def actor_of(values: Mapping[str, object]) -> object:
    """The signal's ``actor_object`` or ``actor``, else the user of the request, else None.

    Django's own login and logout name the person as ``user``.
    """
    for name in ("actor_object", "actor"):
        if values.get(name) is not None:
            return unwrapped(values[name])
    if "request" in values and values.get("user") is not None:
        return unwrapped(values["user"])
    return _request_user()


def _request_user() -> object:
    user = unwrapped(getattr(_request.get(), "user", None))
    return user if getattr(user, "is_authenticated", False) else None
