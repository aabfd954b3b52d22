"""The pages, which need no JavaScript. A GET changes nothing; every change is a form's POST."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from dsn_inbox.models import InboxMessage
from dsn_inbox.views.entries import (
    latest_key,
    own_entry,
    own_message,
    own_until,
    page_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from dsn_inbox.mailbox import InboxQuerySet

    View = Callable[..., HttpResponse]

PAGE = 20


def _page(view: View) -> View:
    return never_cache(csrf_protect(login_required(view)))


def _change(view: View) -> View:
    return require_POST(_page(view))


@require_safe
@_page
def message_list(request: HttpRequest) -> HttpResponse:
    """The list: ``?before=KEY`` for older ones, ``?unread=1`` for the unread alone."""
    only_unread = request.GET.get("unread") == "1"
    before = _key(request.GET.get("before", ""))
    page = page_of(request.user, limit=PAGE, before=before, unread=only_unread)
    if page is None:
        raise Http404("You have no such message.")
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
    _own_entry(request, key).mark_read()
    return _back(request)


@_change
def mark_unread(request: HttpRequest, key: UUID) -> HttpResponse:
    """Mark an entry as unread."""
    _own_entry(request, key).mark_unread()
    return _back(request)


@_change
def delete(request: HttpRequest, key: UUID) -> HttpResponse:
    """Delete an entry."""
    _own_entry(request, key).discard()
    return _back(request)


@_change
def mark_all_read(request: HttpRequest) -> HttpResponse:
    """Mark all as read, or with ``until`` all up to that message."""
    _own_until(request).mark_read()
    return _back(request)


@_change
def mark_all_seen(request: HttpRequest) -> HttpResponse:
    """Mark all as seen, or with ``until`` all up to that message."""
    _own_until(request).mark_seen()
    return _back(request)


@_change
def open_message(request: HttpRequest, key: UUID) -> HttpResponse:
    """Mark an entry as read and go where it leads; to the list where it leads nowhere."""
    message = own_message(request.user, key)
    if message is None:
        raise Http404("You have no such message.")
    InboxMessage.objects.all().entry(request.user, message).mark_read()
    # Django redirects to no mail address.
    if not message.link or message.link.lower().startswith("mailto:"):
        return _back(request)
    return HttpResponseRedirect(message.link)


def _own_entry(request: HttpRequest, key: UUID) -> InboxQuerySet[InboxMessage]:
    entry = own_entry(request.user, key)
    if entry is None:
        raise Http404("You have no such message.")
    return entry


def _own_until(request: HttpRequest) -> InboxQuerySet[InboxMessage]:
    own = own_until(request.user, request.POST.get("until", ""))
    if own is None:
        raise Http404("You have no such message.")
    return own


def _key(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Http404("You have no such message.") from None


def _back(request: HttpRequest) -> HttpResponse:
    """To the page of this site whose form it was, or to the list."""
    target = request.POST.get("next", "")
    here = {request.get_host()}
    if url_has_allowed_host_and_scheme(target, here, require_https=request.is_secure()):
        # Not by "redirect", which looks for a view of such a name first, and fails.
        return HttpResponseRedirect(target)
    return HttpResponseRedirect(reverse("dsn_inbox:list"))
