"""The form of a subscription: whom it tells, and by which backends."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dsn_core.admin import choices
from dsn_core.admin.inputs import LinesField
from dsn_core.admin.keeping import KeepingForm
from dsn_core.admin.recipients import search_if_many, with_keys
from dsn_core.admin.typed import BaseInlineFormSet, ModelForm
from dsn_core.admin.words import name_of
from dsn_core.exceptions import InvalidSubscription, InvalidTrigger, NotInstalled
from dsn_core.models import Backend, Subscription, Trigger
from dsn_core.models.audience import check_path
from dsn_core.models.fitness import misfit
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from django.contrib.admin import AdminSite
    from django.db.models import ManyToManyField
    from django.http import HttpRequest

OFFERED = "dsn_offered"
"""Where a field keeps the rows from which it is drawn, for all forms of a page."""


class SubscriptionForm(KeepingForm[Subscription]):
    """Lists are typed one per line; sources that are gone are kept."""

    recipient_sources = forms.MultipleChoiceField(
        choices=choices.sources,
        required=False,
        label=_("recipient sources"),
        widget=forms.CheckboxSelectMultiple,
    )
    recipient_paths = LinesField(
        required=False,
        label=_("recipient paths"),
        help_text=_(
            "Relations from the action object to users, one per line: customer, project.members."
        ),
    )
    addresses = LinesField(
        required=False,
        label=_("addresses"),
        help_text=_("Bare addresses, one per line. sms:+4915112345678 is for that messenger only."),
    )

    def __init__(self, *args: Any, trigger: Trigger | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("recipient_sources")
        if isinstance(field, forms.ChoiceField):
            choices.keep_choice(field, map(str, self.instance.recipient_sources))
        if trigger is None and self.instance.trigger_id:
            trigger = self.instance.trigger
        if trigger is not None:
            self._offer_fitting(trigger)

    def _offer_fitting(self, trigger: Trigger) -> None:
        """Show no backend whose template the trigger cannot fill, but those stored: marked."""
        field = self.fields.get("backends")
        if not isinstance(field, forms.ModelMultipleChoiceField):
            return
        offered: Sequence[Backend] = getattr(field, OFFERED, ())
        stored = self._stored_backends()
        field.choices = [
            (one.pk, _backend_label(one, unfit=bool(wrong)))
            for one in offered
            if not (wrong := misfit(trigger, one)) or one.pk in stored
        ]

    def _stored_backends(self) -> set[int]:
        if self.instance._state.adding:
            return set()
        return {backend.pk for backend in self.instance.backends.all()}

    def clean(self) -> dict[str, Any] | None:
        """Hold paths and templates against the trigger; each complaint stands at its field."""
        cleaned = super().clean() or self.cleaned_data
        trigger = cleaned.get("trigger")
        if isinstance(trigger, Trigger):
            for path in cleaned.get("recipient_paths") or ():
                self._try("recipient_paths", check_path, trigger, path)
            for words in self._misfits(trigger, cleaned.get("backends") or ()):
                self.add_error("backends", words)
        return cleaned

    def _misfits(self, trigger: Trigger, backends: Iterable[Backend]) -> Iterator[str]:
        """Why ``trigger`` cannot fill their templates; what was so before is left as it is."""
        wrong = {one: words for one in backends if (words := misfit(trigger, one))}
        if not wrong:
            return
        stored = self._stored_backends()
        before = Trigger.objects.filter(subscriptions=self.instance.pk).first() if stored else None
        for backend, words in wrong.items():
            if not (before and backend.pk in stored and misfit(before, backend)):
                yield words

    def _try(
        self, field: str, check: Callable[[Trigger, Any], None], trigger: Trigger, thing: object
    ) -> None:
        # What is gone from under the trigger is said on its own page.
        with suppress(NotInstalled, InvalidTrigger):
            try:
                check(trigger, thing)
            except InvalidSubscription as error:
                self.add_error(field, str(error))


def boxes(field: forms.ModelMultipleChoiceField[Any], label: Callable[[Any], str]) -> None:
    """Show the choices as boxes to tick, asking the database once for all forms of a page."""
    field.widget = forms.CheckboxSelectMultiple()
    rows = [] if field.queryset is None else list(field.queryset)
    setattr(field, OFFERED, rows)
    field.choices = [(row.pk, label(row)) for row in rows]
    field.help_text = "" if rows else gettext("There is none yet: add one first.")


def _backend_label(backend: Backend, *, unfit: bool = False) -> str:
    label = f"{backend} · {name_of(backend.messenger, catalog().offers['messenger'])}"
    return (
        gettext("%(backend)s (its template does not fit)") % {"backend": label} if unfit else label
    )


def recipient_field(
    db_field: ManyToManyField[Any, Any],
    field: forms.ModelMultipleChoiceField[Any] | None,
    site: AdminSite,
    request: HttpRequest,
) -> forms.ModelMultipleChoiceField[Any] | None:
    """``field`` as these pages draw it."""
    if field is not None and db_field.name == "backends":
        boxes(field, _backend_label)
    elif (
        field is not None
        and db_field.name == "recipient_groups"
        and not search_if_many(field, db_field, site, request)
    ):
        boxes(field, str)
    with_keys(field, db_field, site)
    return field


class SubscriptionFormSet(BaseInlineFormSet[Subscription, Trigger, ModelForm[Subscription]]):
    """Gives each form the trigger as it is being edited."""

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """As Django's."""
        return {**super().get_form_kwargs(index), "trigger": self.instance}
