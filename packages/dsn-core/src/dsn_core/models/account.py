"""Account states: what all workers must know about an account, and about an address of it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccountState(models.Model):
    """Whether an account is held, since when and why; and when its next message may go.

    While ``next_slot`` is ahead nothing is sent. ``reason``: why it is held, or else why the
    service wants it to wait; empty where it only keeps to its rate.
    """

    messenger = models.CharField(_("messenger"), max_length=100)
    account = models.CharField(_("account"), max_length=100)
    next_slot = models.DateTimeField(_("next free slot"), null=True, blank=True)
    held_since = models.DateTimeField(_("held since"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    fingerprint = models.CharField(
        _("fingerprint of the settings when it was held"), max_length=64, blank=True
    )

    class Meta:
        app_label = "dsn"
        verbose_name = _("account state")
        verbose_name_plural = _("account states")
        constraints = [
            models.UniqueConstraint(fields=("messenger", "account"), name="dsn_account_once")
        ]

    def __str__(self) -> str:
        return f"{self.messenger}:{self.account}"


class AddressSlot(models.Model):
    """When the next message may go to one address of a paced account.

    ``planned_until``: up to then what waits for the address has been given times of its own, and
    up to then at least its last messages count. After it the row is of no use.
    """

    messenger = models.CharField(_("messenger"), max_length=100)
    account = models.CharField(_("account"), max_length=100)
    address = models.CharField(_("address"), max_length=500)
    next_slot = models.DateTimeField(_("next free slot"))
    planned_until = models.DateTimeField(_("planned until"))

    class Meta:
        app_label = "dsn"
        verbose_name = _("address slot")
        verbose_name_plural = _("address slots")
        constraints = [
            models.UniqueConstraint(
                fields=("messenger", "account", "address"), name="dsn_address_slot_once"
            )
        ]
        indexes = [models.Index(fields=("planned_until",), name="dsn_address_slot_passed")]

    def __str__(self) -> str:
        return f"{self.messenger}:{self.account}:{self.address}"
