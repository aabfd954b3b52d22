"""Links: a token that somebody follows to connect her account with a messenger's address."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Link(models.Model):
    """One token, of which only the hash is kept; for one use, for one user."""

    token_hash = models.CharField(_("hash of the token"), max_length=64, unique=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("user")
    )
    messenger = models.CharField(_("messenger"), max_length=100)
    account = models.CharField(_("account"), max_length=100, default="default")
    expires_at = models.DateTimeField(_("expires at"))
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)

    class Meta:
        app_label = "dsn"
        verbose_name = _("link")
        verbose_name_plural = _("links")

    def __str__(self) -> str:
        return f"{self.messenger}:{self.account}"
