"""Pages that ask before something is done with deliveries, and do it. Only a POST does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dsn_core.admin.acts import ACTS
from dsn_core.admin.batches import open_rows, perform
from dsn_core.records.transitions import deliveries
from dsn_core.states import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.contrib.auth.models import AbstractUser
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from dsn_core.admin.acts import Act
    from dsn_core.admin.batches import Done
    from dsn_core.admin.typed import ModelAdmin
    from dsn_core.models import Delivery

CONFIRMED = "confirmed"
"""What the form of the page that asks sends along."""


def may_act(request: HttpRequest) -> bool:
    """May she change what becomes of deliveries?"""
    return request.user.has_perm("dsn.change_delivery")


def act_on_one(
    page: ModelAdmin[Delivery], request: HttpRequest, object_id: str, name: str
) -> HttpResponse:
    """Do one act with one delivery, and go back to its page; ask first where it must be asked."""
    delivery = page.get_object(request, object_id)
    if name not in ACTS or delivery is None:
        raise Http404
    if not (may_act(request) and page.has_view_permission(request, delivery)):
        raise PermissionDenied
    home = reverse(f"{page.admin_site.name}:dsn_delivery_change", args=(delivery.pk,))
    act = ACTS[name]
    if request.method != "POST":
        return HttpResponseRedirect(home)
    if (
        act.is_open_to(delivery)
        and act.must_be_confirmed(delivery)
        and CONFIRMED not in request.POST
    ):
        return _ask(page, request, act, deliveries().filter(pk=delivery.pk), home)
    _tell(request, act, _perform(request, act, deliveries().filter(pk=delivery.pk)))
    return HttpResponseRedirect(home)


def list_action(act: Act) -> Callable[..., HttpResponse | None]:
    """The act as an action of the list: it always asks, and says with how many."""

    def action(
        page: ModelAdmin[Delivery], request: HttpRequest, queryset: QuerySet[Delivery]
    ) -> HttpResponse | None:
        if CONFIRMED not in request.POST:
            back = request.get_full_path()
            return _ask(page, request, act, queryset, back, hidden=_chosen(request, act))
        _tell(request, act, _perform(request, act, queryset))
        return None

    action.__name__ = act.name
    action.short_description = act.label  # type: ignore[attr-defined]  # as admin.action does
    action.allowed_permissions = ("act",)  # type: ignore[attr-defined]
    return action


def _chosen(request: HttpRequest, act: Act) -> list[tuple[str, str]]:
    """What the form that asks has to send again, so that the list finds the same rows."""
    across = request.POST.get("select_across", "0")
    chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
    # With all of the list chosen the keys say nothing; but Django wants to see one.
    keys = chosen[:1] if across == "1" else chosen
    rows = [(ACTION_CHECKBOX_NAME, key) for key in keys]
    return [("action", act.name), ("select_across", across), *rows]


def _perform(request: HttpRequest, act: Act, rows: QuerySet[Delivery]) -> Done:
    # The admin lets nobody in who is not logged in.
    return perform(act, rows, cast("AbstractUser", request.user))


def _tell(request: HttpRequest, act: Act, done: Done) -> None:
    words: Mapping[str, object] = {"act": act.label, "count": done.count}
    if not done.is_all:
        text = _("“%(act)s”: done with %(count)d deliveries. There are more: do it once more.")
        messages.warning(request, text % words)
        return
    if not done.count:
        text = _("“%(act)s”: nothing was changed. What becomes of it was decided meanwhile.")
        messages.warning(request, text % words)
        return
    text = ngettext(
        "“%(act)s”: done with %(count)d delivery.",
        "“%(act)s”: done with %(count)d deliveries.",
        done.count,
    )
    messages.success(request, text % words)


def _ask(
    page: ModelAdmin[Delivery],
    request: HttpRequest,
    act: Act,
    rows: QuerySet[Delivery],
    back: str,
    *,
    hidden: Sequence[tuple[str, str]] = (),
) -> HttpResponse:
    counted = list(_counted(act, rows)) if rows.exists() else []
    context: dict[str, Any] = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": act.label,
        "media": page.media,
        "act": act,
        "counted": counted,
        "total": sum(count for _state, count, _doubted in counted),
        "repeats": sum(doubted for _state, _count, doubted in counted) if act.sends else 0,
        "hidden": hidden,
        "back": back,
    }
    request.current_app = page.admin_site.name
    return TemplateResponse(request, "admin/dsn/delivery/confirm.html", context)


def _counted(act: Act, rows: QuerySet[Delivery]) -> list[tuple[str, int, int]]:
    """For each state, its words, with how many it would be done, and how many are in doubt."""
    doubtful = Q(doubted=True) | Q(state=State.UNKNOWN)
    found = open_rows(act, rows).order_by().values("state")
    counts = found.annotate(count=Count("pk"), in_doubt=Count("pk", filter=doubtful))
    return sorted((str(State(one["state"]).label), one["count"], one["in_doubt"]) for one in counts)
