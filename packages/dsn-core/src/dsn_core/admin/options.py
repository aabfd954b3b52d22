"""A messenger's ``Options`` as form fields."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from django import forms
from django.contrib.admin import widgets
from django.utils.html import escape, format_html
from django.utils.translation import gettext as _

from dsn_core.admin.choices import NOTHING, keep_choice
from dsn_core.admin.inputs import ONE_PER_LINE, LinesField
from dsn_core.exceptions import InvalidValues
from dsn_core.plugins.labels import words
from dsn_core.plugins.values import convert, to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dsn_core.plugins.values import FieldSpec, Kind

PREFIX = "option_"


def label_of(spec: FieldSpec) -> str:
    """What the option is called."""
    return words(spec.info.label) or spec.name.replace("_", " ").capitalize()


def option_field(spec: FieldSpec, stored: Mapping[str, object]) -> forms.Field:
    """The field of one option, with what is stored of it, or its default, in it."""
    field = BUILDERS[spec.kind](spec)
    raw = stored.get(spec.name, to_json(spec.default))
    field.initial, wrong = _shown(spec, raw)
    if wrong and isinstance(field, forms.ChoiceField):
        keep_choice(field, [str(raw)], _("%(key)s (no longer offered)"))
    # The admin writes help as HTML.
    texts = [words(spec.info.help), str(ONE_PER_LINE) if spec.kind == "texts" else ""]
    help_text = escape(" ".join(text for text in texts if text))
    field.label = label_of(spec)
    if wrong:
        help_text = format_html('{} <strong class="dsn-wrong">{}</strong>', help_text, wrong)
    field.help_text = help_text
    return field


def _shown(spec: FieldSpec, raw: object) -> tuple[object, str]:
    """A stored value as its field takes it, and what is wrong with it."""
    try:
        value = convert(spec, raw, path=label_of(spec))
    except InvalidValues as error:
        text = _("%(error)s Deliveries wait until it is mended.") % {"error": error}
        return raw, text
    if spec.kind == "choice" and value is not None:
        return str(value.value if isinstance(value, Enum) else value), ""
    return value, ""


def read_option(spec: FieldSpec, cleaned: object) -> object:
    """What a form gave, as it is stored. Raises ``InvalidValues``."""
    if spec.optional and cleaned in ("", None, []):
        return None
    if spec.kind == "choice" and cleaned == "":
        cleaned = to_json(spec.default)
    return to_json(convert(spec, cleaned, path=label_of(spec)))


def _text(spec: FieldSpec) -> forms.Field:
    return forms.CharField(required=False, strip=False, widget=widgets.AdminTextInputWidget())


def _whole(spec: FieldSpec) -> forms.Field:
    return forms.IntegerField(required=not spec.optional)


def _number(spec: FieldSpec) -> forms.Field:
    return forms.FloatField(
        required=not spec.optional, widget=forms.NumberInput(attrs={"step": "any"})
    )


def _decimal(spec: FieldSpec) -> forms.Field:
    return forms.DecimalField(
        required=not spec.optional, widget=forms.NumberInput(attrs={"step": "any"})
    )


def _flag(spec: FieldSpec) -> forms.Field:
    return forms.NullBooleanField() if spec.optional else forms.BooleanField(required=False)


def _choice(spec: FieldSpec) -> forms.Field:
    labels = {str(value): words(label) for value, label in spec.info.choices}
    offered = [(key, labels.get(key) or _label(value)) for key, value in spec.choices.items()]
    return forms.ChoiceField(
        required=not spec.optional, choices=[NOTHING, *offered] if spec.optional else offered
    )


def _label(value: object) -> str:
    if isinstance(value, Enum):
        return str(getattr(value, "label", value.name.replace("_", " ").lower()))
    return str(value)


def _lines(spec: FieldSpec) -> forms.Field:
    return LinesField(required=False)


BUILDERS: Mapping[Kind, Callable[[FieldSpec], forms.Field]] = {
    "str": _text,
    "int": _whole,
    "float": _number,
    "decimal": _decimal,
    "bool": _flag,
    "choice": _choice,
    "texts": _lines,
}
