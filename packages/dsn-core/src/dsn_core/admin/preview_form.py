"""What a preview is asked about: which backends, which event, and who reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dsn_core.admin import choices
from dsn_core.admin.happening import object_of, verb_of, with_objects
from dsn_core.admin.people import actor_of, may_see_users, name_actors
from dsn_core.admin.samples import offered_samples, sample_event
from dsn_core.admin.words import moment
from dsn_core.models import Backend, Delivery, Event, Subscription
from dsn_core.models.alias import alias
from dsn_core.plugins.scrubbing import storable
from dsn_core.rendering.readers import readers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, QueryDict

MOST_BACKENDS = 12
MOST_EVENTS = 20
MOST_LOOKED_AT = 200
MOST_READERS = 20
LONGEST_KEY = 18
"""Digits that every database takes as a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The backends to preview; ``asked`` is what the address said of them."""

    backends: tuple[Backend, ...]
    asked: tuple[tuple[str, str], ...]


def scope_of(query: QueryDict) -> Scope:
    """The backends of a subscription or trigger, with a template, named, or met by an event."""
    for name, find in SCOPES.items():
        values = [value for value in map(storable, query.getlist(name)) if value]
        if values:
            found = find(values).order_by("name").distinct()[:MOST_BACKENDS]
            kept = tuple((name, value) for value in values) if name != "event" else ()
            return Scope(backends=tuple(found), asked=kept)
    return Scope(backends=(), asked=())


def _backends() -> QuerySet[Backend]:
    return Backend.objects.using(alias())


def _of_events(values: Sequence[str]) -> QuerySet[Backend]:
    events = Event.objects.using(alias()).filter(pk__in=keys(values))
    triggers = {pk for ids in events.values_list("trigger_ids", flat=True) for pk in ids}
    return _backends().filter(subscriptions__trigger_id__in=triggers)


SCOPES: Mapping[str, Callable[[Sequence[str]], QuerySet[Backend]]] = {
    "subscription": lambda values: _backends().filter(subscriptions__pk__in=keys(values)),
    "trigger": lambda values: _backends().filter(subscriptions__trigger__in=keys(values)),
    "template": lambda values: _backends().filter(message_template__in=values),
    "backend": lambda values: _backends().filter(pk__in=keys(values)),
    "event": _of_events,
}
"""By the name in the address; the first that is there counts."""


def keys(texts: Iterable[str]) -> list[int]:
    """Those that can be a row's key."""
    return [
        int(text)
        for text in texts
        if text.isascii() and text.isdecimal() and len(text) <= LONGEST_KEY
    ]


def recent_events(backends: Sequence[Backend]) -> list[Event]:
    """The last events of triggers that lead to these backends; of any where there is none."""
    leading = set(
        Subscription.objects.using(alias())
        .filter(backends__in=backends)
        .values_list("trigger_id", flat=True)
    )
    recent = with_objects(Event.objects.using(alias())).order_by("-pk")
    looked_at = list(recent[:MOST_LOOKED_AT])
    met = [event for event in looked_at if leading.intersection(event.trigger_ids)]
    return (met or looked_at)[:MOST_EVENTS]


class PreviewForm(forms.Form):
    """Asked by GET; it changes nothing."""

    event = forms.ChoiceField(label=_("Event"))
    user = forms.ChoiceField(label=_("Read by"), required=False)
    language = forms.ChoiceField(label=_("Language"), required=False)

    def __init__(self, request: HttpRequest, backends: Sequence[Backend]) -> None:
        own = str(request.user.pk)
        offered = offered_events(request, backends)
        data = request.GET.copy()
        asked = str(data.setdefault("event", offered[0][0] if offered else ""))
        reader = storable(str(data.setdefault("user", own)))
        languages = [("", gettext("The reader's own")), *choices.languages()[1:]]
        if data.get("language") not in dict(languages):
            data["language"] = ""
        super().__init__(data)
        self.chosen = event_of(asked, request)
        others = self._told(reader) if may_see_users(request) else ()
        self.people: Mapping[str, Model] = readers({own, *others})
        self._offer("event", with_chosen(offered, self.chosen))
        self._offer("user", self._users(own))
        self._offer("language", languages)

    def _offer(self, name: str, offered: Sequence[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = offered

    def _told(self, asked: str) -> tuple[str, ...]:
        """The keys of who had a message about the event, and of who is asked for."""
        if self.chosen is None or self.chosen._state.adding:
            return ()
        told = Delivery.objects.using(alias()).filter(event=self.chosen).exclude(user_pk="")
        pks = told.order_by().values_list("user_pk", flat=True).distinct()[:MOST_READERS]
        return (*pks, asked)

    def _users(self, own: str) -> list[tuple[str, str]]:
        nobody = ("", gettext("Nobody: a bare address"))
        you = gettext("You (%(name)s)") % {"name": self.people.get(own, own)}
        others = [(pk, str(user)) for pk, user in self.people.items() if pk != own]
        return [nobody, (own, you), *others]


def offered_events(request: HttpRequest, backends: Sequence[Backend]) -> list[tuple[str, str]]:
    """The last events about which ``backends`` tell, and samples, as choices."""
    recent = recent_events(backends)
    name_actors(recent, request)
    events = [(str(event.pk), in_words(event)) for event in recent]
    return events + (offered_samples(backends) if backends else [])


def with_chosen(
    offered: Sequence[tuple[str, str]], chosen: Event | None
) -> Sequence[tuple[str, str]]:
    """``offered``, and before them an older event that the address names."""
    if chosen is None or chosen._state.adding or str(chosen.pk) in dict(offered):
        return offered
    return [(str(chosen.pk), in_words(chosen)), *offered]


def event_of(key: str, request: HttpRequest) -> Event | None:
    """The event or the sample of this key; None where there is none."""
    if not keys([key]):
        return sample_event(key, request)
    # All of it: a preview reads the payload.
    whole = with_objects(Event.objects.using(alias())).defer(None)
    found = list(whole.filter(pk__in=keys([key])))
    name_actors(found, request)
    return next(iter(found), None)


def in_words(event: Event) -> str:
    """When, what, to what and by whom; for ``with_objects``, after ``name_actors``."""
    words = (
        moment(event.captured_at),
        verb_of(event),
        object_of(event),
        actor_of(event),
        f"#{event.pk}",
    )
    return " · ".join(word for word in words if word)
