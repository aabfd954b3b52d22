"""The pages of links: who was given one, and whether it was used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dsn_core.admin.reading import ReadingAdmin
from dsn_core.admin.words import badge, name_of
from dsn_core.models import Link
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(Link)
class LinkAdmin(ReadingAdmin[Link]):
    """One link for one user; of its token nothing is shown, for nothing is kept."""

    list_display = ("user", "messenger_shown", "account", "standing", "expires_at", "used_at")
    list_filter = (("used_at", admin.EmptyFieldListFilter),)
    list_select_related = ("user",)
    search_fields = ("=user__pk",)
    search_help_text = _("A user's key.")
    fields = list_display
    ordering = ("-pk",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Link]:
        """Without the hash, which says nothing to anybody."""
        return super().get_queryset(request).defer("token_hash")

    @admin.display(description=_("messenger"), ordering="messenger")
    def messenger_shown(self, link: Link) -> str:
        return name_of(link.messenger, catalog().offers["messenger"])

    @admin.display(description=_("state"))
    def standing(self, link: Link) -> str:
        if link.used_at is not None:
            return badge(gettext("used"), "done")
        if link.expires_at <= timezone.now():
            return badge(gettext("expired"), "cancelled")
        return badge(gettext("open"), "pending")
