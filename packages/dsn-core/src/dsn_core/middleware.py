"""Middleware: knows whose request is being served, in sync and in async views."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from asgiref.sync import iscoroutinefunction, markcoroutinefunction

from dsn_core.capture.actor import acting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from django.http import HttpRequest, HttpResponseBase

    Answer = Callable[[HttpRequest], HttpResponseBase]
    AsyncAnswer = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


class ActorMiddleware:
    """Makes the request's user the actor of what happens while it is served.

    Stands after ``AuthenticationMiddleware``. The user is looked at only when something counts.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Answer | AsyncAnswer) -> None:
        self._get_response = get_response
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Serve ``request`` as its user."""
        if self._is_async:
            return self._answer_later(request)
        with acting(request):
            return cast("Answer", self._get_response)(request)

    async def _answer_later(self, request: HttpRequest) -> HttpResponseBase:
        with acting(request):
            return await cast("AsyncAnswer", self._get_response)(request)
