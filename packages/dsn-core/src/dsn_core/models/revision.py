"""The revision of the triggers: rewritten with every edit, so that other processes notice it."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models, router, transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import Signal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models.base import ModelBase

M = TypeVar("M", bound=models.Model)

edited = Signal()
"""Sent with ``using``, in the transaction of every edit of a trigger or of its conditions."""


class Revision(models.Model):
    """One row, with another value after every edit of a trigger. Its absence is a value too."""

    value = models.UUIDField(default=uuid.uuid4)

    class Meta:
        app_label = "dsn"
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.value)


def rewrite(using: str) -> None:
    """Note an edit, in the transaction that makes it."""
    Revision.objects.using(using).update_or_create(pk=1, defaults={"value": uuid.uuid4()})
    edited.send(sender=Revision, using=using)


class RevisedQuerySet(models.QuerySet[M]):
    """Rewrites the revision also where Django sends no signal."""

    def update(self, **values: Any) -> int:
        """As Django's, and noted."""
        self._for_write = True
        with _noted(self.db):
            return super().update(**values)

    def bulk_create(self, objs: Iterable[M], *args: Any, **options: Any) -> list[M]:
        """As Django's, and noted."""
        self._for_write = True
        with _noted(self.db):
            return super().bulk_create(objs, *args, **options)

    # As Django marks its own: no template may call them.
    update.alters_data = True  # type: ignore[attr-defined]  # functions take attributes
    bulk_create.alters_data = True  # type: ignore[attr-defined]


@contextmanager
def _noted(using: str) -> Iterator[None]:
    with transaction.atomic(using=using, savepoint=False):
        yield
        rewrite(using)


class Revised(models.Model):
    """A model whose every edit rewrites the revision in the edit's own transaction."""

    class Meta:
        abstract = True

    def save_base(
        self,
        raw: bool = False,
        force_insert: bool | tuple[ModelBase, ...] = False,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """As Django's, in a transaction that also holds what ``post_save`` writes."""
        using = using or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using, savepoint=False):
            super().save_base(raw, force_insert, force_update, using, update_fields)


def note_edits_of(*senders: type[models.Model]) -> None:
    """Rewrite the revision whenever a row of ``senders`` is saved, loaded or deleted."""
    for sender in senders:
        for signal in (post_save, post_delete):
            signal.connect(_note, sender=sender, dispatch_uid=f"dsn.revision.{sender.__name__}")


def _note(using: str, **_: object) -> None:
    rewrite(using)
