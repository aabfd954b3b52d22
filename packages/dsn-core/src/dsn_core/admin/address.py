"""The pages of addresses: where users are reached, and what is not to be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dsn_core.admin import choices
from dsn_core.admin.filters import MessengerOfAddressFilter
from dsn_core.admin.keeping import KeepingForm, NoticingAdmin
from dsn_core.admin.recipients import searchable_users, with_keys
from dsn_core.admin.words import badge, name_of
from dsn_core.exceptions import DSNError, InvalidAddress
from dsn_core.models import Address
from dsn_core.plugins.accounts import account_names, with_account
from dsn_core.plugins.catalog import catalog
from dsn_core.records.addresses import IN_USE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import ForeignKey
    from django.http import HttpRequest

    from dsn_core.contract.messenger import Messenger


class AddressForm(KeepingForm[Address]):
    """Writes an address as its messenger does, so that it is known again."""

    messenger = forms.ChoiceField(choices=choices.messengers, label=_("messenger"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("messenger")
        if isinstance(field, forms.ChoiceField):
            choices.keep_choice(field, [self.instance.messenger])

    def clean(self) -> dict[str, Any] | None:
        """Let the messenger read the address, where it is installed and has an account."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("value") and cleaned.get("messenger") in catalog().offers["messenger"]:
            messenger = catalog().messenger(cleaned["messenger"])
            try:
                cleaned["value"] = _normal(messenger, cleaned.get("account", ""), cleaned["value"])
            except InvalidAddress as error:
                self.add_error("value", str(error))
            except (Exception, SystemExit) as error:  # noqa: BLE001  # a plugin's code
                # Its class only: what it says may hold a secret.
                said = {"key": messenger.key, "error": type(error).__name__}
                self.add_error("value", gettext("%(key)s cannot read it: %(error)s.") % said)
        return cleaned


def _normal(messenger: type[Messenger], account: str, raw: str) -> str:
    """``raw`` in the messenger's own spelling. Raises ``InvalidAddress``."""
    try:
        names = (account,) if account else account_names(messenger)
        made = with_account(messenger, names[0]) if names else None
    except DSNError:
        return raw
    return made.normalize_address(raw) if made else raw


@admin.register(Address)
class AddressAdmin(NoticingAdmin[Address]):
    """One address for one messenger."""

    form = AddressForm
    fields = (
        "messenger",
        "account",
        "value",
        "user",
        "verified_at",
        "active",
        "kind",
        "reason",
    )
    raw_id_fields = ("user",)
    list_display = ("value", "messenger_shown", "user", "active_shown", "verified_at")
    list_filter = ("active", "kind", MessengerOfAddressFilter)
    list_select_related = ("user",)
    search_fields = ("value", "=user__pk")
    show_full_result_count = False

    def get_autocomplete_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Users, where they can be searched."""
        return searchable_users(self.admin_site, request, "user")

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> forms.ModelChoiceField[Any] | None:
        """The user also by key, where there is no JavaScript."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        with_keys(field, db_field, self.admin_site)
        return field

    def save_model(
        self, request: HttpRequest, obj: Address, form: forms.ModelForm[Address], change: bool
    ) -> None:
        """One that is used again has a clean record: else the next soft failure would end it."""
        if obj.active and "active" in form.changed_data:
            for name, value in IN_USE.items():
                setattr(obj, name, value)
        super().save_model(request, obj, form, change)

    def notices(self, obj: Address) -> Iterator[str]:
        """What is gone."""
        if obj.messenger and obj.messenger not in catalog().offers["messenger"]:
            yield gettext("The messenger %(key)s is not installed. The address is kept.") % {
                "key": obj.messenger
            }

    @admin.display(description=_("messenger"), ordering="messenger")
    def messenger_shown(self, address: Address) -> str:
        name = name_of(address.messenger, catalog().offers["messenger"])
        return f"{name} · {address.account}" if address.account else name

    @admin.display(description=_("state"), ordering="active")
    def active_shown(self, address: Address) -> str:
        if address.active and address.user_id is None:
            return badge(gettext("not linked"), "suppressed")
        if address.active:
            return badge(gettext("in use"), "sent")
        why = address.reason or address.get_kind_display()
        return format_html("{} {}", badge(gettext("not used"), "failed"), why)
