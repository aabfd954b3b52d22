"""The one table: messages, each in one person's inbox."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dsn_inbox.grouping import LONGEST_KEY
from dsn_inbox.mailbox import InboxQuerySet
from dsn_inbox.safe_fields import ActionsField, SafeHTMLField

LONGEST_SUBJECT = 500
LONGEST_VERB = 200
LONGEST_THREAD = 500


class Level(models.TextChoices):
    """How urgent a message looks."""

    INFO = "info", _("information")
    SUCCESS = "success", _("success")
    WARNING = "warning", _("warning")
    ERROR = "error", _("error")


class InboxMessage(models.Model):
    """One message in one person's inbox. ``key`` is the delivery's, so that it is there once.

    ``count`` is how many messages its entry stands for; ``InboxQuerySet.entries`` sets it.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # the indexes below begin with it
        verbose_name=_("user"),
    )
    key = models.UUIDField(_("key"), unique=True, default=uuid.uuid4, editable=False)
    subject = models.CharField(_("subject"), max_length=LONGEST_SUBJECT, blank=True)
    text = models.TextField(_("text"), blank=True)
    html = SafeHTMLField(_("HTML"), blank=True)
    actions = ActionsField(_("links"), default=list, blank=True)
    level = models.CharField(_("level"), max_length=10, choices=Level.choices, default=Level.INFO)
    verb = models.CharField(_("verb"), max_length=LONGEST_VERB, blank=True)
    thread = models.CharField(_("thread"), max_length=LONGEST_THREAD, blank=True)
    group_key = models.CharField(_("group"), max_length=LONGEST_KEY, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    seen_at = models.DateTimeField(_("seen at"), null=True, blank=True)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)

    objects = InboxQuerySet.as_manager()

    count: int = 1

    class Meta:
        ordering = ("-id",)
        verbose_name = _("message in an inbox")
        verbose_name_plural = _("messages in inboxes")
        permissions = [("read_words", _("Can read the words of other people's messages"))]
        indexes = [
            models.Index(fields=("user", "id"), name="dsn_inbox_list"),
            models.Index(fields=("user", "read_at"), name="dsn_inbox_unread"),
            models.Index(fields=("user", "group_key", "id"), name="dsn_inbox_group"),
        ]

    def __str__(self) -> str:
        return str(self.key)

    @property
    def others(self) -> int:
        """How many messages its entry stands for besides this one."""
        return self.count - 1

    @property
    def link(self) -> str:
        """Where it leads: the URL of its first action; empty where it leads nowhere."""
        return self.actions[0]["url"] if self.actions else ""

    @property
    def stays_here(self) -> bool:
        """Does it lead to a path of this site? A form may be forbidden to lead anywhere else."""
        return self.link.startswith("/")
