"""The form of a backend: its columns, and its messenger's options."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from dsn_core.admin import choices
from dsn_core.admin.keeping import KeepingForm
from dsn_core.admin.options import PREFIX, option_field, read_option
from dsn_core.exceptions import InvalidValues
from dsn_core.models import Backend
from dsn_core.models.fitness import misfit
from dsn_core.plugins.accounts import account_names
from dsn_core.plugins.values import describe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dsn_core.contract.messenger import Messenger
    from dsn_core.models import Trigger
    from dsn_core.plugins.values import FieldSpec


def upgraded(messenger: type[Messenger], stored: object) -> dict[str, object]:
    """Stored options in today's names; as they are where the messenger cannot say."""
    if not isinstance(stored, Mapping):
        return {}
    try:
        return dict(messenger.upgrade_options(stored))
    except (Exception, SystemExit):  # noqa: BLE001 - a plugin's code may raise anything
        return dict(stored)


class BackendForm(KeepingForm[Backend]):
    """Drawn for one messenger; None where it is not installed."""

    messenger: ClassVar[type[Messenger] | None] = None

    account = forms.ChoiceField(label=_("account"))
    message_template = forms.ChoiceField(
        choices=choices.message_templates, label=_("message template")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "in_doubt" in self.fields:
            self.fields["in_doubt"].help_text = _(
                "What to do when nobody knows whether it arrived."
            )
        self.specs: tuple[FieldSpec, ...] = ()
        self.stored: dict[str, object] = {}
        if self.messenger is not None:
            self._draw(self.messenger)

    def _draw(self, messenger: type[Messenger]) -> None:
        if self.instance._state.adding:
            self.instance.messenger = messenger.key
            self.initial.setdefault("account", self.instance.account)
            self.initial.setdefault("message_template", self.instance.message_template)
        self.specs = describe(messenger.options_type)
        self.stored = upgraded(messenger, self.instance.options)
        for spec in self.specs:
            self.fields[PREFIX + spec.name] = option_field(spec, self.stored)
        self._offer("account", [(name, name) for name in account_names(messenger)])
        self._offer("message_template")
        self._offer_fitting()

    def _offer_fitting(self) -> None:
        """Show no template that a trigger which leads here cannot fill, but the stored one.

        All are still taken: what does not fit is refused in words that say why.
        """
        field = self.fields.get("message_template")
        if not isinstance(field, forms.ChoiceField):
            return
        grouped = cast("choices.Grouped", list(cast("Iterable[object]", field.choices)))
        fitting = choices.only(grouped, lambda key: not self._misfits(key))
        stored = self.instance.message_template
        if not self.instance._state.adding and self._misfits(stored):
            fitting.append((stored, str(choices.DOES_NOT_FIT) % {"key": stored}))
        field.widget.choices = fitting

    def _misfits(self, key: str) -> list[str]:
        """Why the subscriptions of this backend could not be told with these words."""
        as_edited = Backend(name=self.instance.name, message_template=key)
        return [words for one in self._triggers if (words := misfit(one, as_edited))]

    @cached_property
    def _triggers(self) -> list[Trigger]:
        if self.instance._state.adding:
            return []
        rows = self.instance.subscriptions.select_related("trigger")
        return list({row.trigger_id: row.trigger for row in rows}.values())

    def _offer(self, name: str, offered: list[tuple[str, str]] | None = None) -> None:
        field = self.fields.get(name)
        if not isinstance(field, forms.ChoiceField):
            return
        if offered is not None:
            field.choices = offered or [choices.NOTHING]
        if not self.instance._state.adding:
            note = choices.NOT_IN_SETTINGS if name == "account" else choices.NOT_INSTALLED
            choices.keep_choice(field, [getattr(self.instance, name)], note)

    def is_left_gone(self, name: str) -> bool:
        """As ``KeepingForm``'s: nothing of a row without its messenger can be checked."""
        if self.messenger is None:
            return True
        # What is wrong with an option has been said at its own field.
        return name == "options" and any(field.startswith(PREFIX) for field in self.errors)

    def clean(self) -> dict[str, Any] | None:
        """Put the options together; each complaint stands at its field."""
        cleaned = super().clean() or self.cleaned_data
        if self.messenger is not None:
            self.instance.options = {**self.stored, **self._options(cleaned)}
            self._check_template(cleaned.get("message_template"))
        return cleaned

    def _options(self, cleaned: Mapping[str, object]) -> dict[str, object]:
        read: dict[str, object] = {}
        for spec in self.specs:
            name = PREFIX + spec.name
            if name not in cleaned:
                continue
            try:
                read[spec.name] = read_option(spec, cleaned[name])
            except InvalidValues as error:
                self.add_error(name, str(error))
        return read

    def _check_template(self, key: str | None) -> None:
        """Refuse words that need what a subscribed trigger's verb does not provide."""
        if key and "message_template" in self.changed_data:
            for words in self._misfits(key):
                self.add_error("message_template", words)
