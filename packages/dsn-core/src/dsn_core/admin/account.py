"""The pages of account states: which accounts are held, and why."""

from __future__ import annotations

from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dsn_core.admin.reading import ReadingAdmin
from dsn_core.admin.words import badge, name_of
from dsn_core.models import AccountState
from dsn_core.plugins.catalog import catalog


@admin.register(AccountState)
class AccountStateAdmin(ReadingAdmin[AccountState]):
    """What all workers know of an account."""

    list_display = ("messenger_shown", "account", "standing", "held_since", "reason", "failures")
    list_filter = (("held_since", admin.EmptyFieldListFilter),)
    fields = (*list_display, "next_slot")

    @admin.display(description=_("messenger"), ordering="messenger")
    def messenger_shown(self, state: AccountState) -> str:
        return name_of(state.messenger, catalog().offers["messenger"])

    @admin.display(description=_("state"))
    def standing(self, state: AccountState) -> str:
        if state.held_since is None:
            return badge(gettext("in use"), "sent")
        return badge(gettext("held"), "held")
