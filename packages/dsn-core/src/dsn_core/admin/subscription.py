"""The page of a subscription, and its part of the trigger's page: whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dsn_core.admin.keeping import NoticingAdmin
from dsn_core.admin.recipients import search_if_many, searchable_users
from dsn_core.admin.subscription_form import (
    SubscriptionForm,
    SubscriptionFormSet,
    recipient_field,
)
from dsn_core.admin.typed import StackedInline
from dsn_core.admin.words import name_of
from dsn_core.models import Subscription, Trigger
from dsn_core.models.fitness import misfit
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django import forms
    from django.db.models import ForeignKey, ManyToManyField, QuerySet
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


class SubscriptionInline(StackedInline[Subscription, Trigger]):
    """On the trigger's page."""

    model = Subscription
    form = SubscriptionForm
    formset = SubscriptionFormSet
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
        return recipient_field(db_field, field, self.admin_site, request)


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
        """With the backends and groups that the list names, and how many users there are."""
        named = super().get_queryset(request).prefetch_related("backends", "recipient_groups")
        through = Subscription.recipient_users.through._base_manager.order_by()
        mine = through.filter(subscription=OuterRef("pk")).values("subscription")
        counted = mine.annotate(n=Count("pk")).values("n")  # type: ignore[misc]  # stubs know no n
        number = Subquery(counted, output_field=IntegerField())
        return named.annotate(users_named=Coalesce(number, 0))

    def get_autocomplete_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Users, where they can be searched."""
        return searchable_users(self.admin_site, request, "recipient_users")

    def formfield_for_manytomany(
        self, db_field: ManyToManyField[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelMultipleChoiceField[Any] | None:
        """As boxes to tick, where there are few."""
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        return recipient_field(db_field, field, self.admin_site, request)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField[Any] | None:
        """Triggers by search, where there are many."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None:
            search_if_many(field, db_field, self.admin_site, request)
        return field

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
            wrong = misfit(obj.trigger, backend)
            if wrong:
                yield wrong
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
    number: int = getattr(subscription, "users_named", 0)
    users = [ngettext("%(n)d user", "%(n)d users", number) % {"n": number}] if number else []
    groups = [str(group) for group in subscription.recipient_groups.all()]
    offers = catalog().offers["recipient_source"]
    sources = [name_of(str(key), offers) for key in subscription.recipient_sources]
    texts = map(str, subscription.recipient_paths + subscription.addresses)
    return [*users, *groups, *sources, *texts]
