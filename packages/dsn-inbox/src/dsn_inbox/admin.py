"""The admin's page for those who help others: what is in an inbox, and what became of it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.utils.translation import gettext_lazy as _

from dsn_inbox.addresses import known
from dsn_inbox.models import InboxMessage

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    ModelAdmin = admin.ModelAdmin[InboxMessage]
else:
    ModelAdmin = admin.ModelAdmin

FACTS = (
    "user",
    "key",
    "level",
    "verb",
    "thread",
    "group_key",
    "created_at",
    "seen_at",
    "read_at",
    "expires_at",
)
WORDS = ("subject", "text", "html_source", "actions")
COLUMNS_OF_WORDS = frozenset({"subject", "text", "html", "actions"})


@admin.register(InboxMessage)
class InboxMessageAdmin(ModelAdmin):
    """Only shows. A message's words are shown to who has the permission ``read_words``."""

    actions = None
    show_full_result_count = False
    list_display = ("created_at", "user", "level", "verb", "seen_at", "read_at")
    list_filter = ("level",)
    list_select_related = ("user",)
    search_help_text = _("A message's or a user's key, or part of a user's name or of a verb.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboxMessage]:
        """Without the bare rows of what was deleted."""
        return super().get_queryset(request).filter(deleted_at__isnull=True)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Not by a word in the URL: who may not read it could guess it letter by letter."""
        if lookup.partition("__")[0] in COLUMNS_OF_WORDS and not _may_read(request):
            return False
        return super().lookup_allowed(lookup, value, request)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """By what the site's users are called."""
        return (f"user__{get_user_model().USERNAME_FIELD}", "verb")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[InboxMessage], bool]:
        """By a whole key, a user's or a message's; else as Django's."""
        term = search_term.strip()
        users = known([term], queryset.db)
        if users:
            return queryset.filter(user__in=users.values()), False
        try:
            return queryset.filter(key=uuid.UUID(term)), False
        except ValueError:
            return super().get_search_results(request, queryset, search_term)

    def get_fields(self, request: HttpRequest, obj: InboxMessage | None = None) -> tuple[str, ...]:
        """The words only for who may read them."""
        return (*FACTS, *WORDS) if _may_read(request) else FACTS

    def get_readonly_fields(
        self, request: HttpRequest, obj: InboxMessage | None = None
    ) -> tuple[str, ...]:
        """All of them."""
        return self.get_fields(request, obj)

    @admin.display(description=_("HTML"))
    def html_source(self, message: InboxMessage) -> str:
        """As its source: the sum of a safe and a plain text is plain, and so escaped."""
        return str(message.html + "")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: InboxMessage | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: InboxMessage | None = None) -> bool:
        """Never."""
        return False


def _may_read(request: HttpRequest) -> bool:
    return bool(request.user.has_perm("dsn_inbox.read_words"))
