"""The pages of stored templates: the words of messages, written here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dsn_core.admin import choices
from dsn_core.admin.keeping import KeepingForm, NoticingAdmin
from dsn_core.admin.words import name_of
from dsn_core.exceptions import TemplateRefused
from dsn_core.models import StoredTemplate
from dsn_core.plugins.catalog import catalog
from dsn_core.rendering.action_lines import compiled_lines
from dsn_core.rendering.locked import compile_locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


PARTS = ("subject", "text", "html")
COMPILERS: Mapping[str, Callable[[str], object]] = {
    **dict.fromkeys(PARTS, compile_locked),
    "actions": compiled_lines,
}
EXAMPLE_OF_ACTIONS = "Your order = /orders/{{ action_object.number }}/"
NAMES = _(
    "Names that the words may use: {{ user }} who reads it, {{ actor }} who did it, "
    "{{ action_object.FIELD }} a field of what it happened to, {{ changes.FIELD.0 }} (before) and "
    "{{ changes.FIELD.1 }} (now), and what the signal provides. The subject, the HTML and the "
    "buttons may use the same."
)


class StoredTemplateForm(KeepingForm[StoredTemplate]):
    """Languages are those of the site."""

    language = forms.ChoiceField(choices=choices.languages, required=False, label=_("language"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("language")
        if isinstance(field, forms.ChoiceField):
            choices.keep_choice(field, [self.instance.language], choices.NOT_IN_SETTINGS)
        text = self.fields.get("text")
        if text is not None:
            text.help_text = NAMES
        buttons = self.fields.get("actions")
        if buttons is not None:
            buttons.widget.attrs |= {"rows": 4, "placeholder": EXAMPLE_OF_ACTIONS}

    def clean(self) -> dict[str, Any] | None:
        """Refuse words that do not compile, or none at all."""
        cleaned = super().clean() or self.cleaned_data
        for part, compiled in COMPILERS.items():
            try:
                compiled(cleaned.get(part) or "")
            except TemplateRefused as error:
                self.add_error(part, str(error))
        if not any(cleaned.get(part) for part in PARTS) and not self.errors:
            self.add_error(None, gettext("Write a subject, a text or HTML: it has no words."))
        return cleaned


@admin.register(StoredTemplate)
class StoredTemplateAdmin(NoticingAdmin[StoredTemplate]):
    """The words of one message in one language."""

    form = StoredTemplateForm
    fields = ("key", "language", "subject", "text", "html", "actions")
    list_display = ("key", "language", "subject", "overrides")
    list_filter = (("language", admin.AllValuesFieldListFilter),)
    search_fields = ("key", "subject")

    def notices(self, obj: StoredTemplate) -> Iterator[str]:
        """Whose words it overrides."""
        offers = catalog().offers["message_template"]
        if obj.key in offers:
            yield gettext("These words stand in place of those of the installed “%(label)s”.") % {
                "label": name_of(obj.key, offers)
            }

    @admin.display(description=_("overrides"), boolean=True)
    def overrides(self, stored: StoredTemplate) -> bool:
        return stored.key in catalog().offers["message_template"]
