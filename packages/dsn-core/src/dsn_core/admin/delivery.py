"""The pages of deliveries: what became of each message, why, and what may be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.urls import path
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from dsn_core.admin.acting import act_on_one, list_action, may_act
from dsn_core.admin.acts import ACTS, open_to
from dsn_core.admin.advice import advice
from dsn_core.admin.anchors import Anchors, bdi
from dsn_core.admin.atomicity import outside_transactions
from dsn_core.admin.causes import cause_of
from dsn_core.admin.filters import MessengerFilter
from dsn_core.admin.paging import BoundedPaginator
from dsn_core.admin.people import name_users, user_of
from dsn_core.admin.reading import ReadingAdmin
from dsn_core.admin.searching import find_deliveries
from dsn_core.admin.story import story
from dsn_core.admin.waiting import account_waits, address_waits, is_due, with_accounts
from dsn_core.admin.words import as_json, badge, moment, name_of
from dsn_core.models import Delivery
from dsn_core.plugins.catalog import catalog
from dsn_core.states import State

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

NONE = "-"
LONGEST_REASON = 120
LONGEST_RECIPIENT = 60
"""Of a line in the list; the page has all of it."""


@admin.register(Delivery)
class DeliveryAdmin(ReadingAdmin[Delivery]):
    """One message to one address by one backend. Who may change deliveries may act on them."""

    change_form_template = "admin/dsn/delivery/change_form.html"
    paginator = BoundedPaginator
    list_display = ("created", "state_and_why", "recipient", "messenger_shown", "what")
    list_display_links = ("created", "recipient")
    list_filter = ("state", MessengerFilter, "backend")
    list_select_related = ("event", "backend", "subscription__trigger")
    sortable_by = ("created",)
    actions = tuple(list_action(act) for act in ACTS.values())  # type: ignore[assignment]
    search_fields = ("key",)
    search_help_text = _(
        "A whole address, a user's name or key, a message's id at the service, or a delivery's key."
    )
    fieldsets = (
        (
            _("All that is stored"),
            {
                "classes": ("collapse",),
                "fields": (
                    "key",
                    "recipient_key",
                    "account",
                    "attempts",
                    "next_at",
                    "expires_at",
                    "doubted",
                    "lease_until",
                    "created_at",
                    "finished_at",
                    "provider_id",
                    "code",
                    "reason",
                    "detail_shown",
                ),
            },
        ),
    )

    def has_act_permission(self, request: HttpRequest) -> bool:
        """May she change what becomes of deliveries?"""
        return may_act(request)

    def get_urls(self) -> list[URLPattern]:
        """With one address for each act."""
        view = self.admin_site.admin_view(self.act)
        own = path("<path:object_id>/act/<slug:name>/", view, name="dsn_delivery_act")
        return [own, *super().get_urls()]

    # Each page of an act is on disk by itself, whatever the project says of its requests.
    @outside_transactions
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """As Django's."""
        return super().changelist_view(request, extra_context)

    @outside_transactions
    def act(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Do it; see ``acting``."""
        return act_on_one(self, request, unquote(object_id), name)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Without what is long and not in the list."""
        rows = super().get_queryset(request).defer("event__payload", "event__cursor", "detail")
        return with_accounts(rows)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """With the names of all who stand on the page."""
        found = super().get_changelist_instance(request)
        name_users(found.result_list)
        return found

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Delivery], bool]:
        """By what an index finds, and by nothing else: there may be millions."""
        return find_deliveries(queryset, search_term), False

    def render_change_form(  # Django's own
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Delivery | None = None,
    ) -> HttpResponse:
        """With the story, what the state means, and the buttons."""
        if obj is not None:
            anchors = Anchors(request=request, site=self.admin_site)
            context |= {
                "state": self.state_shown(obj),
                "advice": advice(obj, anchors),
                "acts": open_to(obj) if may_act(request) else [],
                "story": story(obj, anchors),
                "subtitle": None,
                "title": _("Delivery to %(recipient)s") % {"recipient": self._recipient(obj)},
            }
        return super().render_change_form(request, context, add, change, form_url, obj)

    @admin.display(description=_("created"), ordering="id")
    def created(self, delivery: Delivery) -> str:
        return moment(delivery.created_at)

    @admin.display(description=_("state"))
    def state_and_why(self, delivery: Delivery) -> str:
        why = Truncator(self.why(delivery)).chars(LONGEST_REASON)
        return format_html("{} {}", self.state_shown(delivery), "" if why == NONE else bdi(why))

    @admin.display(description=_("state"))
    def state_shown(self, delivery: Delivery) -> str:
        return badge(State(delivery.state).label, delivery.state)

    @admin.display(description=_("messenger"))
    def messenger_shown(self, delivery: Delivery) -> str:
        return name_of(delivery.messenger, catalog().offers["messenger"])

    @admin.display(description=_("recipient"))
    def recipient(self, delivery: Delivery) -> str:
        return bdi(self._recipient(delivery))

    def _recipient(self, delivery: Delivery) -> str:
        user = user_of(delivery)
        address = Truncator(delivery.address).chars(LONGEST_RECIPIENT)
        if address and user:
            return f"{address} ({user})"
        return address or user or NONE

    @admin.display(description=_("trigger"))
    def what(self, delivery: Delivery) -> str:
        if delivery.subscription is None:
            return bdi(name_of(delivery.event.verb, catalog().offers["verb"]))
        return bdi(delivery.subscription.trigger.name)

    def why(self, delivery: Delivery) -> str:
        """Why it is in its state, in a line."""
        waits = (account_waits(delivery), address_waits(delivery), is_due(delivery))
        return "; ".join(text for text in (*waits, cause_of(delivery)) if text) or NONE

    @admin.display(description=_("detail"))
    def detail_shown(self, delivery: Delivery) -> str:
        return as_json(delivery.detail)
