"""The page that shows what would be sent, by every backend side by side. It changes nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dsn_core.admin.preview_form import PreviewForm, scope_of
from dsn_core.admin.words import name_of
from dsn_core.plugins.catalog import catalog
from dsn_core.rendering.notes import WORDS
from dsn_core.rendering.previewing import previews

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from dsn_core.admin.typed import ModelAdmin
    from dsn_core.contract.message import Message
    from dsn_core.models import Backend
    from dsn_core.rendering.previewing import Preview

FRAME = (
    '<!doctype html><meta charset="utf-8">'
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
    '<base target="_blank">'
)
"""Before the HTML of a message: it fetches nothing, so no picture tells that it was read."""


ALSO_DARK = '<meta name="color-scheme" content="light dark">'
"""Takes the colours of the admin. A tag, as the site's own policy may forbid styles in here too."""
OWN_COLOURS = re.compile(r"colou?r|background|<style|<link", re.IGNORECASE)
"""What a message has that brings colours, which are chosen for white paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One preview, as the page shows it. ``rules`` are pairs of words and what is lost."""

    preview: Preview
    messenger: str
    rules: tuple[tuple[str, str], ...]

    @property
    def message(self) -> Message | None:
        """What would go out; where nothing would, what the template gives."""
        return self.preview.fitted or self.preview.whole

    @property
    def length(self) -> int | None:
        """How long that is, in the messenger's units; None where nobody can tell."""
        went = self.preview.fitted is not None
        return self.preview.length if went else self.preview.whole_length

    @property
    def frame(self) -> str:
        """The HTML as a page of its own."""
        if not self.message or not self.message.html:
            return ""
        return FRAME + ("" if self.brings_colours else ALSO_DARK) + self.message.html

    @property
    def brings_colours(self) -> bool:
        """Must its HTML be seen on white, as it is read there?"""
        return bool(self.message and OWN_COLOURS.search(self.message.html))

    @property
    def was_cut(self) -> bool:
        """Did its text have to become shorter than the messenger would have it?"""
        return any(lost for _rule, lost in self.rules)


def card_of(preview: Preview) -> Card:
    """The card of one preview."""
    return Card(
        preview=preview,
        messenger=name_of(preview.backend.messenger, catalog().offers["messenger"]),
        rules=tuple((str(WORDS[note.rule]), note.lost) for note in preview.notes),
    )


@require_safe
def preview_page(request: HttpRequest, page: ModelAdmin[Backend]) -> HttpResponse:
    """The page; for those who may see backends and events."""
    if not (page.has_view_permission(request) and request.user.has_perm("dsn.view_event")):
        raise PermissionDenied
    scope = scope_of(request.GET)
    form = PreviewForm(request, scope.backends)
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "title": _("Preview"),
        "media": page.media,
        "form": form,
        "asked": scope.asked,
        "cards": _cards(form, scope.backends),
    }
    request.current_app = page.admin_site.name
    return TemplateResponse(request, "admin/dsn/backend/preview.html", context)


def _cards(form: PreviewForm, backends: Sequence[Backend]) -> list[Card]:
    if not form.is_valid() or form.chosen is None:
        return []
    user = form.people.get(form.cleaned_data["user"])
    language = form.cleaned_data["language"]
    return [card_of(one) for one in previews(backends, form.chosen, user=user, language=language)]
