"""The pages of reports: what services told us later, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dsn_core.admin.filters import MessengerFilter, WordsFilter
from dsn_core.admin.paging import BoundedPaginator, newest
from dsn_core.admin.reading import ReadingAdmin
from dsn_core.admin.words import as_json, badge, moment, name_of
from dsn_core.models import InboundReport
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

    from dsn_core.models import Delivery

NONE = "-"
MOST_SHOWN = 20
NO_EFFECT = ("changed nothing", "could not")
KINDS: Mapping[str, _StrPromise] = {
    "receipt": _("Receipt"),
    "opted_out": _("Opted out"),
    "opted_in": _("Opted in"),
    "moved": _("Moved"),
    "linked": _("Linked"),
}


class WaitingFilter(WordsFilter):
    """Those that wait, apart from all that are done."""

    title = _("what it did")
    parameter_name = "waits"
    words: ClassVar[Mapping[str, _StrPromise]] = {"yes": _("It waits"), "no": _("It is done")}

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[InboundReport]
    ) -> QuerySet[InboundReport]:
        """Those of the chosen one."""
        waits = {"yes": True, "no": False}.get(self.value() or "")
        return queryset if waits is None else queryset.filter(applied_at__isnull=waits)


class KindFilter(WordsFilter):
    """By what it reports."""

    title = _("kind, among the newest")
    parameter_name = "kind"
    words = KINDS

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[InboundReport]
    ) -> QuerySet[InboundReport]:
        """Those of the chosen one: no index leads to them."""
        chosen = super().queryset(request, queryset)
        return newest(chosen) if self.value() else chosen


@admin.register(InboundReport)
class InboundReportAdmin(ReadingAdmin[InboundReport]):
    """One report of a service: what it said, and what it did."""

    list_display = ("received", "kind_shown", "subject", "did", "messenger_shown", "account")
    list_display_links = ("received", "subject")
    paginator = BoundedPaginator
    sortable_by = ("received",)
    list_filter = (WaitingFilter, KindFilter, MessengerFilter)
    search_fields = ("subject__exact",)
    search_help_text = _("A whole address, a message's id at the service, or a delivery's key.")
    fieldsets = (
        (None, {"fields": ("kind_shown", "subject", "messenger_shown", "account", "said")}),
        (_("What it did"), {"fields": ("did", "received_at", "applied_at", "next_look")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[InboundReport]:
        """Without what is long and not in the list."""
        return super().get_queryset(request).defer("values", "fingerprint")

    @admin.display(description=_("received"), ordering="id")
    def received(self, report: InboundReport) -> str:
        return moment(report.received_at)

    @admin.display(description=_("kind"))
    def kind_shown(self, report: InboundReport) -> str:
        return str(KINDS.get(report.kind, report.kind))

    @admin.display(description=_("messenger"))
    def messenger_shown(self, report: InboundReport) -> str:
        return name_of(report.messenger, catalog().offers["messenger"])

    @admin.display(description=_("what it did"))
    def did(self, report: InboundReport) -> str:
        return did(report)

    @admin.display(description=_("looked at again at"))
    def next_look(self, report: InboundReport) -> str:
        return moment(report.next_at) if report.applied_at is None else NONE

    @admin.display(description=_("what was said"))
    def said(self, report: InboundReport) -> str:
        shown = {name: value for name, value in report.values.items() if name != "token"}
        return as_json(shown)


def did(report: InboundReport) -> str:
    """What became of it; one that changed nothing in a quiet colour."""
    if report.applied_at is None:
        return badge(gettext("waits"), "held")
    if report.outcome.startswith(NO_EFFECT):
        return format_html("{} {}", badge(gettext("nothing"), "suppressed"), report.outcome)
    return badge(report.outcome.replace("_", " "), "done")


def reports_about(delivery: Delivery) -> QuerySet[InboundReport]:
    """The last receipts that spoke of this delivery, newest first."""
    names = [name for name in (delivery.provider_id, str(delivery.key)) if name]
    spoke = InboundReport.objects.filter(
        subject__in=names, messenger=delivery.messenger, kind="receipt"
    )
    return spoke.defer("values").order_by("-pk")[:MOST_SHOWN]
