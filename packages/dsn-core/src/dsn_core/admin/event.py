"""The pages of events: what happened, what counted it, who is told and who is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from dsn_core.admin.anchors import Anchors, bdi
from dsn_core.admin.filters import WordsFilter
from dsn_core.admin.happening import OBJECT, object_of, verb_of, with_objects
from dsn_core.admin.paging import BoundedPaginator, newest
from dsn_core.admin.people import actor_of, actors_called, name_actors
from dsn_core.admin.reading import ReadingAdmin
from dsn_core.admin.reckoning import reckoning
from dsn_core.admin.story import by_whom
from dsn_core.admin.words import badge, moment
from dsn_core.models import Event
from dsn_core.plugins.scrubbing import storable
from dsn_core.states import EventState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.admin.views.main import ChangeList
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import _StrPromise


NONE = "-"
LONGEST_NUMBER = 18
LONGEST_REASON = 120
"""Of the list; the page has all of it."""
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

    paginator = BoundedPaginator
    list_display = ("captured", "what", "object_shown", "actor_shown", "told")
    list_display_links = ("captured", "what")
    list_filter = (StateFilter,)
    sortable_by = ("captured",)
    search_fields = ("verb",)
    search_help_text = _(
        "A verb, who did it, or the key of what it happened to: among the newest events. "
        "Or an event's own number, as in #17."
    )
    fieldsets = (
        (
            _("All that is stored"),
            {
                "classes": ("collapse",),
                "fields": ("verb", "captured_at", "atomic", "attempts", "next_at", "lease_until"),
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Event]:
        """Without what is long and not in the list."""
        return with_objects(super().get_queryset(request))

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """With the names of all users who stand on the page."""
        found = super().get_changelist_instance(request)
        name_actors(found.result_list, request)
        return found

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Event], bool]:
        """Among the newest: no index leads to these."""
        term = storable(search_term.strip())
        if not term:
            return queryset, False
        number = term.removeprefix("#")
        if term.startswith("#") and number.isdecimal() and len(number) <= LONGEST_NUMBER:
            return queryset.filter(pk=int(number)), False
        hers = Q(actor__icontains=term) | Q(actor__in=actors_called(term, request))
        return newest(queryset).filter(hers | Q(verb=term) | _about(term)), False

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Event | None = None,
    ) -> HttpResponse:
        """With what happened in words, and what became of it."""
        if obj is not None:
            anchors = Anchors(request=request, site=self.admin_site)
            context |= {
                "subtitle": None,
                "title": verb_of(obj),
                "state": self.state_shown(obj),
                "by_whom": list(by_whom(obj, anchors)),
                "reckoning": reckoning(obj, anchors),
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    @admin.display(description=_("what happened"))
    def what(self, event: Event) -> str:
        return verb_of(event)

    @admin.display(description=_("to what"))
    def object_shown(self, event: Event) -> str:
        return object_of(event) or NONE

    @admin.display(description=_("actor"))
    def actor_shown(self, event: Event) -> str:
        return bdi(actor_of(event) or NONE)

    @admin.display(description=_("captured at"), ordering="id")
    def captured(self, event: Event) -> str:
        return moment(event.captured_at)

    @admin.display(description=WHO_IS_TOLD)
    def told(self, event: Event) -> str:
        why = bdi(Truncator(event.reason).chars(LONGEST_REASON)) if event.reason else ""
        return format_html("{} {}", self.state_shown(event), why)

    def state_shown(self, event: Event) -> str:
        """How far its fan-out has come."""
        return badge(STATES[event.state], event.state)


def _about(key: str) -> Q:
    """Events that happened to an object of this key, in each way in which JSON holds it."""
    found = Q(**{f"{OBJECT}__pk": key}) | Q(**{f"{OBJECT}__pk__v": key})
    if key.isascii() and key.isdecimal() and len(key) <= LONGEST_NUMBER:
        found |= Q(**{f"{OBJECT}__pk": int(key)})
    return found
