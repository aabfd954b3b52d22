"""What an object leads to, read where it is written: a replica may not have it yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import router
from django.db.models import Prefetch, prefetch_related_objects
from django.db.models.fields.related_descriptors import (
    ForwardManyToOneDescriptor,
    ReverseOneToOneDescriptor,
)

from dsn_core.models.alias import from_writer, writer_of

if TYPE_CHECKING:
    from django.db.models import Model


def fetch(instance: Model, accessor: str) -> None:
    """Put what ``instance.accessor`` would read into it, be it one object or a deferred field.

    Without routers Django itself reads it where it is written. Raises ``ObjectDoesNotExist``
    where the row is gone.
    """
    if not router.routers:
        return
    if accessor in instance.get_deferred_fields():
        instance.refresh_from_db(using=writer_of(instance), fields=[accessor])
        return
    descriptor = getattr(type(instance), accessor, None)
    if not isinstance(descriptor, ForwardManyToOneDescriptor | ReverseOneToOneDescriptor):
        return
    if not descriptor.is_cached(instance):
        rows = _model_at(descriptor)._base_manager.db_manager(hints={"instance": instance}).all()
        prefetch_related_objects([instance], Prefetch(accessor, queryset=from_writer(rows)))


def _model_at(
    descriptor: ForwardManyToOneDescriptor[Any] | ReverseOneToOneDescriptor[Any, Any],
) -> type[Model]:
    if isinstance(descriptor, ReverseOneToOneDescriptor):
        return descriptor.related.related_model
    model: type[Model] = descriptor.field.related_model
    return model
