"""What a rehearsal is asked about: an event that has happened, or what is said to happen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dsn_core.admin.happening import with_objects
from dsn_core.admin.people import name_actors
from dsn_core.admin.preview_form import in_words
from dsn_core.admin.samples import may_see
from dsn_core.capture.firing import Firing, Scenario
from dsn_core.capture.naming import (
    LATEST,
    CannotFire,
    object_with_key,
    provided_values,
    reference,
)
from dsn_core.conditions import CHANGE_OPERATORS
from dsn_core.exceptions import DSNError
from dsn_core.models import Event
from dsn_core.models.alias import alias
from dsn_core.models.paths import ACTION_OBJECT, CHANGING_VERBS, VALUES, path_of
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.scrubbing import storable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

    from dsn_core.models import Condition, Trigger

MOST_EVENTS = 20
MOST_LOOKED_AT = 200
MOST_OBJECTS = 20
OBJECTS = "dsn-objects"
"""The id of the list that a browser offers."""
WAS, BECOMES, VALUE = "was-", "becomes-", "value-"
"""Before the names of the fields that conditions ask for."""


class RehearsalForm(forms.Form):
    """Asked by GET; it changes nothing. Offers a field for whatever a condition asks."""

    event = forms.ChoiceField(label=_("Event"), required=False)
    thing = forms.CharField(
        label=_("Or about the object"),
        required=False,
        help_text=_("Its key, or “latest”. Of any model: app.Model:key."),
    )
    actor = forms.CharField(label=_("Done by"), required=False, help_text=_("The key of a user."))
    target = forms.CharField(label=_("Target"), required=False)
    created = forms.BooleanField(label=_("It is new"), required=False)

    def __init__(self, request: HttpRequest, trigger: Trigger) -> None:
        self.request, self.trigger = request, trigger
        events = _events(trigger)
        data = request.GET.copy()
        if not data:
            data["event"] = str(events[0].pk) if events else ""
            data["thing"] = "" if events or not self._has_model() else LATEST
        super().__init__({name: storable(str(value)) for name, value in data.items()})
        self._offer_events(events)
        self.fields["thing"].widget.attrs["list"] = OBJECTS
        self._leave_out()
        for name, label in _asked(trigger):
            self.fields[name] = forms.CharField(label=label, required=False)

    def _has_model(self) -> bool:
        return bool(self.trigger.action_object_model)

    def _offer_events(self, events: list[Event]) -> None:
        field = self.fields["event"]
        assert isinstance(field, forms.ChoiceField)
        name_actors(events, self.request)
        known = [(str(event.pk), in_words(event)) for event in events]
        field.choices = [("", gettext("None: what is said here")), *known]

    def _leave_out(self) -> None:
        """What the trigger says itself, or its verb never does."""
        trigger = self.trigger
        settled = {
            "thing": trigger.action_object_pk or trigger.action_object_value,
            "actor": trigger.actor_object_pk or trigger.actor_object_value,
            "target": trigger.target_pk or trigger.target_value or "." not in trigger.verb,
            "created": trigger.verb not in CHANGING_VERBS,
        }
        for name, is_settled in settled.items():
            if is_settled:
                del self.fields[name]

    def offered_objects(self) -> list[tuple[str, str]]:
        """The newest objects of the trigger's model, for those who may see them."""
        model = self.trigger.part("action_object").model_class if "thing" in self.fields else None
        if model is None or not may_see(model, self.request):
            return []
        newest = model._default_manager.order_by("-pk")[:MOST_OBJECTS]
        return [(str(thing.pk), str(thing)) for thing in newest]

    def chosen_event(self) -> Event | None:
        """The stored event that is chosen; None where something is to be made up.

        As this trigger alone would have counted it.
        """
        key = self.cleaned_data.get("event")
        stored = Event.objects.using(alias()).filter(pk=key).first() if key else None
        if stored is not None:
            stored.trigger_ids = [self.trigger.pk]
        return stored

    def firing(self) -> Firing:
        """What is said, held against the trigger. Raises ``DSNError``."""
        firing = Firing.of(self.trigger, self._scenario())
        occasion = firing.occasion
        for thing in (occasion.action_object, occasion.actor, *occasion.values.values()):
            if isinstance(thing, Model):
                self._check(type(thing))
        return firing

    def _scenario(self) -> Scenario:
        given = self.cleaned_data
        trigger = self.trigger
        return Scenario(
            action_object=self._named(
                given.get("thing"), trigger.part("action_object").model_class
            ),
            actor_object=self._named(
                given.get("actor"), trigger.part("actor_object").model_class or get_user_model()
            ),
            target=self._named(given.get("target"), trigger.part("target").model_class),
            values=provided_values(catalog().verb(trigger.verb), self._said(VALUE)),
            was=self._said(WAS),
            becomes=self._said(BECOMES),
            created=bool(given.get("created")),
        )

    def _said(self, prefix: str) -> dict[str, str]:
        """What is written in the fields of this kind; an empty one says nothing."""
        return {
            name.removeprefix(prefix): value
            for name, value in self.cleaned_data.items()
            if name.startswith(prefix) and value
        }

    def _named(self, text: str | None, model: type[Model] | None) -> object:
        if not text:
            return None
        if model is None and ":" not in text:
            return text
        named, key = reference(text, model)
        self._check(named)  # before it is read: else an answer tells what there is
        return object_with_key(named, key)

    def _check(self, model: type[Model]) -> None:
        if not may_see(model, self.request):
            raise CannotFire(
                gettext("You may not see any %(model)s.") % {"model": model._meta.verbose_name}
            )


def _events(trigger: Trigger) -> list[Event]:
    """The last events that this trigger counted, among the last of all."""
    recent = with_objects(Event.objects.using(alias())).order_by("-pk")[:MOST_LOOKED_AT]
    return [event for event in recent if trigger.pk in event.trigger_ids][:MOST_EVENTS]


def _asked(trigger: Trigger) -> Iterator[tuple[str, str]]:
    """A field for each thing that a condition compares, each once."""
    found: dict[str, str] = {}
    for condition in trigger.conditions.all():
        found |= dict(_asked_by(condition, trigger))
    yield from found.items()


def _asked_by(condition: Condition, trigger: Trigger) -> Iterator[tuple[str, str]]:
    try:
        path, verb = path_of(condition.field), catalog().verb(trigger.verb)
    except DSNError:
        return
    name = {"name": path.name}
    if path.home == VALUES or (path.home != ACTION_OBJECT and path.name in verb.provides):
        if not path.attribute and path.name != "created":
            yield VALUE + path.name, gettext("Sent along: %(name)s") % name
        return
    if not trigger.action_object_model and "." in trigger.verb:
        yield VALUE + path.name, gettext("Sent along: %(name)s") % name
        return
    if condition.operator in CHANGE_OPERATORS:
        yield WAS + path.name, gettext("%(name)s before") % name
    yield BECOMES + path.name, gettext("%(name)s as it becomes") % name
