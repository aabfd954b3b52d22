"""Why a delivery is in its state, in a few words for each of our own codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from dsn_core.states import PACED, HeldBy, State, SuppressedBy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import _StrPromise

    from dsn_core.models import Delivery

CAUSES: Mapping[str, _StrPromise | str] = {
    **{choice.value: choice.label for choice in (*HeldBy, *SuppressedBy)},
    PACED: _("others to the same address go first"),
    "expired": _("it was not worth sending any more"),
    "switched_off": _("its trigger or subscription is switched off"),
    "trigger_disabled": _("its trigger is switched off"),
    "subscription_disabled": _("its subscription is switched off"),
    "backend_gone": _("its backend has been deleted"),
    "backend_changed": _("its backend goes through another messenger now"),
    "cancelled": _("somebody gave it up"),
    "template": _("its message could not be written"),
    "too_long": _("its message is too long for the messenger"),
    "not_sent": _("somebody said that it was not sent"),
}
"""By the code of a delivery. Others are the service's own."""


def cause(code: str) -> str:
    """The words for a code, or the code itself."""
    return str(CAUSES.get(code, code))


def cause_of(delivery: Delivery) -> str:
    """Why it is in its state, in a line; empty where there is nothing to say."""
    if delivery.state == State.CANCELLED and delivery.reason:
        return delivery.reason  # It says the same, and by whom.
    return ": ".join(text for text in (cause(delivery.code), delivery.reason) if text)
