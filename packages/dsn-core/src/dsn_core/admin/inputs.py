"""Form fields for what is stored as JSON, typed as a person would."""

from __future__ import annotations

import json

from django import forms
from django.utils.translation import gettext_lazy as _


class Typed(str):
    """What somebody has typed, to be shown again as it is."""

    __slots__ = ()


def read_value(text: str) -> object:
    """JSON where it is JSON, else the text itself; nothing typed is None."""
    text = text.strip()
    if not text:
        return None
    try:
        value: object = json.loads(text, parse_constant=_refuse_constant)
    except ValueError:
        return text
    return value


def _refuse_constant(name: str) -> object:
    # Python reads NaN and Infinity, but no database stores them.
    raise ValueError(name)


def write_value(value: object) -> str:
    """The shortest text that ``read_value`` turns back into ``value``."""
    if value is None:
        return ""
    if isinstance(value, str) and read_value(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)


class ValueField(forms.Field):
    """A plain value: ``paid``, ``5``, ``true``, ``["a", "b"]``."""

    widget = forms.TextInput

    def to_python(self, value: object) -> object:
        """The Python value of what was typed."""
        return read_value(value) if isinstance(value, str) else value

    def bound_data(self, data: object, initial: object) -> object:
        """What was typed is marked, so that it is not taken for a stored text."""
        return Typed(data) if isinstance(data, str) else data

    def prepare_value(self, value: object) -> str:
        """The text in the input."""
        return value if isinstance(value, Typed) else write_value(value)

    def has_changed(self, initial: object, data: object) -> bool:
        """Is what was typed another value, be it one that Python finds equal (1 and true)?"""
        return write_value(initial) != write_value(self.to_python(data))


class LinesField(forms.Field):
    """A list of texts, one per line; blank lines do not count."""

    widget = forms.Textarea(attrs={"rows": 3, "cols": 60})

    def to_python(self, value: object) -> list[str]:
        """The lines."""
        lines = value.splitlines() if isinstance(value, str) else _texts(value)
        return [line.strip() for line in lines if line.strip()]

    def prepare_value(self, value: object) -> object:
        """The text in the textarea."""
        return value if isinstance(value, str) else "\n".join(_texts(value))

    def has_changed(self, initial: object, data: object) -> bool:
        """Are there other lines?"""
        return _texts(initial) != self.to_python(data)


def _texts(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, (list, tuple)) else []


ONE_PER_LINE = _("One per line.")
