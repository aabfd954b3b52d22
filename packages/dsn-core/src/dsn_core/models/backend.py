"""Backends: the stored pair of a messenger and a message template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from dsn_core.exceptions import InvalidValues, NotInstalled
from dsn_core.models.alias import writer_of
from dsn_core.models.template import StoredTemplate
from dsn_core.plugins.accounts import account_names
from dsn_core.plugins.catalog import catalog, choices_of
from dsn_core.plugins.found import error_words
from dsn_core.plugins.values import build

if TYPE_CHECKING:
    from dsn_core.contract.fields import Fields
    from dsn_core.contract.messenger import Messenger


def messenger_choices() -> list[tuple[str, str]]:
    """Every messenger that is installed now."""
    return choices_of("messenger")


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
        path = f"The options of backend {self.name!r}: options"
        return build(messenger.options_type, self._upgraded(messenger), path=path, ignore=True)

    def _upgraded(self, messenger: type[Messenger]) -> Mapping[str, object]:
        stored: object = self.options
        try:
            upgraded: object = messenger.upgrade_options(self.options)
        except Exception as error:
            raise InvalidValues(
                f"upgrade_options() of {self.messenger} cannot read the options of backend "
                f"{self.name!r}: {error_words(error)}"
            ) from error
        if not isinstance(stored, Mapping) or not isinstance(upgraded, Mapping):
            raise InvalidValues(f"The options of backend {self.name!r} are no mapping.")
        return upgraded

    def clean(self) -> None:
        """Check that messenger, account, template and options fit together."""
        complaints = misfits(self)
        if complaints:
            raise ValidationError(complaints)


def misfits(backend: Backend) -> dict[str, str]:
    """What of ``backend`` is not installed or does not fit: by field, what is wrong with it."""
    complaints: dict[str, str] = {}
    for field, check in CHECKS.items():
        if field in OF_THE_MESSENGER and "messenger" in complaints:
            continue
        try:
            check(backend)
        except (NotInstalled, InvalidValues) as error:
            complaints[field] = str(error)
    return complaints


def ensure_messenger(backend: Backend) -> None:
    """Raise ``NotInstalled`` unless the messenger is installed."""
    catalog().messenger(backend.messenger)


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
    key = backend.message_template
    if key in catalog().offers["message_template"]:
        return
    stored = StoredTemplate.objects.using(writer_of(backend))
    if not stored.filter(key=key).exists():
        raise NotInstalled(f"There is no message template {key!r}, installed or stored.")


def ensure_options(backend: Backend) -> None:
    """Raise ``NotInstalled`` or ``InvalidValues`` unless the options fit the messenger."""
    backend.build_options()


CHECKS: Mapping[str, Callable[[Backend], None]] = {
    "messenger": ensure_messenger,
    "message_template": ensure_template,
    "account": ensure_account,
    "options": ensure_options,
}
"""By field, what raises where it does not fit."""
OF_THE_MESSENGER = ("account", "options")
"""Fields of which nothing can be told while the messenger is gone."""
