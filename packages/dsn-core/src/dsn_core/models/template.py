"""Message templates that are edited in the admin."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class StoredTemplateManager(models.Manager["StoredTemplate"]):
    """Stored templates, by key and language."""

    def get_by_natural_key(self, key: str, language: str) -> StoredTemplate:
        """Raises ``StoredTemplate.DoesNotExist``."""
        return self.get(key=key, language=language)


class StoredTemplate(models.Model):
    """The words of a message in one language; with an installed key it overrides those words."""

    key = models.CharField(_("key"), max_length=200, help_text=_("Dotted: shop.order_paid."))
    language = models.CharField(
        _("language"), max_length=20, blank=True, help_text=_("Empty: for all that have no other.")
    )
    subject = models.CharField(_("subject"), max_length=500, blank=True)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField(_("HTML"), blank=True)
    actions = models.TextField(
        _("buttons"),
        blank=True,
        help_text=_(
            "One per line, as in: Your order = /orders/{{ action_object.number }}/ . A path such "
            "as this leads to this site. A line whose label or address is empty in the end is "
            "left out. Where a messenger has no buttons, they stand as links."
        ),
    )

    objects: ClassVar[StoredTemplateManager] = StoredTemplateManager()

    class Meta:
        app_label = "dsn"
        ordering = ("key", "language")
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        constraints = [
            models.UniqueConstraint(fields=("key", "language"), name="dsn_template_key_language")
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.language})" if self.language else self.key

    def natural_key(self) -> tuple[str, str]:
        """By key and language."""
        return self.key, self.language
