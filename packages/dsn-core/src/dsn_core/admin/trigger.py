"""The page of a trigger: when."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Prefetch
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dsn_core.admin.anchors import Anchors
from dsn_core.admin.condition import ConditionInline
from dsn_core.admin.keeping import NoticingAdmin
from dsn_core.admin.names import names_for, names_page
from dsn_core.admin.objects import ObjectInput, ObjectsView, seen_object
from dsn_core.admin.rehearsing import Rehearsing
from dsn_core.admin.sentence import HEARERS, sentence_of, thing_of
from dsn_core.admin.subscription import SubscriptionInline
from dsn_core.admin.trigger_form import TriggerForm, is_gone, is_there
from dsn_core.admin.words import name_of
from dsn_core.models import Subscription, Trigger
from dsn_core.models.trigger import PARTS
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django import forms
    from django.contrib.admin.options import InlineModelAdmin, _FieldsetSpec
    from django.db.models import Field, QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern
    from django.utils.safestring import SafeString

NAMES = {"action_object": _("Action object"), "actor_object": _("Actor"), "target": _("Target")}
MEANINGS = {
    "action_object": _("What it happens to. Leave all three empty for anything."),
    "actor_object": _("Who does it. Leave all three empty for anybody."),
    "target": _("What it is done for or with, where the signal says so. Empty: anything."),
}
MOST_SUBSCRIPTIONS = 40
"""Whose forms fit into one page: Django refuses a form of more than a thousand fields."""


@admin.register(Trigger)
class TriggerAdmin(Rehearsing, NoticingAdmin[Trigger]):
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

    def get_inlines(
        self, request: HttpRequest, obj: Trigger | None
    ) -> list[type[InlineModelAdmin[Any, Any]]]:
        """Without the subscriptions where they are too many: then they have a list."""
        inlines = super().get_inlines(request, obj)
        if obj is None or not _has_many(obj):
            return list(inlines)
        return [one for one in inlines if one is not SubscriptionInline]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Trigger | None = None
    ) -> tuple[str, ...]:
        """The verb's name is shown where it cannot be chosen."""
        return ("sentence",) if _may_edit(self, request, obj) else self.readonly_fields

    def get_urls(self) -> list[URLPattern]:
        """With what the page's script asks."""
        view = self.admin_site.admin_view
        objects = ObjectsView.as_view(page=self, admin_site=self.admin_site)
        own = [
            path("names/", view(self.names), name="dsn_trigger_names"),
            path("objects/", view(objects), name="dsn_trigger_objects"),
        ]
        return [*own, *super().get_urls()]

    def names(self, request: HttpRequest) -> HttpResponse:
        """The names that a condition may use."""
        return names_page(request, self)

    def formfield_for_dbfield(
        self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.Field | None:
        """Objects by search, or by their keys."""
        part = db_field.name.removesuffix("_pk")
        if db_field.name.endswith("_pk") and part in PARTS:
            url = reverse("admin:dsn_trigger_objects", current_app=self.admin_site.name)
            kwargs["widget"] = ObjectInput(part, url, self.admin_site, request)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_form(
        self, request: HttpRequest, obj: Trigger | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Trigger]]:
        """One that looks for objects with the eyes of this person."""
        seen = partial(seen_object, site=self.admin_site, request=request)
        made = super().get_form(request, obj, change, **kwargs)
        made.seen = staticmethod(seen)  # type: ignore[attr-defined]  # a TriggerForm
        return made

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the names to suggest, of what is chosen in the form; and where much else is."""
        form = context["adminform"].form
        if form.instance.pk and _has_many(form.instance):
            context["dsn_subscriptions"] = self._list_of_subscriptions(request, form.instance)
        chosen = [_chosen(form, name) for name in ("verb", "action_object_model")]
        context["dsn_names"] = names_for(*chosen)
        return super().render_change_form(request, context, *args, **kwargs)

    def _list_of_subscriptions(self, request: HttpRequest, trigger: Trigger) -> SafeString:
        words = gettext("More than %(most)d subscriptions: they have a list of their own.")
        anchors = Anchors(request=request, site=self.admin_site)
        said = words % {"most": MOST_SUBSCRIPTIONS}
        return anchors.to_list(Subscription, said, {"trigger__id__exact": trigger.pk})

    def notices(self, obj: Trigger) -> Iterator[str]:
        """What is gone."""
        if obj.verb and obj.verb not in catalog().offers["verb"]:
            yield gettext(
                "The verb %(verb)s is not installed: this trigger does not fire until it is back. "
                "It is kept as it is."
            ) % {"verb": obj.verb}
        for name in PARTS:
            if is_gone(obj, name):
                yield gettext(
                    "%(part)s: the model %(model)s is not installed, so that this trigger does "
                    "not fire. It is kept as it is."
                ) % {"part": NAMES[name], "model": getattr(obj, f"{name}_model")}
            elif not is_there(obj.part(name)):
                yield gettext(
                    "%(part)s: there is no %(thing)s any more, so that this trigger does not fire. "
                    "It is kept as it is."
                ) % {"part": NAMES[name], "thing": thing_of(obj.part(name))}

    @admin.display(description=_("meaning"))
    def sentence(self, trigger: Trigger) -> SafeString:
        # It may be in another direction than the page, as long as nobody has translated it.
        return format_html("<bdi>{}</bdi>", sentence_of(trigger))

    @admin.display(description=capfirst(_("verb")))
    def verb_shown(self, trigger: Trigger) -> str:
        return name_of(trigger.verb, catalog().offers["verb"])


def _has_many(trigger: Trigger) -> bool:
    return trigger.subscriptions.order_by()[MOST_SUBSCRIPTIONS : MOST_SUBSCRIPTIONS + 1].exists()


def _chosen(form: forms.ModelForm[Trigger], name: str) -> str:
    return str(form[name].value() or "") if name in form.fields else getattr(form.instance, name)


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
