"""The form of a trigger: verbs, models and objects by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dsn_core.admin import choices
from dsn_core.admin.keeping import KeepingForm
from dsn_core.admin.sentence import thing_of
from dsn_core.exceptions import DSNError, InvalidTrigger
from dsn_core.models import Trigger
from dsn_core.models.parts import Part, checked_part
from dsn_core.models.trigger import PARTS
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model


class ModelChoiceField(forms.ChoiceField):
    """A model among those that are installed; empty is any."""

    def __init__(self) -> None:
        super().__init__(choices=choices.models, required=False, label=_("model"))


class TriggerForm(KeepingForm[Trigger]):
    """Offers verbs and models by name, and keeps those that are gone."""

    verb = forms.ChoiceField(choices=choices.verbs, label=_("verb"), help_text=_("What happens."))
    action_object_model = ModelChoiceField()
    actor_object_model = ModelChoiceField()
    target_model = ModelChoiceField()

    seen: ClassVar[Callable[[Part], Model | None] | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field, forms.ChoiceField) and name != "match":
                choices.keep_choice(field, [getattr(self.instance, name)])
            self._explain(name, field)
        if "expires_after" in self.fields:
            self.fields["expires_after"].help_text = _(
                "What is still unsent so long after the event is cancelled. 12:00:00 is twelve "
                "hours, 2 00:00:00 two days. Empty: never."
            )

    def _explain(self, name: str, field: forms.Field) -> None:
        if name.endswith("_pk"):
            field.label = _("Key")
            field.help_text = _("Of one object. Empty: any.")
            self._show(name.removesuffix("_pk"), field)
        elif name.endswith("_value") and name.removesuffix("_value") in PARTS:
            field.label = _("Or a plain value")
            field.help_text = _("Instead of a model.")

    def _show(self, part: str, field: forms.Field) -> None:
        """Name the object whose key stands there, if this person may see it."""
        model, pk = (self._given(f"{part}_{column}") for column in ("model", "pk"))
        found = self._look(Part(model=model, pk=pk))
        if found is not None:
            field.widget.attrs["data-text"] = str(found)
            field.help_text = _("%(object)s. Empty: any.") % {"object": found}

    def _given(self, name: str) -> str:
        # Not by its bound field, which would keep the help text as it is now.
        if not self.is_bound:
            return str(getattr(self.instance, name))
        return str(self.data.get(self.add_prefix(name), ""))

    def _look(self, part: Part) -> Model | None:
        seen = type(self).seen
        try:
            return None if seen is None else seen(part)
        except DSNError:
            return None

    def clean(self) -> dict[str, Any] | None:
        """Refuse the key of an object that is not there."""
        cleaned = super().clean() or self.cleaned_data
        for name in PARTS:
            model, pk = cleaned.get(f"{name}_model"), cleaned.get(f"{name}_pk")
            if model and pk and {f"{name}_model", f"{name}_pk"} & set(self.changed_data):
                self._check_object(name, Part(model=model, pk=pk))
        return cleaned

    def _check_object(self, name: str, part: Part) -> None:
        try:
            is_wrong = not is_there(checked_part(part, name=name))
        except DSNError:
            return  # The model says so.
        if is_wrong:
            self.add_error(f"{name}_pk", _("There is no %(thing)s.") % {"thing": thing_of(part)})

    def is_left_gone(self, name: str) -> bool:
        """As ``KeepingForm``'s."""
        stored = self.initial.get(name)
        if not stored or name in self.changed_data:
            return False
        if name == "verb":
            return stored not in catalog().offers["verb"]
        return name.endswith("_model") and is_gone(self.instance, name.removesuffix("_model"))


def is_gone(trigger: Trigger, name: str) -> bool:
    """Is the model of this part of ``trigger`` not installed?"""
    try:
        _model = trigger.part(name).model_class
    except InvalidTrigger:
        return True
    return False


def is_there(part: Part) -> bool:
    """Is the object of ``part`` in the database, if it is about one? Its model is installed."""
    model = part.model_class
    if model is None or not part.pk:
        return True
    try:
        # The default one may hide some, such as those that are archived.
        return model._base_manager.filter(pk=part.pk).exists()
    except (ValueError, ValidationError):
        return False  # Its keys were of another type when this one was stored.
