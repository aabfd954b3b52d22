"""The bell: a disclosure with a badge, which a script keeps up to date.

Without the script it still opens, shows the number that the page was made with, and leads to the
list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.template.loader import render_to_string

from dsn_inbox.showing import counts_of

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


def bell(request: HttpRequest | None, *, limit: int) -> SafeString | str:
    """The bell of the request's user; empty for somebody who is not logged in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return ""
    context = {"counts": counts_of(request), "limit": limit}
    return render_to_string("dsn_inbox/bell.html", context, request=request)
