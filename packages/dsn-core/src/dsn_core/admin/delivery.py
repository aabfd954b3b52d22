"""The pages of deliveries: what became of each message."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from dsn_core.admin.filters import MessengerFilter
from dsn_core.admin.happening import verb_of
from dsn_core.admin.people import name_users, user_of
from dsn_core.admin.reading import ReadingAdmin, ReadingInline
from dsn_core.admin.report import reports_about, table_of
from dsn_core.admin.waiting import account_waits, address_waits, is_due, with_accounts
from dsn_core.admin.words import as_json, badge, moment, name_of
from dsn_core.models import Attempt, Delivery
from dsn_core.plugins.catalog import catalog
from dsn_core.states import HeldBy, State, SuppressedBy

if TYPE_CHECKING:
    from django.contrib.admin.options import _FieldsetSpec
    from django.contrib.admin.views.main import ChangeList
    from django.db.models import QuerySet
    from django.http import HttpRequest

NONE = "-"
WAITING = {choice.value: choice.label for choice in HeldBy}
LEFT_OUT = {choice.value: choice.label for choice in SuppressedBy}
GUARDED = {"payload": "dsn.view_event", "reports": "dsn.view_inboundreport"}
"""What tells of other rows, by the permission to see those."""


class AttemptInline(ReadingInline[Attempt, Delivery]):
    """Each try that was not accepted."""

    model = Attempt
    fields = ("at", "outcome", "code", "reason", "duration")
    readonly_fields = fields


@admin.register(Delivery)
class DeliveryAdmin(ReadingAdmin[Delivery]):
    """One message to one address by one backend: its state, and why."""

    inlines = (AttemptInline,)
    list_display = ("created", "state_and_why", "recipient", "messenger_shown", "what")
    list_display_links = ("created", "recipient")
    list_filter = ("state", MessengerFilter, "backend")
    list_select_related = ("event", "backend", "subscription__trigger")
    search_fields = ("address", "=user_pk")
    search_help_text = _("Part of an address, a user's key, or a delivery's key.")
    fieldsets = (
        (None, {"fields": ("state_shown", "why", "recipient", "what", "backend", "subscription")}),
        (
            _("Sending"),
            {
                "fields": (
                    "messenger_shown",
                    "account",
                    "attempts",
                    "next_at",
                    "expires_at",
                    "doubted",
                    "lease_until",
                    "created_at",
                    "finished_at",
                )
            },
        ),
        (
            _("The service's words"),
            {"fields": ("provider_id", "code", "reason", "detail_shown", "reports")},
        ),
        (_("What happened"), {"fields": ("event", "verb", "payload", "key", "recipient_key")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Delivery | None = None) -> _FieldsetSpec:
        """Without what she may not see elsewhere either."""
        hidden = {name for name, needed in GUARDED.items() if not request.user.has_perm(needed)}
        return [
            (title, {"fields": tuple(name for name in shown["fields"] if name not in hidden)})
            for title, shown in super().get_fieldsets(request, obj)
        ]

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
        """As Django's, and by a whole key, which databases store in more than one way."""
        try:
            key = uuid.UUID(search_term.strip())
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(key=key), False

    @admin.display(description=_("created"), ordering="id")
    def created(self, delivery: Delivery) -> str:
        return moment(delivery.created_at)

    @admin.display(description=_("state"), ordering="state")
    def state_and_why(self, delivery: Delivery) -> str:
        why = self.why(delivery)
        return format_html("{} {}", self.state_shown(delivery), "" if why == NONE else why)

    @admin.display(description=_("state"), ordering="state")
    def state_shown(self, delivery: Delivery) -> str:
        return badge(State(delivery.state).label, delivery.state)

    @admin.display(description=_("messenger"), ordering="messenger")
    def messenger_shown(self, delivery: Delivery) -> str:
        return name_of(delivery.messenger, catalog().offers["messenger"])

    @admin.display(description=_("recipient"))
    def recipient(self, delivery: Delivery) -> str:
        user = user_of(delivery)
        if delivery.address and user:
            return f"{delivery.address} ({user})"
        return delivery.address or user or NONE

    @admin.display(description=_("trigger"))
    def what(self, delivery: Delivery) -> str:
        if delivery.subscription is None:
            return delivery.event.verb
        return delivery.subscription.trigger.name

    @admin.display(description=_("verb"))
    def verb(self, delivery: Delivery) -> str:
        return verb_of(delivery.event)

    @admin.display(description=_("because"))
    def why(self, delivery: Delivery) -> str:
        words = {State.HELD: WAITING, State.SUPPRESSED: LEFT_OUT}.get(State(delivery.state), {})
        named = str(words.get(delivery.code, delivery.code))
        own = ": ".join(text for text in (named, delivery.reason) if text)
        waits = (account_waits(delivery), address_waits(delivery), is_due(delivery))
        return "; ".join(text for text in (*waits, own) if text) or NONE

    @admin.display(description=_("detail"))
    def detail_shown(self, delivery: Delivery) -> str:
        return as_json(delivery.detail)

    @admin.display(description=_("reported later"))
    def reports(self, delivery: Delivery) -> str:
        return table_of(reports_about(delivery), self.admin_site.name) or NONE

    @admin.display(description=_("payload"))
    def payload(self, delivery: Delivery) -> str:
        return as_json(delivery.event.payload)
