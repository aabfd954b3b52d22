"""The page of a trigger: when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import Prefetch
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dsn_core.admin import choices
from dsn_core.admin.condition import ConditionInline
from dsn_core.admin.keeping import KeepingForm, NoticingAdmin
from dsn_core.admin.sentence import HEARERS, sentence_of
from dsn_core.admin.subscription import SubscriptionInline
from dsn_core.admin.words import name_of
from dsn_core.exceptions import InvalidTrigger
from dsn_core.models import Subscription, Trigger
from dsn_core.models.trigger import PARTS
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.admin.options import _FieldsetSpec
    from django.db.models import QuerySet
    from django.http import HttpRequest

NAMES = {"action_object": _("Action object"), "actor_object": _("Actor"), "target": _("Target")}
MEANINGS = {
    "action_object": _("What it happens to. Leave all three empty for anything."),
    "actor_object": _("Who does it. Leave all three empty for anybody."),
    "target": _("What it is done for or with, where the signal says so. Empty: anything."),
}


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
        elif name.endswith("_value") and name.removesuffix("_value") in PARTS:
            field.label = _("Or a plain value")
            field.help_text = _("Instead of a model.")

    def is_left_gone(self, name: str) -> bool:
        """As ``KeepingForm``'s."""
        stored = self.initial.get(name)
        if not stored or name in self.changed_data:
            return False
        if name == "verb":
            return stored not in catalog().offers["verb"]
        return name.endswith("_model") and _is_gone(self.instance, name.removesuffix("_model"))


def _is_gone(trigger: Trigger, name: str) -> bool:
    try:
        _model = trigger.part(name).model_class
    except InvalidTrigger:
        return True
    return False


@admin.register(Trigger)
class TriggerAdmin(NoticingAdmin[Trigger]):
    """When: a verb, the three parts, the conditions; and, inline, who hears of it."""

    form = TriggerForm
    inlines = (ConditionInline, SubscriptionInline)
    list_display = ("name", "sentence", "enabled")
    list_filter = ("enabled",)
    search_fields = ("name", "verb", "action_object_model", "action_object_pk")
    readonly_fields = ("sentence", "verb_shown")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Trigger]:
        """With what the sentence names; the subscriptions for those who may see them."""
        rows = super().get_queryset(request).prefetch_related("conditions")
        if not request.user.has_perm("dsn.view_subscription"):
            return rows
        hearing = Subscription.objects.using(rows.db).prefetch_related("backends")
        return rows.prefetch_related(Prefetch("subscriptions", queryset=hearing, to_attr=HEARERS))

    def get_fieldsets(self, request: HttpRequest, obj: Trigger | None = None) -> _FieldsetSpec:
        """The sentence first; parts that may be anything are folded."""
        verb = "verb" if _may_edit(self, request, obj) else "verb_shown"
        top = ("sentence", "name", verb, "enabled") if obj else ("name", verb, "enabled")
        parts: Any = [(NAMES[name], _part_fieldset(name, obj)) for name in PARTS]
        rest = (
            _("Conditions and expiry"),
            {"fields": ("match", "expires_after")},
        )
        return [(None, {"fields": top}), *parts, rest]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Trigger | None = None
    ) -> tuple[str, ...]:
        """The verb's name is shown where it cannot be chosen."""
        return ("sentence",) if _may_edit(self, request, obj) else self.readonly_fields

    def notices(self, obj: Trigger) -> Iterator[str]:
        """What is gone."""
        if obj.verb and obj.verb not in catalog().offers["verb"]:
            yield gettext(
                "The verb %(verb)s is not installed: this trigger does not fire until it is back. "
                "It is kept as it is."
            ) % {"verb": obj.verb}
        for name in PARTS:
            if _is_gone(obj, name):
                yield gettext(
                    "%(part)s: the model %(model)s is not installed, so that this trigger does "
                    "not fire. It is kept as it is."
                ) % {"part": NAMES[name], "model": getattr(obj, f"{name}_model")}

    @admin.display(description=_("meaning"))
    def sentence(self, trigger: Trigger) -> str:
        return sentence_of(trigger)

    @admin.display(description=capfirst(_("verb")))
    def verb_shown(self, trigger: Trigger) -> str:
        return name_of(trigger.verb, catalog().offers["verb"])


def _may_edit(page: TriggerAdmin, request: HttpRequest, obj: Trigger | None) -> bool:
    return obj is None or page.has_change_permission(request, obj)


def _part_fieldset(name: str, obj: Trigger | None) -> dict[str, Any]:
    columns = [f"{name}_model", f"{name}_pk", f"{name}_value"]
    is_set = name == "action_object" or (obj and any(getattr(obj, column) for column in columns))
    fields: list[Any] = [tuple(columns)]
    if name == "action_object":
        fields.append("include_children")
    return {
        "fields": fields,
        "description": MEANINGS[name],
        "classes": () if is_set else ("collapse",),
    }
