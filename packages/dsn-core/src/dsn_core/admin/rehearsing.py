"""The page on which a trigger is tried: who would get what. Nothing is changed or sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dsn_core.admin.people import may_see_users
from dsn_core.admin.preview import card_of
from dsn_core.admin.rehearsing_form import OBJECTS, RehearsalForm
from dsn_core.admin.sentence import sentence_of
from dsn_core.admin.typed import ModelAdmin
from dsn_core.exceptions import DSNError
from dsn_core.fanout.rehearsing import LEFT_OUT, rehearse
from dsn_core.models import Trigger
from dsn_core.pausing import capture_paused
from dsn_core.records.holding import held_accounts
from dsn_core.rendering.previewing import previews
from dsn_core.states import SuppressedBy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

    from dsn_core.admin.preview import Card
    from dsn_core.capture.explaining import Finding
    from dsn_core.fanout.rehearsing import Line, Part, Rehearsal
    from dsn_core.models import Event

SEEING = ("dsn.view_subscription", "dsn.view_backend", "dsn.view_event")
"""What the page shows besides the trigger."""
MOST_LINES = 20
MOST_LOOKED_AT = 2_000
"""After so many recipients of a backend a page has been waited for long enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One recipient, in words. ``fate`` is empty where she would get the message."""

    who: str
    address: str
    fate: str
    until: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One backend: its message, how many would get it, and the first recipients."""

    card: Card
    part: Part
    rows: tuple[Row, ...]
    reasons: tuple[tuple[str, int], ...]
    is_held: bool

    @property
    def more(self) -> int:
        """How many recipients are not listed."""
        return self.part.looked_at - len(self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the page says. Without ``findings`` it is about an event that was counted."""

    problem: str = ""
    findings: tuple[Finding, ...] = ()
    counts: bool = True
    rehearsal: Rehearsal | None = None
    told: tuple[Told, ...] = ()


class Rehearsing(ModelAdmin[Trigger]):
    """Gives the page of a trigger one more: *Try it*."""

    def get_urls(self) -> list[URLPattern]:
        """With the page of rehearsals."""
        view = self.admin_site.admin_view(self.rehearsal)
        own = path("<path:object_id>/rehearsal/", view, name="dsn_trigger_rehearsal")
        return [own, *super().get_urls()]

    def rehearsal(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Who would get what; nothing is stored or sent."""
        return rehearsal_page(request, self, object_id)


@require_safe
def rehearsal_page(request: HttpRequest, page: ModelAdmin[Trigger], object_id: str) -> HttpResponse:
    """The page; for those who may see all that it shows."""
    trigger = page.get_object(request, object_id)
    if trigger is None:
        raise Http404
    if not (page.has_view_permission(request, trigger) and request.user.has_perms(SEEING)):
        raise PermissionDenied
    sees_people = may_see_users(request) and request.user.has_perm("dsn.view_delivery")
    with capture_paused():
        form = RehearsalForm(request, trigger)
        result = _result(form, trigger, sees_people=sees_people)
        objects = _objects(form)
    context = {
        **page.admin_site.each_context(request),
        "opts": page.opts,
        "original": trigger,
        "title": _("Try “%(trigger)s”") % {"trigger": trigger},
        "sentence": sentence_of(trigger),
        "media": page.media,
        "form": form,
        "result": result,
        "objects": objects,
        "objects_id": OBJECTS,
        "sees_people": sees_people,
        "most": MOST_LOOKED_AT,
    }
    request.current_app = page.admin_site.name
    return TemplateResponse(request, "admin/dsn/trigger/rehearsal.html", context)


def _objects(form: RehearsalForm) -> list[tuple[str, str]]:
    try:
        return form.offered_objects()
    except DSNError:
        return []  # The model is gone, which the result says.


def _result(form: RehearsalForm, trigger: Trigger, *, sees_people: bool) -> Result:
    if not form.is_valid():
        return Result()
    try:
        event = form.chosen_event()
        if event is not None:
            return _played(event, sees_people=sees_people)
        firing = form.firing()
        found = tuple(firing.findings())
        return _played(firing.event(), found, counts=firing.counts, sees_people=sees_people)
    except DSNError as error:
        return Result(problem=str(error))


def _played(
    event: Event, found: tuple[Finding, ...] = (), *, counts: bool = True, sees_people: bool
) -> Result:
    lines = MOST_LINES if sees_people else 0
    rehearsal = rehearse(event, lines=lines, most=MOST_LOOKED_AT, even_if_off=True)
    held = held_accounts()
    told = (
        Told(
            card=_card(part, event, sees_people=sees_people),
            part=part,
            rows=tuple(map(_row, part.lines)),
            reasons=tuple(_reasons(part)),
            is_held=(part.backend.messenger, part.backend.account) in held,
        )
        for part in rehearsal.parts
    )
    return Result(findings=found, counts=counts, rehearsal=rehearsal, told=tuple(told))


def _card(part: Part, event: Event, *, sees_people: bool) -> Card:
    """The message as the first recipient would read it, or else as nobody in particular."""
    user = part.first.user if part.first and sees_people else None
    [preview] = previews([part.backend], event, user=user)
    return card_of(preview)


def _row(line: Line) -> Row:
    everybody = _("Everybody") if not (line.user or line.address) else ""
    return Row(
        who=str(line.user) if line.user is not None else everybody or _("A bare address"),
        address=line.address,
        fate="" if line.is_told else f"{_label(line.code)} {line.reason}".strip(),
        until=line.until,
    )


def _reasons(part: Part) -> Iterable[tuple[str, int]]:
    """Why somebody would not get it, and how many that are."""
    codes: Iterator[str] = (code for code in sorted(part.counts) if code)
    return ((_label(code), part.counts[code]) for code in codes)


def _label(code: str) -> str:
    if code == LEFT_OUT:
        return _("It cannot be said before what is wrong is mended.")
    return str(SuppressedBy(code).label)
