"""The conditions of a trigger, as rows of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from dsn_core.admin import choices
from dsn_core.admin.inputs import ValueField, write_value
from dsn_core.admin.typed import BaseInlineFormSet, ModelForm, TabularInline
from dsn_core.exceptions import DSNError
from dsn_core.models import Condition, Trigger
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from django.contrib.admin.options import _FieldGroups
    from django.http import HttpRequest

NAMES = "dsn-names"
"""The id of the list of suggestions in the page."""


class ConditionForm(ModelForm[Condition]):
    """One row; its complaints stand above it."""

    field = forms.CharField(
        label=_("field"),
        max_length=200,
        help_text=_("What the verb provides (created, order.total) or a field of the object."),
        widget=AdminTextInputWidget(attrs={"list": NAMES, "autocomplete": "off"}),
    )
    operator = forms.ChoiceField(choices=choices.operators, label=_("operator"))
    value = ValueField(
        required=False,
        label=_("value"),
        help_text=_('A plain text or number, or a list: paid, 5, true, ["a", "b"].'),
    )

    def add_error(self, field: str | None, error: Any) -> None:  # noqa: ANN401 - Django's own
        """As Django's, but where the trigger's verb or model is gone nothing can be checked."""
        if field is not None or is_checkable(self.instance.trigger):
            super().add_error(field, error)


def is_checkable(trigger: Trigger) -> bool:
    """Are the verb and the models of ``trigger`` installed?"""
    try:
        catalog().verb(trigger.verb)
        _model = trigger.part("action_object").model_class
    except DSNError:
        return False
    return True


NAMES = "dsn-names"
"""The id of the list of suggestions in the page."""


class ConditionFormSet(BaseInlineFormSet[Condition, Trigger, ModelForm[Condition]]):
    """Gives each new row the place after the last."""

    def save_new(self, form: ModelForm[Condition], commit: bool = True) -> Condition:
        """As Django's."""
        last = self.instance.conditions.aggregate(last=Max("position"))["last"]
        form.instance.position = 0 if last is None else last + 1
        return super().save_new(form, commit)


class ConditionInline(TabularInline[Condition, Trigger]):
    """On the trigger's page."""

    model = Condition
    form = ConditionForm
    formset = ConditionFormSet
    extra = 1
    readonly_fields = ("value_shown",)

    def get_fields(self, request: HttpRequest, obj: Trigger | None = None) -> _FieldGroups:
        """To read only, the value as a person would type it."""
        may_edit = self.has_change_permission(request, obj) or self.has_add_permission(request, obj)
        return ("field", "operator", "value" if may_edit else "value_shown")

    def get_readonly_fields(self, request: HttpRequest, obj: Trigger | None = None) -> list[str]:
        """The shown value where it is asked for."""
        return [name for name in self.readonly_fields if name in self.get_fields(request, obj)]

    @staticmethod
    def value_shown(condition: Condition) -> str:
        return write_value(condition.value)
