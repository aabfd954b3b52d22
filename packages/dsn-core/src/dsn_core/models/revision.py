"""The revision of the triggers: rewritten with every edit, so that other processes notice it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models, transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

M = TypeVar("M", bound=models.Model)

edited = Signal()
"""Sent with ``using``, in the transaction of every edit of a trigger or of its conditions."""


class Revision(models.Model):
    """One row whose value is another after every edit of what is watched. Its absence counts too."""

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

    def _revised(self, edit: Callable[[], Any]) -> Any:
        with transaction.atomic(using=self.db, savepoint=False):
            result = edit()
            rewrite(self.db)
        return result

    def update(self, **values: Any) -> int:
        """As Django's, and noted."""
        self._for_write = True
        count: int = self._revised(lambda: super(RevisedQuerySet, self).update(**values))
        return count

    def bulk_create(self, objs: Iterable[M], *args: Any, **options: Any) -> list[M]:
        """As Django's, and noted."""
        self._for_write = True
        made: list[M] = self._revised(
            lambda: super(RevisedQuerySet, self).bulk_create(objs, *args, **options)
        )
        return made


class Revised(models.Model):
    """A model whose every edit rewrites the revision in the edit's own transaction."""

    class Meta:
        abstract = True

    def save_base(self, *args: Any, using: str | None = None, **kwargs: Any) -> None:
        """As Django's, in a transaction that also holds what ``post_save`` writes."""
        with transaction.atomic(using=using, savepoint=False):
            super().save_base(*args, using=using, **kwargs)


def note_edits_of(*senders: type[models.Model]) -> None:
    """Rewrite the revision whenever a row of ``senders`` is saved, loaded or deleted."""
    for sender in senders:
        for signal in (post_save, post_delete):
            signal.connect(_note, sender=sender, dispatch_uid=f"dsn.revision.{sender.__name__}")


def _note(using: str, **_: object) -> None:
    rewrite(using)
