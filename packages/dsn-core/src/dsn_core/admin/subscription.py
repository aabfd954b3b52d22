"""The page of a subscription, and its part of the trigger's page: whom."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dsn_core.admin import choices
from dsn_core.admin.inputs import LinesField
from dsn_core.admin.keeping import KeepingForm, NoticingAdmin
from dsn_core.admin.recipients import searchable_users, with_keys
from dsn_core.admin.typed import StackedInline
from dsn_core.admin.words import name_of
from dsn_core.exceptions import InvalidSubscription, InvalidTrigger, NotInstalled
from dsn_core.models import Backend, Subscription, Trigger
from dsn_core.models.audience import check_path, check_requires
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from django.db.models import ManyToManyField, QuerySet
    from django.http import HttpRequest

RELATED = ("backends", "recipient_users", "recipient_groups")
FIELDS = (
    "name",
    "enabled",
    "backends",
    "recipient_users",
    "recipient_groups",
    "recipient_sources",
    "recipient_paths",
    "addresses",
    "exclude_actor",
)


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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("recipient_sources")
        if isinstance(field, forms.ChoiceField):
            choices.keep_choice(field, map(str, self.instance.recipient_sources))

    def clean(self) -> dict[str, Any] | None:
        """Hold paths and templates against the trigger; each complaint stands at its field."""
        cleaned = super().clean() or self.cleaned_data
        trigger = cleaned.get("trigger")
        if isinstance(trigger, Trigger):
            for path in cleaned.get("recipient_paths") or ():
                self._try("recipient_paths", check_path, trigger, path)
            for backend in cleaned.get("backends") or ():
                self._try("backends", check_requires, trigger, backend)
        return cleaned

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
    queryset = field.queryset
    field.choices = [] if queryset is None else [(row.pk, label(row)) for row in queryset]
    field.help_text = ""


def _backend_label(backend: Backend) -> str:
    return f"{backend} · {name_of(backend.messenger, catalog().offers['messenger'])}"


def recipient_field(
    db_field: ManyToManyField[Any, Any],
    field: forms.ModelMultipleChoiceField[Any] | None,
    site: admin.AdminSite,
) -> forms.ModelMultipleChoiceField[Any] | None:
    """``field`` as these pages draw it."""
    if field is not None and db_field.name == "backends":
        boxes(field, _backend_label)
    elif field is not None and db_field.name == "recipient_groups":
        boxes(field, str)
    with_keys(field, db_field, site)
    return field


class SubscriptionInline(StackedInline[Subscription, Trigger]):
    """On the trigger's page."""

    model = Subscription
    form = SubscriptionForm
    fields = FIELDS
    raw_id_fields = ("recipient_users",)
    show_change_link = True

    def get_extra(self, request: HttpRequest, obj: Trigger | None = None, **kwargs: Any) -> int:
        """One to fill in where the trigger is new."""
        return 0 if obj else 1

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        """With all that the forms show."""
        return super().get_queryset(request).prefetch_related(*RELATED)

    def get_autocomplete_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Users, where they can be searched."""
        return searchable_users(self.admin_site, request, "recipient_users")

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelMultipleChoiceField[Any] | None:
        """As boxes to tick, where there are few."""
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        return recipient_field(db_field, field, self.admin_site)


@admin.register(Subscription)
class SubscriptionAdmin(NoticingAdmin[Subscription]):
    """Whom: the recipients of one trigger, and the backends that tell them."""

    form = SubscriptionForm
    fields = ("name", "trigger", *FIELDS[1:])
    raw_id_fields = ("recipient_users",)
    list_display = ("name", "trigger", "through", "who", "enabled")
    list_filter = ("enabled", "backends")
    list_select_related = ("trigger",)
    search_fields = ("name", "trigger__name")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Subscription]:
        """With the backends and groups that the list names."""
        return super().get_queryset(request).prefetch_related("backends", "recipient_groups")

    def get_autocomplete_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Triggers, and users where they can be searched."""
        return searchable_users(self.admin_site, request, "recipient_users")

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelMultipleChoiceField[Any] | None:
        """As boxes to tick, where there are few."""
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        return recipient_field(db_field, field, self.admin_site)

    def notices(self, obj: Subscription) -> Iterator[str]:
        """What is gone."""
        offers = catalog().offers
        for key in obj.recipient_sources:
            if key not in offers["recipient_source"]:
                yield gettext(
                    "The recipient source %(key)s is not installed; it adds nobody until it is "
                    "back. It is kept."
                ) % {"key": key}
        for backend in obj.backends.all():
            if backend.messenger not in offers["messenger"]:
                yield gettext(
                    "The messenger %(key)s of the backend “%(name)s” is not installed; its "
                    "deliveries wait as held."
                ) % {"key": backend.messenger, "name": backend.name}

    @admin.display(description=_("backends"))
    def through(self, subscription: Subscription) -> str:
        return ", ".join(backend.name for backend in subscription.backends.all())

    @admin.display(description=_("recipients"))
    def who(self, subscription: Subscription) -> str:
        return ", ".join(_recipients(subscription))


def _recipients(subscription: Subscription) -> Sequence[str]:
    groups = [str(group) for group in subscription.recipient_groups.all()]
    offers = catalog().offers["recipient_source"]
    sources = [name_of(str(key), offers) for key in subscription.recipient_sources]
    return [*groups, *sources, *map(str, subscription.recipient_paths + subscription.addresses)]
