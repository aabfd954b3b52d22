"""Subscriptions: who hears of a trigger, and through which backends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypedDict, Unpack, cast

from django.conf import settings
from django.db import models, router, transaction
from django.utils.translation import gettext_lazy as _

from dsn_core.exceptions import InvalidSubscription
from dsn_core.models.alias import WAY_TOGETHER, what_is_apart
from dsn_core.models.audience import Audience, check_backends
from dsn_core.models.backend import Backend
from dsn_core.models.naming import LONGEST_NAME, short_name
from dsn_core.models.trigger import Trigger

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import Group


class OtherFields(TypedDict, total=False):
    """Fields of a Subscription that ``subscribe`` passes on."""

    enabled: bool


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
        **fields: Unpack[OtherFields],
    ) -> Subscription:
        """Make the subscription, or update the one of this name; its recipients are replaced.

        ``paths`` lead from the action object to users (``customer``, ``project.members``);
        ``sources`` are keys of recipient sources; ``addresses`` are bare ones, which
        ``sms:+4915112345678`` gives to one messenger only. Without ``name`` it is named after
        its trigger and backends. ``enabled`` is left as it is where it is not given.

        Raises ``InvalidSubscription``, ``NotInstalled`` or ``InvalidValues``.
        """
        if apart := what_is_apart():
            raise InvalidSubscription(f"{apart} {WAY_TOGETHER}")
        check_backends(trigger, backends)
        audience = Audience.read(
            users=users, groups=groups, paths=paths, sources=sources, addresses=addresses
        )
        audience.check(trigger)
        values = {
            "trigger": trigger,
            **audience.columns(),
            "exclude_actor": exclude_actor,
            **fields,
        }
        return self._store(name or _name_for(trigger, backends), values, backends, audience)

    def _store(
        self,
        name: str,
        values: dict[str, Any],
        backends: tuple[Backend, ...],
        audience: Audience,
    ) -> Subscription:
        using = self._db or router.db_for_write(self.model)
        with transaction.atomic(using=using):
            made, _created = self.using(using).update_or_create(name=name, defaults=values)
            made.backends.set(backends)
            # Which model users are of is the project's choice.
            made.recipient_users.set(cast("list[Any]", audience.users))
            made.recipient_groups.set(cast("list[Group]", audience.groups))
        return made


def _name_for(trigger: Trigger, backends: tuple[Backend, ...]) -> str:
    return short_name(f"{trigger.name} → {', '.join(backend.name for backend in backends)}")


class Subscription(models.Model):
    """Whom: the recipients of one trigger, and the backends that tell them."""

    name = models.CharField(_("name"), max_length=LONGEST_NAME, unique=True)
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
