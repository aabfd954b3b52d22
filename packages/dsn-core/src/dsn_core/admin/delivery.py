"""The pages of deliveries: what became of each message."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timezone import is_aware, localtime
from django.utils.translation import gettext_lazy as _

from dsn_core.admin.reading import ReadingAdmin, ReadingInline
from dsn_core.admin.words import as_json, badge, name_of
from dsn_core.models import Attempt, Backend, Delivery
from dsn_core.plugins.catalog import catalog
from dsn_core.states import HeldBy, State, SuppressedBy

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

NONE = "-"
WAITING = {choice.value: choice.label for choice in HeldBy}
LEFT_OUT = {choice.value: choice.label for choice in SuppressedBy}


class MessengerFilter(admin.SimpleListFilter):
    """Offers what is installed or set up; never asks the deliveries, of which there are many."""

    title = _("messenger")
    parameter_name = "messenger"

    def lookups(
        self, request: HttpRequest, model_admin: admin.ModelAdmin[Delivery]
    ) -> list[tuple[str, str]]:
        """Every messenger, also one that is gone but has a backend."""
        offers = catalog().offers["messenger"]
        used = Backend.objects.order_by().values_list("messenger", flat=True).distinct()
        return [(key, name_of(key, offers)) for key in sorted({*offers, *used})]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """Those of the chosen one."""
        return queryset.filter(messenger=self.value()) if self.value() else queryset


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
        (_("The service's words"), {"fields": ("provider_id", "code", "reason", "detail_shown")}),
        (_("What happened"), {"fields": ("event", "verb", "payload", "key", "recipient_key")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Without what is long and not in the list."""
        return super().get_queryset(request).defer("event__payload", "event__cursor", "detail")

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
        at = delivery.created_at
        return date_format(localtime(at) if is_aware(at) else at, "SHORT_DATETIME_FORMAT")

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
        user = f"#{delivery.user_pk}" if delivery.user_pk else ""
        return " ".join(text for text in (delivery.address, user) if text) or NONE

    @admin.display(description=_("trigger"))
    def what(self, delivery: Delivery) -> str:
        if delivery.subscription is None:
            return delivery.event.verb
        return delivery.subscription.trigger.name

    @admin.display(description=_("verb"))
    def verb(self, delivery: Delivery) -> str:
        return name_of(delivery.event.verb, catalog().offers["verb"])

    @admin.display(description=_("because"))
    def why(self, delivery: Delivery) -> str:
        words = {State.HELD: WAITING, State.SUPPRESSED: LEFT_OUT}.get(State(delivery.state), {})
        named = str(words.get(delivery.code, delivery.code))
        return ": ".join(text for text in (named, delivery.reason) if text) or NONE

    @admin.display(description=_("detail"))
    def detail_shown(self, delivery: Delivery) -> str:
        return as_json(delivery.detail)

    @admin.display(description=_("payload"))
    def payload(self, delivery: Delivery) -> str:
        return as_json(delivery.event.payload)
