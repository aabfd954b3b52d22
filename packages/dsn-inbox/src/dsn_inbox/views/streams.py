"""Server-sent events: the unread object at once, and again whenever it changes.

Only under ASGI: a WSGI server would keep a thread busy for each open page. There it answers 204,
by which a browser knows that it should not ask again, and the bell polls.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from dsn_inbox.streaming import hang_up, watcher
from dsn_inbox.views.api import logged_out, standing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from django.http import HttpRequest

    from dsn_inbox.streaming import Listener

LONGEST_SECONDS = 300.0
"""Then the browser connects again, and is asked again who it is."""
RECONNECT_MS = 2000
SIGN_OF_LIFE = ":\n\n"


@cache_control(private=True, no_store=True)
@require_GET
async def stream(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The counts of whoever is logged in, as ``text/event-stream``."""
    if not isinstance(request, ASGIRequest):
        return HttpResponse(status=204)
    user = await request.auser()
    # The request's own thread keeps its connection as long as the request lasts.
    await sync_to_async(hang_up)()
    if not user.is_authenticated:
        return logged_out()
    response = StreamingHttpResponse(_events(user), content_type="text/event-stream")
    # nginx would keep the events back until its buffer is full.
    response["X-Accel-Buffering"] = "no"
    return response


async def _events(user: object) -> AsyncIterator[str]:
    yield f"retry: {RECONNECT_MS}\n\n"
    ends = time.monotonic() + LONGEST_SECONDS
    with watcher().listening(getattr(user, "pk", None)) as listener:
        while True:
            yield await _event(user, listener) if await listener.has_changed() else SIGN_OF_LIFE
            if time.monotonic() >= ends:
                return


async def _event(user: object, listener: Listener) -> str:
    own = await watcher().ask(standing, user)
    listener.told = own["unread"], own["unseen"]
    return f"data: {json.dumps(own)}\n\n"
