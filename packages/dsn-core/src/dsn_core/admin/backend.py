"""The page of a backend: what. A new one begins with the chooser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dsn_core.admin.atomicity import outside_transactions
from dsn_core.admin.backend_form import BackendForm, upgraded
from dsn_core.admin.chooser import choose, chosen
from dsn_core.admin.filters import MessengerFilter
from dsn_core.admin.keeping import NoticingAdmin
from dsn_core.admin.options import PREFIX
from dsn_core.admin.plugins_page import plugins_page
from dsn_core.admin.preview import preview_page
from dsn_core.admin.standing import standings
from dsn_core.admin.trial import trial_page
from dsn_core.admin.words import as_json, badge
from dsn_core.models import Backend
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.labels import words
from dsn_core.plugins.values import describe
from dsn_core.records.holding import held_accounts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django import forms
    from django.contrib.admin.options import _FieldsetSpec
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern
    from django.utils.safestring import SafeString

    from dsn_core.contract.messenger import Messenger

SHOWN = (
    "name",
    "messenger_shown",
    "account",
    "message_template",
    "enabled",
    "in_doubt",
    "options_shown",
)
WITH_MESSENGER = SHOWN[:-1]


@admin.register(Backend)
class BackendAdmin(NoticingAdmin[Backend]):
    """What: a messenger with its account and options, and a message template."""

    form = BackendForm
    list_display = ("name", "messenger_listed", "account", "message_template", "enabled")
    list_filter = ("enabled", MessengerFilter)
    search_fields = ("name", "messenger", "message_template")
    readonly_fields = ("messenger_shown", "options_shown")

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The chooser, then the form of what was chosen."""
        if chosen(request) is None:
            return choose(self, request)
        return super().add_view(request, form_url, extra_context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """With what its template asks: can a messenger that is gone be tried?"""
        context = {**(extra_context or {}), "dsn_installed": tuple(catalog().offers["messenger"])}
        return super().change_view(request, object_id, form_url, context)

    def get_urls(self) -> list[URLPattern]:
        """With the pages of previews, of what is installed, and of a trial."""
        view = self.admin_site.admin_view
        own = [
            path("preview/", view(self.preview), name="dsn_backend_preview"),
            path("plugins/", view(self.plugins), name="dsn_backend_plugins"),
            path("<path:object_id>/trial/", view(self.trial), name="dsn_backend_trial"),
        ]
        return [*own, *super().get_urls()]

    def preview(self, request: HttpRequest) -> HttpResponse:
        """What would be sent; nothing is."""
        return preview_page(request, self)

    def plugins(self, request: HttpRequest) -> HttpResponse:
        """What is installed, and what is wrong with it."""
        return plugins_page(request, self)

    # No service is asked within a transaction, be it that of the request.
    @outside_transactions
    def trial(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send one message, to see what the service says."""
        return trial_page(request, self, object_id)

    def get_form(
        self, request: HttpRequest, obj: Backend | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Backend]]:
        """The form of the row's messenger."""
        names = kwargs.pop("fields", None) or flatten_fieldsets(self.get_fieldsets(request, obj))
        columns = [name for name in names if not str(name).startswith(PREFIX)]
        made = super().get_form(request, obj, change, fields=columns, **kwargs)
        made.messenger = _messenger(request, obj)  # type: ignore[attr-defined]  # a BackendForm
        return made

    def get_fieldsets(self, request: HttpRequest, obj: Backend | None = None) -> _FieldsetSpec:
        """With the options of the messenger; all of them as JSON where they cannot be edited."""
        messenger = _messenger(request, obj)
        if messenger is None or (obj and not self.has_change_permission(request, obj)):
            return [(None, {"fields": SHOWN})]
        options = tuple(PREFIX + spec.name for spec in describe(messenger.options_type))
        title = gettext("Options of %(messenger)s") % {"messenger": words(messenger.label)}
        sets: list[Any] = [(None, {"fields": WITH_MESSENGER})]
        sets += [(title, {"fields": options})] if options else []
        return sets

    def get_readonly_fields(
        self, request: HttpRequest, obj: Backend | None = None
    ) -> tuple[str, ...]:
        """Without its messenger, neither account nor template can be checked."""
        gone = _messenger(request, obj) is None
        return (*self.readonly_fields, *(("account", "message_template") if gone else ()))

    def notices(self, obj: Backend) -> Iterator[str]:
        """What keeps it from sending."""
        offer = catalog().offers["messenger"].get(obj.messenger)
        if offer is None:
            yield gettext(
                "The messenger %(key)s is not installed. This backend's deliveries wait as held, "
                "with no attempt counted, and go out when it is installed again. Its options are "
                "kept as they are."
            ) % {"key": obj.messenger}
            return
        yield from _notices_of_account(obj)
        yield from _notices_of_options(obj)

    @admin.display(description=_("messenger"), ordering="messenger")
    def messenger_listed(self, backend: Backend) -> str:
        offer = catalog().offers["messenger"].get(backend.messenger)
        return _gone(backend.messenger) if offer is None else words(offer.label)

    @admin.display(description=_("messenger"))
    def messenger_shown(self, backend: Backend) -> str:
        offer = catalog().offers["messenger"].get(backend.messenger)
        if offer is None:
            return _gone(backend.messenger)
        by = f"{offer.distribution} {offer.version}"
        return format_html(
            '{} <span class="dsn-quiet">({}, {})</span>',
            words(offer.label),
            backend.messenger,
            by,
        )

    @admin.display(description=_("options"))
    def options_shown(self, backend: Backend) -> str:
        return as_json(backend.options)


def _messenger(request: HttpRequest, obj: Backend | None) -> type[Messenger] | None:
    key = obj.messenger if obj is not None else chosen(request)
    offers = catalog().offers["messenger"]
    return catalog().messenger(key) if key is not None and key in offers else None


def _gone(key: str) -> SafeString:
    return format_html("{} {}", key, badge(gettext("not installed"), "gone"))


def _notices_of_account(backend: Backend) -> Iterator[str]:
    found = {
        standing.account: standing
        for standing in standings(catalog().messenger(backend.messenger), held_accounts())
    }
    if backend.account not in found:
        yield gettext("Settings name no account %(name)s; its deliveries wait as held.") % {
            "name": backend.account
        }
        return
    for text in (*found[backend.account].complaints, *found[backend.account].remarks):
        yield gettext("Account %(name)s: %(text)s") % {"name": backend.account, "text": text}


def _notices_of_options(backend: Backend) -> Iterator[str]:
    messenger = catalog().messenger(backend.messenger)
    known = {spec.name for spec in describe(messenger.options_type)}
    unknown = sorted(set(upgraded(messenger, backend.options)) - known)
    if unknown:
        yield gettext(
            "Kept, though the installed version does not know them: the options %(names)s."
        ) % {"names": ", ".join(unknown)}
