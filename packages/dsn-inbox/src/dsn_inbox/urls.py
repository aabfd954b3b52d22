"""The pages and the API: ``path("inbox/", include("dsn_inbox.urls"))``."""

from __future__ import annotations

from django.urls import path

from dsn_inbox.standing import ensure_installed

ensure_installed()

from dsn_inbox.views import api, pages, streams  # noqa: E402  # Django's own words say less

app_name = "dsn_inbox"

urlpatterns = [
    path("", pages.message_list, name="list"),
    path("read/", pages.mark_all_read, name="mark_all_read"),
    path("seen/", pages.mark_all_seen, name="mark_all_seen"),
    path("<uuid:key>/read/", pages.mark_read, name="mark_read"),
    path("<uuid:key>/unread/", pages.mark_unread, name="mark_unread"),
    path("<uuid:key>/delete/", pages.delete, name="delete"),
    path("open/<uuid:key>/", pages.open_message, name="open"),
    path("api/unread/", api.unread, name="api_unread"),
    path("api/stream/", streams.stream, name="api_stream"),
    path("api/messages/", api.messages, name="api_messages"),
    path("api/read/", api.mark_all_read, name="api_mark_all_read"),
    path("api/seen/", api.mark_all_seen, name="api_mark_all_seen"),
    path("api/messages/<uuid:key>/", api.message, name="api_message"),
    path("api/messages/<uuid:key>/read/", api.mark_read, name="api_mark_read"),
    path("api/messages/<uuid:key>/unread/", api.mark_unread, name="api_mark_unread"),
    path("api/messages/<uuid:key>/delete/", api.delete, name="api_delete"),
]
