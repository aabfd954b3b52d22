"""Deliveries and attempts: one message to one address by one backend, and each try."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dsn_core.models.backend import Backend
from dsn_core.models.event import Event
from dsn_core.models.indexes import IndexApart, IndexOfSome
from dsn_core.models.subscription import Subscription
from dsn_core.states import State


class Delivery(models.Model):
    """One message to one address by one backend. Holds no key of a host's table.

    ``code`` and ``reason`` say why it is in its state: the service's words, a named cause for
    which it waits (``HeldBy``), or why it was left out (``SuppressedBy``). ``lease`` fences: only
    who holds it may finish it. ``doubted``: an earlier attempt may have arrived.
    """

    event = models.ForeignKey(
        Event,
        on_delete=models.CASCADE,
        related_name="deliveries",
        db_index=False,  # what makes it unique begins with it
    )
    subscription = models.ForeignKey(
        Subscription,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,  # the index by subscription below begins with it
    )
    backend = models.ForeignKey(
        Backend,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("backend"),
        db_index=False,  # the index by backend below begins with it
    )
    messenger = models.CharField(_("messenger"), max_length=100)
    account = models.CharField(_("account"), max_length=100)
    user_pk = models.CharField(_("user"), max_length=255, blank=True)
    address = models.CharField(_("address"), max_length=500, blank=True)
    recipient_key = models.CharField(_("recipient key"), max_length=255)
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    lane = models.PositiveSmallIntegerField(_("lane"), default=1)
    next_at = models.DateTimeField(_("due at"), default=timezone.now)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    lease = models.UUIDField(_("lease"), null=True)
    lease_until = models.DateTimeField(_("leased until"), null=True)
    doubted = models.BooleanField(_("in doubt"), default=False)
    expires_at = models.DateTimeField(_("expires at"), null=True)
    provider_id = models.CharField(_("provider's id"), max_length=255, blank=True)
    code = models.CharField(_("code"), max_length=100, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    detail = models.JSONField(_("detail"), default=dict)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished at"), null=True)

    class Meta:
        app_label = "dsn"
        ordering = ("-id",)
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=("event", "backend", "recipient_key"), name="dsn_delivery_once"
            )
        ]
        indexes = [
            IndexOfSome(
                fields=("state", "lane", "next_at", "id"),
                name="dsn_delivery_due",
                among=~Q(state__in=(State.SENT.value, State.DELIVERED.value)),
            ),
            IndexOfSome(
                fields=("backend", "state", "lane", "next_at", "id"),
                name="dsn_delivery_by_backend",
                among=Q(state=State.QUEUED.value),
            ),
            # For what waits while its subscription is switched off.
            IndexOfSome(
                fields=("subscription", "state"),
                name="dsn_delivery_by_subscription",
                among=Q(state__in=(State.QUEUED.value, State.HELD.value)),
            ),
            IndexOfSome(
                fields=("messenger", "provider_id"),
                name="dsn_delivery_provider",
                among=~Q(provider_id=""),
            ),
            models.Index(fields=("user_pk",), name="dsn_delivery_user"),
            # Who has this address already? And for whoever asks why she did not get it.
            IndexApart(
                fields=("address", "event", "backend"),
                name="dsn_delivery_address",
                disguised="event",
            ),
        ]

    def __str__(self) -> str:
        return str(self.key)


class Attempt(models.Model):
    """One try that was not accepted: what the service said, and how long it took."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField(_("at"), default=timezone.now)
    outcome = models.CharField(_("outcome"), max_length=20)
    code = models.CharField(_("code"), max_length=100, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    duration = models.FloatField(_("duration"), default=0.0, help_text=_("In seconds."))

    class Meta:
        app_label = "dsn"
        ordering = ("at", "id")
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")

    def __str__(self) -> str:
        return f"{self.outcome} {self.code}".strip()
