"""Events: what happened, written in the transaction in which it happened."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dsn_core.models.indexes import IndexOfSome
from dsn_core.states import EventState


class Event(models.Model):
    """One occurrence that at least one trigger counts. Holds no key of a host's table.

    ``payload`` is the snapshot and the references; ``cursor`` is how far the fan-out has come,
    so that it goes on there after a crash.
    """

    verb = models.CharField(_("verb"), max_length=200)
    trigger_ids = models.JSONField(_("triggers"), default=list)
    payload = models.JSONField(_("payload"), default=dict)
    actor = models.CharField(_("actor"), max_length=500, blank=True)
    atomic = models.BooleanField(
        _("atomic"), default=True, help_text=_("Written in the transaction of what happened.")
    )
    captured_at = models.DateTimeField(_("captured at"), default=timezone.now)
    state = models.CharField(
        _("fan-out"), max_length=10, choices=EventState.choices, default=EventState.PENDING
    )
    cursor = models.JSONField(_("cursor"), default=dict)
    next_at = models.DateTimeField(_("due at"), default=timezone.now)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    lease = models.UUIDField(_("lease"), null=True)
    lease_until = models.DateTimeField(_("leased until"), null=True)
    reason = models.TextField(_("reason"), blank=True)

    class Meta:
        app_label = "dsn"
        ordering = ("-id",)
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            IndexOfSome(
                fields=("state", "next_at", "id"),
                name="dsn_event_due",
                among=Q(state=EventState.PENDING.value),
            )
        ]

    def __str__(self) -> str:
        return f"{self.verb} #{self.pk}"
