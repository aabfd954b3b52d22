"""The JSON API. Its paths, names and answers are stable; see the README."""

from __future__ import annotations

from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, TypedDict
from uuid import UUID

from django.http import HttpResponseNotAllowed, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_protect

from dsn_inbox.models import InboxMessage
from dsn_inbox.views.entries import NoSuchMessage, latest_key, own_entry, own_until, page_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    View = Callable[..., HttpResponse]

DEFAULT_LIMIT = 20
MOST = 100


def endpoint(*methods: str) -> Callable[[View], View]:
    """A view of the API: for these methods, for somebody logged in, never kept by a cache."""

    def decorate(view: View) -> View:
        @cache_control(private=True, no_store=True)
        @csrf_protect
        @wraps(view)
        def serve(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            return _answer(request, view, methods, *args, **kwargs)

        return serve

    return decorate


def _answer(
    request: HttpRequest, view: View, methods: tuple[str, ...], *args: object, **kwargs: object
) -> HttpResponse:
    if request.method not in methods:
        return HttpResponseNotAllowed(methods)
    if not request.user.is_authenticated:
        return logged_out()
    try:
        return view(request, *args, **kwargs)
    except NoSuchMessage as error:
        return _error(str(error), HTTPStatus.NOT_FOUND)


@endpoint("GET", "HEAD")
def unread(request: HttpRequest) -> HttpResponse:
    """How many are unread and unseen, and the key of the newest message."""
    return _standing_of(request)


@endpoint("GET", "HEAD")
def messages(request: HttpRequest) -> HttpResponse:
    """Entries, the newest first. ``?before=KEY&limit=20&unread=1``."""
    try:
        before = UUID(request.GET["before"]) if request.GET.get("before") else None
        limit = int(request.GET.get("limit") or DEFAULT_LIMIT)
    except ValueError:
        return _error("'before' is a message's key, 'limit' a number.", HTTPStatus.BAD_REQUEST)
    page = page_of(
        request.user,
        limit=max(1, min(limit, MOST)),
        before=before,
        unread=request.GET.get("unread") == "1",
    )
    following = None if page.next is None else str(page.next)
    return JsonResponse({"messages": [as_json(m) for m in page.messages], "next": following})


@endpoint("POST")
def mark_read(request: HttpRequest, key: UUID) -> HttpResponse:
    """Mark an entry as read."""
    own_entry(request.user, key).mark_read()
    return _standing_of(request)


@endpoint("POST")
def mark_unread(request: HttpRequest, key: UUID) -> HttpResponse:
    """Mark an entry as unread."""
    own_entry(request.user, key).mark_unread()
    return _standing_of(request)


@endpoint("DELETE")
def message(request: HttpRequest, key: UUID) -> HttpResponse:
    """Delete an entry."""
    return _discard(request, key)


@endpoint("POST")
def delete(request: HttpRequest, key: UUID) -> HttpResponse:
    """Delete an entry, for those who can only post."""
    return _discard(request, key)


@endpoint("POST")
def mark_all_read(request: HttpRequest) -> HttpResponse:
    """Mark all as read, or with ``until=KEY`` all up to that message."""
    own_until(request.user, request.POST.get("until", "")).mark_read()
    return _standing_of(request)


@endpoint("POST")
def mark_all_seen(request: HttpRequest) -> HttpResponse:
    """Mark all as seen, or with ``until=KEY`` all up to that message."""
    own_until(request.user, request.POST.get("until", "")).mark_seen()
    return _standing_of(request)


def logged_out() -> HttpResponse:
    """What somebody who is not logged in is told."""
    return _error("Log in first.", HTTPStatus.UNAUTHORIZED)


class Standing(TypedDict):
    """The unread object: ``latest`` is the key of the newest message, or empty."""

    unread: int
    unseen: int
    latest: str


def standing(user: object) -> Standing:
    """The unread object, which most of the API answers with. Two queries."""
    counts, latest = InboxMessage.objects.for_user(user).counts(), latest_key(user)
    return {
        "unread": counts.unread,
        "unseen": counts.unseen,
        "latest": "" if latest is None else str(latest),
    }


def as_json(message: InboxMessage) -> dict[str, object]:
    """One entry. ``html`` is sanitised; all other texts are plain and must be escaped."""
    return {
        "key": str(message.key),
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "level": message.level,
        "verb": message.verb,
        "actions": message.actions,
        "created_at": message.created_at.isoformat(),
        "seen": message.seen_at is not None,
        "read": message.read_at is not None,
        "count": message.count,
    }


def _standing_of(request: HttpRequest) -> HttpResponse:
    return JsonResponse(standing(request.user))


def _discard(request: HttpRequest, key: UUID) -> HttpResponse:
    own_entry(request.user, key).discard()
    return _standing_of(request)


def _error(words: str, status: HTTPStatus) -> HttpResponse:
    return JsonResponse({"error": words}, status=status)
