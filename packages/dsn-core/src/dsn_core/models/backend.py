"""Backends: the stored pair of a messenger and a message template."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from dsn_core.exceptions import InvalidValues, NotInstalled
from dsn_core.models.template import StoredTemplate
from dsn_core.plugins.accounts import account_names
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.values import build

if TYPE_CHECKING:
    from dsn_core.contract.fields import Fields


def messenger_choices() -> list[tuple[str, str]]:
    """Every messenger that is installed now."""
    offers = catalog().offers["messenger"]
    return [(key, str(offers[key].label)) for key in sorted(offers)]


class InDoubt(models.TextChoices):
    """What to do with a message that may have been sent."""

    RETRY = "retry", _("send it again: it may arrive twice")
    HOLD = "hold", _("wait for somebody to decide: it may not arrive")


class BackendManager(models.Manager["Backend"]):
    """Backends, by name."""

    def get_by_natural_key(self, name: str) -> Backend:
        """Raises ``Backend.DoesNotExist``."""
        return self.get(name=name)


class Backend(models.Model):
    """What: a messenger with its account and options, and a message template."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    messenger = models.CharField(_("messenger"), max_length=100, choices=messenger_choices)
    account = models.CharField(
        _("account"),
        max_length=100,
        default="default",
        help_text=_("Its name in settings, under DSN['MESSENGERS'][messenger]."),
    )
    message_template = models.CharField(_("message template"), max_length=200, default="dsn.plain")
    options = models.JSONField(_("options"), default=dict, blank=True)
    in_doubt = models.CharField(
        _("in doubt"), max_length=10, choices=InDoubt.choices, default=InDoubt.RETRY
    )
    enabled = models.BooleanField(_("enabled"), default=True)

    objects: ClassVar[BackendManager] = BackendManager()

    class Meta:
        app_label = "dsn"
        ordering = ("name",)
        verbose_name = _("backend")
        verbose_name_plural = _("backends")

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        """By name."""
        return (self.name,)

    def build_options(self) -> Fields:
        """The options as its messenger's ``Options``; stored names it no longer knows are kept
        in the row and passed over.

        Raises ``NotInstalled`` or ``InvalidValues``.
        """
        messenger = catalog().messenger(self.messenger)
        stored = messenger.upgrade_options(self.options)
        path = f"The option of backend {self.name!r} "
        return build(messenger.options_type, stored, path=path, ignore=True)

    def clean(self) -> None:
        """Check that messenger, account, template and options fit together."""
        complaints: dict[str, str] = {}
        for field, check in CHECKS.items():
            try:
                check(self)
            except (NotInstalled, InvalidValues) as error:
                complaints[field] = str(error)
        if complaints:
            raise ValidationError(complaints)


def ensure_account(backend: Backend) -> None:
    """Raise ``NotInstalled`` or ``InvalidValues`` unless settings name the backend's account."""
    names = account_names(catalog().messenger(backend.messenger))
    if backend.account not in names:
        raise InvalidValues(
            f"Settings name no account {backend.account!r} for {backend.messenger}; "
            f"they name {', '.join(names) or 'none'}."
        )


def ensure_template(backend: Backend) -> None:
    """Raise ``NotInstalled`` unless the template is installed or stored."""
    if backend.message_template in catalog().offers["message_template"]:
        return
    if not StoredTemplate.objects.filter(key=backend.message_template).exists():
        raise NotInstalled(
            f"There is no message template {backend.message_template!r}, installed or stored."
        )


def ensure_options(backend: Backend) -> None:
    """Raise ``NotInstalled`` or ``InvalidValues`` unless the options fit the messenger."""
    backend.build_options()


CHECKS = {
    "account": ensure_account,
    "message_template": ensure_template,
    "options": ensure_options,
}
