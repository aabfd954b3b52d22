"""Addresses: where a user is reached, and which addresses are not to be used."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class InactiveKind(models.TextChoices):
    """Why an address is not used."""

    DEAD = "dead", _("the service says that it does not exist")
    OPTED_OUT = "opted_out", _("the recipient has opted out")


class Address(models.Model):
    """One address for one messenger: a user's, or a bare one that is not to be used.

    An inactive one vetoes its own value, whoever else has it; an opt-out also what its user says of
    herself.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("user"),
    )
    messenger = models.CharField(_("messenger"), max_length=100)
    account = models.CharField(
        _("account"), max_length=100, blank=True, help_text=_("Empty: for all accounts.")
    )
    value = models.CharField(_("address"), max_length=500)
    verified_at = models.DateTimeField(_("verified at"), null=True, blank=True)
    active = models.BooleanField(_("active"), default=True)
    kind = models.CharField(
        _("kind of reason"), max_length=20, choices=InactiveKind.choices, blank=True
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    soft_failures = models.PositiveIntegerField(
        _("soft failures in a row"),
        default=0,
        help_text=_("Receipts that said: not now. After a few it is taken for dead."),
    )
    reported_at = models.DateTimeField(
        _("last report at"),
        null=True,
        blank=True,
        help_text=_("When the service's last report of it happened; an older one changes nothing."),
    )

    class Meta:
        app_label = "dsn"
        ordering = ("messenger", "value")
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        constraints = [
            models.UniqueConstraint(
                fields=("user", "messenger", "account", "value"), name="dsn_address_once"
            )
        ]
        indexes = [models.Index(fields=("messenger", "value"), name="dsn_address_value")]

    def __str__(self) -> str:
        return f"{self.messenger}:{self.value}"
