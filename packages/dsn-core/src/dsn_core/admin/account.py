"""The pages of account states: which accounts are held or wait, why, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dsn_core.admin.reading import ReadingAdmin
from dsn_core.admin.waiting import LONG
from dsn_core.admin.words import badge, moment, name_of
from dsn_core.doorbell import ring
from dsn_core.exceptions import DSNError
from dsn_core.models import AccountState, Delivery
from dsn_core.models.alias import alias
from dsn_core.plugins.accounts import account_path
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.rates import Limits, limits
from dsn_core.records.holding import release_account
from dsn_core.states import State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

NOTHING = "-"


@admin.register(AccountState)
class AccountStateAdmin(ReadingAdmin[AccountState]):
    """What all workers know of an account. Who may change account states may use one again."""

    change_form_template = "admin/dsn/accountstate/change_form.html"

    list_display = (
        "messenger_shown",
        "account",
        "standing",
        "why",
        "waits_until",
        "waiting",
        "rate_shown",
    )
    fieldsets = (
        (None, {"fields": ("messenger_shown", "account", "standing", "why", "what_to_do")}),
        (_("Sending"), {"fields": ("held_since", "waits_until", "waiting", "rate_shown")}),
    )
    actions = ("use_again",)  # type: ignore[assignment]  # None above, for pages without any

    def has_release_permission(self, request: HttpRequest) -> bool:
        """May she use an account again that is held?"""
        return request.user.has_perm("dsn.change_accountstate")

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccountState]:
        """With how many deliveries wait for each."""
        waiting = Delivery.objects.order_by().filter(
            backend__messenger=OuterRef("messenger"),
            backend__account=OuterRef("account"),
            state__in=(State.QUEUED, State.HELD),
        )
        counted = waiting.values("backend__messenger").annotate(n=Count("pk")).values("n")
        number = Coalesce(Subquery(counted, output_field=IntegerField()), 0)
        return super().get_queryset(request).annotate(deliveries_waiting=number)

    @admin.action(description=_("Use again, now"), permissions=("release",))
    def use_again(self, request: HttpRequest, queryset: QuerySet[AccountState]) -> None:
        """Release what is held, and let what waits for its time go."""
        self._use_again(request, queryset)

    def get_urls(self) -> list[URLPattern]:
        """With the address of the button."""
        view = self.admin_site.admin_view(self.use_one_again)
        own = path("<path:object_id>/use-again/", view, name="dsn_accountstate_use_again")
        return [own, *super().get_urls()]

    def use_one_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The same for one, from its page. Only a POST does it."""
        state = self.get_object(request, unquote(object_id))
        if state is None:
            raise Http404
        if not self.has_release_permission(request) or not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            self._use_again(request, [state])
        return redirect(f"{self.admin_site.name}:dsn_accountstate_change", state.pk)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: AccountState | None = None,
    ) -> HttpResponse:
        """With the button, where there is something to use again."""
        if obj is not None:
            stopped = obj.held_since is not None or _waits(obj)
            context["may_use_again"] = stopped and self.has_release_permission(request)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def _use_again(self, request: HttpRequest, states: Iterable[AccountState]) -> None:
        count = 0
        for state in states:
            released = release_account(state.messenger, state.account)
            words = gettext("Used again; %(count)d held deliveries queued.") % {"count": released}
            self.log_change(request, state, words)
            count += released
        ring(alias())
        words = ngettext(
            "Used again; %(count)d delivery that was held is queued.",
            "Used again; %(count)d deliveries that were held are queued.",
            count,
        )
        messages.success(request, words % {"count": count})

    @admin.display(description=_("messenger"), ordering="messenger")
    def messenger_shown(self, state: AccountState) -> str:
        return name_of(state.messenger, catalog().offers["messenger"])

    @admin.display(description=_("state"))
    def standing(self, state: AccountState) -> str:
        if state.held_since is not None:
            return badge(gettext("held"), "held")
        if _waits(state):
            return badge(gettext("waits"), "queued")
        return badge(gettext("in use"), "sent")

    @admin.display(description=_("because"))
    def why(self, state: AccountState) -> str:
        if state.held_since is not None:
            return state.reason or gettext("It cannot be used.")
        if not _waits(state):
            return NOTHING
        if state.reason:
            return gettext("The service wants it to wait: %(reason)s") % {"reason": state.reason}
        return gettext("Its rate is used up.")

    @admin.display(description=_("what to do"))
    def what_to_do(self, state: AccountState) -> str:
        named = account_path(state.messenger, state.account)
        if _waits(state) and not state.reason and state.held_since is None:
            return gettext(
                "Nothing: what waits goes out by itself. Another rate in %(path)s counts as soon "
                "as the site and its workers are started again."
            ) % {"path": named}
        if state.held_since is None:
            return gettext("Nothing: what waits goes out by itself.")
        return gettext(
            "Correct %(path)s, and start the site and its workers again: as soon as it has "
            "changed, what waits goes out by itself. If it was right all along, and the service "
            "takes it now, use it again, now: there is a button for it."
        ) % {"path": named}

    @admin.display(description=_("waits until"), ordering="next_slot")
    def waits_until(self, state: AccountState) -> str:
        if state.held_since is not None:
            return gettext("somebody acts")
        return moment(state.next_slot, LONG) if _waits(state) and state.next_slot else NOTHING

    @admin.display(description=_("waiting"))
    def waiting(self, state: AccountState) -> int:
        count: int = getattr(state, "deliveries_waiting", 0)
        return count

    @admin.display(description=_("rate"))
    def rate_shown(self, state: AccountState) -> str:
        try:
            known = limits().get((state.messenger, state.account), Limits())
        except DSNError:
            return NOTHING
        return _in_words(known)


def _waits(state: AccountState) -> bool:
    return state.next_slot is not None and state.next_slot > timezone.now()


def _in_words(known: Limits) -> str:
    words = [str(known.whole)] if known.whole else []
    if known.sample is not None:
        words.append(gettext("to each address as its kind allows"))
    elif known.per_address is not None:
        words.append(gettext("to each address %(rate)s") % {"rate": known.per_address})
    return ", ".join(words) or gettext("no limit")
