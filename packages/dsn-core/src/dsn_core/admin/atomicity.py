"""Views that are in no transaction of their request, whatever the project says of its requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db import connections, transaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

View = TypeVar("View", bound="Callable[..., HttpResponse]")


def outside_transactions(view: View) -> View:
    """``view`` without those of ``ATOMIC_REQUESTS``, on whichever alias DSN's tables are."""
    for name in connections:
        view = transaction.non_atomic_requests(using=name)(view)
    return view
