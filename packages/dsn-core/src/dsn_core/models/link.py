"""Links: a token that somebody follows to connect her account with a messenger's address."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.db.models import Model

VALID_FOR = dt.timedelta(minutes=30)
TOKEN_BYTES = 24
"""32 characters of ``[A-Za-z0-9_-]``: Telegram takes at most 64."""


def hash_token(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


class LinkManager(models.Manager["Link"]):
    """``Link.objects``."""

    def issue(
        self,
        user: Model,
        messenger: str,
        account: str = "default",
        *,
        valid_for: dt.timedelta = VALID_FOR,
    ) -> str:
        """A new token, for one use by this user; it is kept nowhere.

        Her links with this messenger that have expired go: they are of no use to anybody.
        """
        now = timezone.now()
        self.filter(user=user.pk, messenger=messenger, expires_at__lte=now).delete()
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self.create(
            token_hash=hash_token(token),
            user_id=cast("int", user.pk),
            messenger=messenger,
            account=account,
            expires_at=now + valid_for,
        )
        return token


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

    objects = LinkManager()

    class Meta:
        app_label = "dsn"
        verbose_name = _("link")
        verbose_name_plural = _("links")

    def __str__(self) -> str:
        return f"{self.messenger}:{self.account}"
