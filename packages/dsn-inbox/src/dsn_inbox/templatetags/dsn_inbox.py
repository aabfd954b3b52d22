"""``{% load dsn_inbox %}``: the number and the list of one's own messages, on any page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from dsn_inbox.bell import bell
from dsn_inbox.showing import MessageList, counts_of

if TYPE_CHECKING:
    from django.template import Context
    from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag(takes_context=True)
def inbox_unread(context: Context) -> int:
    """How many messages the request's user has not read. One query per request, however often."""
    return counts_of(context.get("request")).unread


@register.simple_tag(takes_context=True)
def inbox_list(context: Context, limit: int = 5, *, unread: bool = False) -> MessageList:
    """Her newest entries: as a list with ``as``, drawn by ``dsn_inbox/messages.html`` without."""
    return MessageList.of(context.get("request"), limit=limit, unread=unread)


@register.simple_tag(takes_context=True)
def inbox_bell(context: Context, limit: int = 10) -> SafeString | str:
    """A bell with a badge that updates live, and her newest entries behind it; one query.

    Nothing for somebody who is not logged in. The template is ``dsn_inbox/bell.html``.
    """
    return bell(context.get("request"), limit=limit)
