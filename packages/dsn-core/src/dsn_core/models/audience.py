"""Whether a subscription's recipients and backends make sense for its trigger."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist

from dsn_core.exceptions import InvalidSubscription
from dsn_core.models.backend import CHECKS, Backend
from dsn_core.models.naming import did_you_mean
from dsn_core.models.relations import relation_of, relations_of
from dsn_core.models.trigger import Trigger
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from django.db import models

OWN_NAMES = ("verb", "action_object", "actor", "target", "changes", "user")
"""What every template is given, whatever the verb provides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Whom a subscription tells, as it is given by code."""

    users: list[object]
    groups: list[object]
    paths: list[object]
    sources: list[object]
    addresses: list[object]

    @classmethod
    def read(cls, **given: object) -> Audience:
        """Each as a list. Raises ``InvalidSubscription`` where one is a single thing."""
        return cls(**{name: _several(things, name) for name, things in given.items()})

    def check(self, trigger: Trigger) -> None:
        """Raise ``InvalidSubscription`` or ``NotInstalled`` where one of them cannot be."""
        _ensure_saved(self.users, get_user_model(), "users")
        _ensure_saved(self.groups, apps.get_model("auth.Group"), "groups")
        _ensure_texts(self.addresses, "addresses")
        for key in _ensure_texts(self.sources, "sources"):
            catalog().recipient_source(key)
        for path in _ensure_texts(self.paths, "paths"):
            check_path(trigger, path)

    def columns(self) -> dict[str, object]:
        """What of it stands in the subscription's own row."""
        return {
            "recipient_sources": self.sources,
            "recipient_paths": self.paths,
            "addresses": self.addresses,
        }


def _several(given: object, name: str) -> list[object]:
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise InvalidSubscription(
            f"{name} is an object of {type(given).__qualname__}; give a list, even of one."
        )
    return list(given)


def _ensure_texts(given: Iterable[object], name: str) -> list[str]:
    texts = [item for item in given if isinstance(item, str) and item.strip()]
    for item in given:
        if item not in texts:
            raise InvalidSubscription(f"{name} has {item!r}; each must be a text, not empty.")
    return texts


def _ensure_saved(given: Iterable[object], model: type[models.Model], name: str) -> None:
    for item in given:
        if not isinstance(item, model):
            raise InvalidSubscription(
                f"{name} has an object of {type(item).__qualname__}; each must be a "
                f"{model._meta.label}."
            )
        if item.pk is None or item._state.adding:
            raise InvalidSubscription(f"{name} has a {model._meta.label} that is not saved yet.")


def check_backends(trigger: Trigger, backends: tuple[Backend, ...]) -> None:
    """Raise where there is none, or one does not fit what is installed or what the verb provides.

    Raises ``InvalidSubscription``, ``NotInstalled`` or ``InvalidValues``.
    """
    _ensure_saved((trigger,), Trigger, "trigger")
    _ensure_saved(backends, Backend, "backends")
    if not backends:
        raise InvalidSubscription(
            f"{trigger.name!r} needs at least one backend to be told through."
        )
    for backend in backends:
        for check in CHECKS.values():
            check(backend)
        check_requires(trigger, backend)


def check_requires(trigger: Trigger, backend: Backend) -> None:
    """Raise ``InvalidSubscription`` where the template needs what the verb does not provide.

    A verb that declares nothing (a signal that stands in an app's ``signals.py``) may provide
    anything.
    """
    verb = catalog().verb(trigger.verb)
    offer = catalog().offers["message_template"].get(backend.message_template)
    if offer is None or not verb.provides:
        return
    template = catalog().message_template(backend.message_template)
    missing = [name for name in template.requires if name not in (*verb.provides, *OWN_NAMES)]
    if missing:
        raise InvalidSubscription(
            f"The template {template.key!r} of backend {backend.name!r} requires "
            f"{', '.join(missing)}, which {verb.key} does not provide: it provides "
            f"{', '.join(verb.provides)}.{_who_provides(missing)}"
        )


def _who_provides(names: Iterable[str]) -> str:
    """The verbs that do, where some say so."""
    wanted = set(names)
    verbs = (catalog().verb(key) for key in sorted(catalog().offers["verb"]))
    able = [verb.key for verb in verbs if wanted <= set(verb.provides)]
    return f" {', '.join(able)} would." if able else ""


def check_path(trigger: Trigger, path: str) -> None:
    """Raise ``InvalidSubscription`` where ``path`` leads from the action object to no users."""
    model = trigger.part("action_object").model_class
    if model is None:
        return
    for name in path.split("."):
        model = _related(model, name, path)
    user = get_user_model()
    if not issubclass(model, user._meta.concrete_model or user):
        raise InvalidSubscription(
            f"The path {path!r} leads to {model._meta.label}, not to {user._meta.label}."
        )


def _related(model: type[models.Model], name: str, path: str) -> type[models.Model]:
    relation = relation_of(model, name)
    if relation is not None:
        return relation.model
    try:
        model._meta.get_field(name)
        wrong = f"{name!r} of {model._meta.label} is no relation"
    except FieldDoesNotExist:
        wrong = f"{model._meta.label} has no relation {name!r}"
    within = "" if path == name else f" ({path!r})"
    names = [known.name for known in relations_of(model)]
    has, meant = ", ".join(names) or "none", did_you_mean(name, names)
    raise InvalidSubscription(f"{wrong}{within}; it has {has}.{meant}")
