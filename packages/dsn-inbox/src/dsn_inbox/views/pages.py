"""The pages, which need no JavaScript. A GET changes nothing; every change is a form's POST."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from dsn_inbox.models import InboxMessage
from dsn_inbox.views.entries import (
    key_of,
    latest_key,
    own_entry,
    own_message,
    own_until,
    page_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    View = Callable[..., HttpResponse]

PAGE = 20


def _change(view: View) -> View:
    """A form's POST. Who has been logged out meanwhile logs in, and finds the page of the form."""

    @require_POST
    @never_cache
    @csrf_protect
    @wraps(view)
    def serve(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        return redirect_to_login(_origin(request))

    return serve


@require_safe
@never_cache
@csrf_protect
@login_required
def message_list(request: HttpRequest) -> HttpResponse:
    """The list: ``?before=KEY`` for older ones, ``?unread=1`` for the unread alone."""
    only_unread = request.GET.get("unread") == "1"
    before = key_of(request.GET["before"]) if request.GET.get("before") else None
    page = page_of(request.user, limit=PAGE, before=before, unread=only_unread)
    context = {
        # Not "messages": that is what django.contrib.messages calls its own.
        "inbox_messages": page.messages,
        "next": page.next,
        "before": before,
        "only_unread": only_unread,
        "counts": InboxMessage.objects.for_user(request.user).counts(),
        "until": page.messages[0].key if page.messages and not before else latest_key(request.user),
    }
    return render(request, "dsn_inbox/list.html", context)


@_change
def mark_read(request: HttpRequest, key: UUID) -> HttpResponse:
    """Mark an entry as read."""
    own_entry(request.user, key).mark_read()
    return _back(request)


@_change
def mark_unread(request: HttpRequest, key: UUID) -> HttpResponse:
    """Mark an entry as unread."""
    own_entry(request.user, key).mark_unread()
    return _back(request)


@_change
def delete(request: HttpRequest, key: UUID) -> HttpResponse:
    """Delete an entry."""
    own_entry(request.user, key).discard()
    return _back(request)


@_change
def mark_all_read(request: HttpRequest) -> HttpResponse:
    """Mark all as read, or with ``until`` all up to that message."""
    own_until(request.user, request.POST.get("until", "")).mark_read()
    return _back(request)


@_change
def mark_all_seen(request: HttpRequest) -> HttpResponse:
    """Mark all as seen, or with ``until`` all up to that message."""
    own_until(request.user, request.POST.get("until", "")).mark_seen()
    return _back(request)


@_change
def open_message(request: HttpRequest, key: UUID) -> HttpResponse:
    """Mark an entry as read and go where it leads; to the list where it leads nowhere."""
    message = own_message(request.user, key)
    InboxMessage.objects.all().entry(request.user, message).mark_read()
    # Django redirects to no mail address.
    if not message.link or message.link.lower().startswith("mailto:"):
        return _back(request)
    return HttpResponseRedirect(message.link)


def _back(request: HttpRequest) -> HttpResponse:
    # Not by "redirect", which looks for a view of such a name first, and fails.
    return HttpResponseRedirect(_origin(request))


def _origin(request: HttpRequest) -> str:
    """The page of this site whose form it was, or the list."""
    target = request.POST.get("next", "")
    here = {request.get_host()}
    if url_has_allowed_host_and_scheme(target, here, require_https=request.is_secure()):
        return target
    return reverse("dsn_inbox:list")
