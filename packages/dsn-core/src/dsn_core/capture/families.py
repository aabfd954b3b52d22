"""Which classes count as a model, and which senders a verb has for them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from django.apps import apps
from django.db.models import ManyToManyRel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import Model

OWN_APP = "dsn"


@cache
def family(model: type[Model], *, children: bool) -> frozenset[type[Model]]:
    """``model`` and its proxies; with ``children`` also its multi-table children and theirs.

    Signals are sent by exact class: a proxy's save sends the proxy.
    """
    return frozenset(_members(model, children=children))


def _members(model: type[Model], *, children: bool) -> Iterator[type[Model]]:
    for other in apps.get_models(include_auto_created=True):
        if other is model:
            yield other
        elif issubclass(other, model):
            same_table = other._meta.concrete_model is model._meta.concrete_model
            if same_table or children:
                yield other


def all_models() -> frozenset[type[Model]]:
    """Every installed model but DSN's own, which is never a sender."""
    return frozenset(model for model in apps.get_models() if model._meta.app_label != OWN_APP)


def senders(verb: str, models: Iterable[type[Model]]) -> frozenset[type[Model]]:
    """The senders of a model signal for these models: for m2m, the tables between."""
    if verb != "m2m_changed":
        return frozenset(models)
    return frozenset(through for model in models for through in _through(model))


def _through(model: type[Model]) -> Iterator[type[Model]]:
    relations = [field.remote_field for field in model._meta.many_to_many]
    for relation in (*relations, *model._meta.get_fields(include_hidden=True)):
        through = relation.through if isinstance(relation, ManyToManyRel) else None
        if through is not None and through._meta.app_label != OWN_APP:
            yield through
