"""``DSN["ATOMIC_SAVES"]``: opens the transaction around the whole save of a watched model.

Django sends ``pre_save`` before a save's own transaction and ``post_save`` after its commit; with
this, an event is written in the transaction of the save that it tells of.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import connections, router, transaction

from dsn_core.conf import config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.db.models import Model

MARK = "dsn_opens_transaction"


def wrap_saves(watched: Iterable[type[Model]]) -> None:
    """Open the transaction for these models, and for no others, as settings say."""
    wanted = set(watched) if config().atomic_saves else set()
    for model in apps.get_models():
        own = vars(model).get("save_base")
        if model in wanted and not hasattr(own, MARK):
            _wrap(model)
        elif model not in wanted and hasattr(own, MARK):
            _unwrap(model)


def _wrap(model: type[Model]) -> None:
    inner: Callable[..., None] = model.save_base

    @wraps(inner)
    def save_base(self: Model, *args: object, using: str | None = None, **kwargs: object) -> None:
        database = using or router.db_for_write(type(self), instance=self)
        if connections[database].in_atomic_block:
            # It is in a transaction already, which an exception of the host's is not to break.
            inner(self, *args, using=database, **kwargs)
            return
        with transaction.atomic(using=database, savepoint=False):
            inner(self, *args, using=database, **kwargs)

    setattr(save_base, MARK, vars(model).get("save_base"))
    model.save_base = save_base  # type: ignore[method-assign]


def _unwrap(model: type[Model]) -> None:
    own = getattr(vars(model)["save_base"], MARK)
    if own is None:
        del model.save_base
    else:
        model.save_base = own  # type: ignore[method-assign]
