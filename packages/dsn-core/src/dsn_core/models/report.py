"""Reports: what a service told us later, each stored once, and what became of it."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class InboundReport(models.Model):
    """One report of a webhook or a poll, stored before it is applied.

    ``fingerprint`` tells a repeated one; ``subject`` is what it speaks of: an address, the
    service's id of a message, or a delivery's key. ``applied_at`` is empty while it waits, such as
    a receipt that came before its delivery was known to be sent; it is looked at again at
    ``next_at``. ``outcome`` says what it did.
    """

    messenger = models.CharField(_("messenger"), max_length=100)
    account = models.CharField(_("account"), max_length=100)
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    kind = models.CharField(_("kind"), max_length=20)
    subject = models.CharField(_("about"), max_length=500, blank=True)
    values = models.JSONField(_("values"), default=dict)
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    next_at = models.DateTimeField(_("looked at again at"), default=timezone.now)
    applied_at = models.DateTimeField(_("applied at"), null=True)
    outcome = models.CharField(_("outcome"), max_length=200, blank=True)

    class Meta:
        app_label = "dsn"
        ordering = ("-id",)
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        constraints = [
            models.UniqueConstraint(
                fields=("messenger", "account", "fingerprint"), name="dsn_report_once"
            )
        ]
        indexes = [
            models.Index(fields=("applied_at", "next_at"), name="dsn_report_waiting"),
            models.Index(fields=("subject",), name="dsn_report_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.messenger}:{self.kind}"
