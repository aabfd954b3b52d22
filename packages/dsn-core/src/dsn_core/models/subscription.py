"""Subscriptions: who hears of a trigger, and through which backends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db import models, router, transaction
from django.utils.translation import gettext_lazy as _

from dsn_core.exceptions import InvalidSubscription
from dsn_core.models.backend import CHECKS, Backend
from dsn_core.models.trigger import Trigger
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import Group

OWN_NAMES = ("verb", "action_object", "actor", "target", "changes", "user")
"""What every template is given, whatever the verb provides."""


class SubscriptionManager(models.Manager["Subscription"]):
    """Subscriptions, by name."""

    def get_by_natural_key(self, name: str) -> Subscription:
        """Raises ``Subscription.DoesNotExist``."""
        return self.get(name=name)

    def subscribe(
        self,
        trigger: Trigger,
        *backends: Backend,
        users: Iterable[models.Model] = (),
        groups: Iterable[Group] = (),
        paths: Iterable[str] = (),
        sources: Iterable[str] = (),
        addresses: Iterable[str] = (),
        exclude_actor: bool = False,
        name: str = "",
        **fields: Any,
    ) -> Subscription:
        """Make the subscription, or update the one of this name.

        ``paths`` lead from the action object to users (``customer``, ``project.members``);
        ``sources`` are keys of recipient sources; ``addresses`` are bare ones, which
        ``sms:+4915112345678`` gives to one messenger only. Without ``name`` it is named after
        its trigger and backends.

        Raises ``InvalidSubscription``, ``NotInstalled`` or ``InvalidValues``.
        """
        values = {
            "trigger": trigger,
            "recipient_sources": list(sources),
            "recipient_paths": list(paths),
            "addresses": list(addresses),
            "exclude_actor": exclude_actor,
            **fields,
        }
        _check(trigger, backends, values)
        name = name or f"{trigger.name} → {', '.join(backend.name for backend in backends)}"[:200]
        using = self._db or router.db_for_write(self.model)
        with transaction.atomic(using=using):
            made, _created = self.using(using).update_or_create(name=name, defaults=values)
            made.backends.set(backends)
            made.recipient_users.set(
                cast("Iterable[Any]", users)
            )  # the project chooses their model
            made.recipient_groups.set(groups)
        return made


def _check(trigger: Trigger, backends: Iterable[Backend], values: dict[str, Any]) -> None:
    if not backends:
        raise InvalidSubscription(
            f"{trigger.name!r} needs at least one backend to be told through."
        )
    for backend in backends:
        for check in CHECKS.values():
            check(backend)
        check_requires(trigger, backend)
    for key in values["recipient_sources"]:
        catalog().recipient_source(key)
    for path in values["recipient_paths"]:
        check_path(trigger, path)
    for address in values["addresses"]:
        if not str(address).strip():
            raise InvalidSubscription("An address is empty.")


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
            f"{', '.join(missing)}, which {verb.key} does not provide."
        )


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
    for relation in model._meta.get_fields():
        accessor = getattr(relation, "get_accessor_name", lambda: None)()
        if relation.is_relation and name in (relation.name, accessor):
            related = relation.related_model
            if isinstance(related, type) and issubclass(related, models.Model):
                return related
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        raise InvalidSubscription(
            f"{model._meta.label} has no relation {name!r} ({path!r})."
        ) from None
    raise InvalidSubscription(f"{name!r} of {model._meta.label} is no relation ({path!r}).")


class Subscription(models.Model):
    """Whom: the recipients of one trigger, and the backends that tell them."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    trigger = models.ForeignKey(
        Trigger, on_delete=models.CASCADE, related_name="subscriptions", verbose_name=_("trigger")
    )
    backends = models.ManyToManyField(
        Backend, related_name="subscriptions", verbose_name=_("backends")
    )
    recipient_users = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name=_("users")
    )
    recipient_groups = models.ManyToManyField(
        "auth.Group", blank=True, related_name="+", verbose_name=_("groups")
    )
    recipient_sources = models.JSONField(_("recipient sources"), default=list, blank=True)
    recipient_paths = models.JSONField(
        _("recipient paths"),
        default=list,
        blank=True,
        help_text=_("Relations from the action object to users: customer, project.members."),
    )
    addresses = models.JSONField(
        _("addresses"),
        default=list,
        blank=True,
        help_text=_("Bare addresses. sms:+4915112345678 is for that messenger only."),
    )
    exclude_actor = models.BooleanField(
        _("not whoever did it"), default=False, help_text=_("Leave the actor out.")
    )
    enabled = models.BooleanField(_("enabled"), default=True)

    objects: ClassVar[SubscriptionManager] = SubscriptionManager()

    class Meta:
        app_label = "dsn"
        ordering = ("name",)
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        """By name."""
        return (self.name,)
