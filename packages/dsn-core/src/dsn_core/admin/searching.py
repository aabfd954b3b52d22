"""Finding deliveries among millions: by whole values, each where an index leads to it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db.models import Q

from dsn_core.models import Address, Backend
from dsn_core.models.alias import alias
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.scrubbing import storable

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from dsn_core.models import Delivery

MOST_USERS = 50
LONGEST = 500


def find_deliveries(rows: QuerySet[Any], term: str) -> QuerySet[Delivery]:
    """Those whose key, address, user or id at the service is ``term``; all where it is empty."""
    term = storable(term.strip())[:LONGEST]
    if not term:
        return rows
    try:
        key = uuid.UUID(term)
    except ValueError:
        pass
    else:
        return rows.filter(key=key)
    messengers = _messengers()
    by_id = Q(messenger__in=messengers, provider_id=term)
    return rows.filter(
        Q(address__in={term, term.lower()}) | Q(user_pk__in=_users(term, messengers)) | by_id
    )


def _messengers() -> list[str]:
    """All that may have sent something: the index by the service's id begins with it."""
    used = Backend.objects.using(alias()).order_by().values_list("messenger", flat=True)
    return sorted({*catalog().offers["messenger"], *used.distinct()})


def _users(term: str, messengers: list[str]) -> set[str]:
    """The keys of those who have this key, name or address."""
    addresses = Address.objects.using(alias()).filter(messenger__in=messengers, value=term)
    hers = addresses.exclude(user=None).values_list("user_id", flat=True)
    # The key also of one who is gone: her deliveries are not.
    return {term, *keys_of_users(term), *map(str, hers[:MOST_USERS])}


def keys_of_users(term: str) -> set[str]:
    """The keys of users of this name; none where a name cannot be like this."""
    model = get_user_model()
    try:
        users = model._default_manager.filter(**{model.USERNAME_FIELD: term})
    except (TypeError, ValueError):
        return set()
    return set(map(str, users.values_list("pk", flat=True)[:MOST_USERS]))
