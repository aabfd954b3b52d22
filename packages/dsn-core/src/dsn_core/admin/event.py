"""The pages of events: what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dsn_core.admin.filters import WordsFilter
from dsn_core.admin.happening import object_of, verb_of, with_objects
from dsn_core.admin.reading import ReadingAdmin
from dsn_core.admin.words import as_json, badge
from dsn_core.models import Event
from dsn_core.states import EventState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise


NONE = "-"
ABOUT = ("what", "object_shown", "verb")
WHO_IS_TOLD = _("who is told")
STATES: Mapping[str, _StrPromise] = {
    EventState.PENDING.value: _("to be worked out"),
    EventState.DONE.value: _("worked out"),
}
"""How far its fan-out has come, for who does not know the word."""


class StateFilter(WordsFilter):
    """By how far the fan-out has come, in the words of the list."""

    title = WHO_IS_TOLD
    parameter_name = "state__exact"
    words = STATES


@admin.register(Event)
class EventAdmin(ReadingAdmin[Event]):
    """What happened, and how far its fan-out has come."""

    list_display = ("what", "object_shown", "actor", "captured_at", "state_shown", "reason")
    list_filter = (StateFilter, "atomic")
    search_fields = ("=verb", "actor")
    fieldsets = (
        (None, {"fields": (*ABOUT, "actor", "captured_at", "atomic", "payload_shown")}),
        (
            WHO_IS_TOLD,
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
        return with_objects(super().get_queryset(request))

    @admin.display(description=_("what happened"), ordering="verb")
    def what(self, event: Event) -> str:
        return verb_of(event)

    @admin.display(description=_("to what"))
    def object_shown(self, event: Event) -> str:
        return object_of(event) or NONE

    @admin.display(description=WHO_IS_TOLD, ordering="state")
    def state_shown(self, event: Event) -> str:
        return badge(STATES[event.state], event.state)

    @admin.display(description=_("payload"))
    def payload_shown(self, event: Event) -> str:
        return as_json(event.payload)

    @admin.display(description=_("deliveries"))
    def deliveries_shown(self, event: Event) -> str:
        url = reverse(f"{self.admin_site.name}:dsn_delivery_changelist")
        text = gettext("Show its deliveries")
        return format_html('<a href="{}?event__id__exact={}">{}</a>', url, event.pk, text)
