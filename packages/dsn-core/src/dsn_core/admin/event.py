"""The pages of events: what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dsn_core.admin.reading import ReadingAdmin
from dsn_core.admin.words import as_json, badge
from dsn_core.models import Event
from dsn_core.states import EventState

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(Event)
class EventAdmin(ReadingAdmin[Event]):
    """What happened, and how far its fan-out has come."""

    list_display = ("verb", "actor", "state_shown", "reason", "atomic", "captured_at")
    list_filter = ("state", "atomic")
    search_fields = ("=verb", "actor")
    fieldsets = (
        (None, {"fields": ("verb", "actor", "captured_at", "atomic", "payload_shown")}),
        (
            _("Fan-out"),
            {
                "fields": (
                    "state_shown",
                    "reason",
                    "attempts",
                    "next_at",
                    "trigger_ids",
                    "deliveries_shown",
                )
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        """Without what is long and not in the list."""
        return super().get_queryset(request).defer("payload", "cursor")

    @admin.display(description=_("fan-out"), ordering="state")
    def state_shown(self, event: Event) -> str:
        return badge(EventState(event.state).label, event.state)

    @admin.display(description=_("payload"))
    def payload_shown(self, event: Event) -> str:
        return as_json(event.payload)

    @admin.display(description=_("deliveries"))
    def deliveries_shown(self, event: Event) -> str:
        url = reverse(f"{self.admin_site.name}:dsn_delivery_changelist")
        text = gettext("Show its deliveries")
        return format_html('<a href="{}?event__id__exact={}">{}</a>', url, event.pk, text)
