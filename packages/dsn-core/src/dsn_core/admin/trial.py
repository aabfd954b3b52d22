"""*Send a test to me*: one message by one backend, at once, and what the service said to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dsn_core.admin.preview import card_of
from dsn_core.admin.trial_form import AboutForm, TrialForm, own_address, scrubber_of
from dsn_core.contract.outcome import Refusal
from dsn_core.delivery.trying import NO_ADDRESS, send_once
from dsn_core.exceptions import DSNError
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.values import describe, to_json
from dsn_core.rendering.previewing import previews

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import _StrPromise

    from dsn_core.admin.keeping import NoticingAdmin
    from dsn_core.admin.preview import Card
    from dsn_core.delivery.trying import Trial
    from dsn_core.models import Backend

MEANINGS: Mapping[Refusal | None, _StrPromise] = {
    None: _("The service took it."),
    Refusal.RETRY: _("The service did not take it now; it may work later."),
    Refusal.ADDRESS: _("Nothing will ever arrive at this address."),
    Refusal.MESSAGE: _("The service will never take this message."),
    Refusal.IN_DOUBT: _("Nobody knows whether it arrived: there was no answer."),
    Refusal.ACCOUNT: _("The account cannot be used; it is held now, with all that waits for it."),
}


def trial_page(request: HttpRequest, page: NoticingAdmin[Backend], object_id: str) -> HttpResponse:
    """The page; it sends on POST only. For those who may change the backend."""
    backend = page.get_object(request, unquote(object_id))
    if backend is None:
        raise Http404(gettext("There is no such backend."))
    if not page.has_change_permission(request, backend):
        raise PermissionDenied
    if backend.messenger not in catalog().offers["messenger"]:
        messages.error(request, gettext("Its messenger is not installed: nothing can be sent."))
        change = reverse(
            "admin:dsn_backend_change", args=(backend.pk,), current_app=page.admin_site.name
        )
        return HttpResponseRedirect(change)
    return _page(request, page, backend)


def _page(request: HttpRequest, page: NoticingAdmin[Backend], backend: Backend) -> HttpResponse:
    about, form = AboutForm(request, backend), _form(request, backend)
    card = _card(request, about, backend)
    if request.method == "POST" and card is not None and form.is_valid():
        _send(request, page, card, form.cleaned_data.get("address", ""))
        return HttpResponseRedirect(f"{request.path}?{urlencode({'event': about.key})}")
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "original": backend,
        "title": gettext("Send a test"),
        "media": page.media,
        "about": about,
        "form": form,
        "card": card,
        "notices": list(page.notices(backend)),
    }
    request.current_app = page.admin_site.name
    return TemplateResponse(request, "admin/dsn/backend/trial.html", context)


def _form(request: HttpRequest, backend: Backend) -> TrialForm:
    messenger = catalog().messenger(backend.messenger)
    data = request.POST if request.method == "POST" else None
    # Whoever may change a backend is somebody.
    own = own_address(cast("Model", request.user), backend, messenger)
    return TrialForm(data, backend=backend, messenger=messenger, own=own)


def _card(request: HttpRequest, about: AboutForm, backend: Backend) -> Card | None:
    """What would be sent: it is shown before, and it is what goes out."""
    if about.chosen is None:
        return None
    [preview] = previews([backend], about.chosen, user=request.user)
    return card_of(preview)


def _send(request: HttpRequest, page: NoticingAdmin[Backend], card: Card, address: str) -> None:
    backend = card.preview.backend
    if card.preview.fitted is None or card.preview.whole is None:
        messages.error(
            request, gettext("Nothing was sent. %(why)s") % {"why": card.preview.problem}
        )
        return
    try:
        trial = send_once(
            backend.messenger,
            address or NO_ADDRESS,
            card.preview.whole,
            account=backend.account,
            options=_options(backend),
        )
    except DSNError as error:
        words = scrubber_of(backend).text(error)
        messages.error(request, gettext("Nothing was sent. %(why)s") % {"why": words})
        return
    said = _in_words(trial)
    page.log_change(request, backend, said)
    (messages.error if trial.refusal else messages.success)(request, said)


def _options(backend: Backend) -> dict[str, object]:
    """Those that its messenger knows today; others are kept in the row, and asked of nobody."""
    built = backend.build_options()
    return {spec.name: to_json(getattr(built, spec.name)) for spec in describe(type(built))}


def _in_words(trial: Trial) -> str:
    parts = [_what_was_done(trial) % {"address": trial.address}, str(MEANINGS[trial.refusal])]
    if trial.refusal:
        said = {"code": trial.code, "reason": trial.reason}
        parts.append(gettext("It said: %(code)s: %(reason)s") % said)
    elif trial.provider_id:
        parts.append(gettext("It calls it %(id)s.") % {"id": trial.provider_id})
    return " ".join(parts)


def _what_was_done(trial: Trial) -> str:
    if trial.refusal:
        to_one = gettext("A test to %(address)s was tried.")
        return to_one if trial.address else gettext("A test in public was tried.")
    to_one = gettext("A test was sent to %(address)s.")
    return to_one if trial.address else gettext("A test was published.")
