"""Core's own recipient sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core.contract.occurrence import Occurrence, RecipientSource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model, QuerySet


def _active_users(**having: bool) -> QuerySet[Model]:
    from django.contrib.auth import get_user_model

    users = get_user_model()._default_manager
    names = {field.name for field in users.model._meta.get_fields()}
    # A swapped user model need not have these flags; then nobody has them.
    return users.filter(**having) if names.issuperset(having) else users.none()


class Actor(RecipientSource):
    """Whoever did it."""

    key = "dsn.actor"
    label = "Whoever did it"

    def recipients(self, occurrence: Occurrence) -> Iterable[object]:
        """The actor, where it is a user."""
        from django.contrib.auth import get_user_model

        # An actor may also be a plain value, such as the name of a job.
        return [occurrence.actor] if isinstance(occurrence.actor, get_user_model()) else []


class Staff(RecipientSource):
    """Everybody who may enter the admin."""

    key = "dsn.staff"
    label = "All staff"

    def recipients(self, occurrence: Occurrence) -> Iterable[object]:
        """Users with ``is_staff``."""
        return _active_users(is_staff=True)


class Superusers(RecipientSource):
    """Everybody who may do anything."""

    key = "dsn.superusers"
    label = "All superusers"

    def recipients(self, occurrence: Occurrence) -> Iterable[object]:
        """Users with ``is_superuser``."""
        return _active_users(is_superuser=True)
