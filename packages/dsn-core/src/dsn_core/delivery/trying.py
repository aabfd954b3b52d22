"""Trying a messenger: one message at once, past every trigger, and what the service said to it.

Nothing is stored but what the answer says about the account: one that cannot be used is held, and
shows why in the admin.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError

from dsn_core.contract.message import Envelope, Message
from dsn_core.contract.messenger import Audience
from dsn_core.contract.outcome import Accepted, Refusal, Refused
from dsn_core.delivery.routes import Route
from dsn_core.delivery.sending import is_whole, no_outcome
from dsn_core.exceptions import DSNError, InvalidAddress, InvalidValues, TemplateRefused
from dsn_core.pausing import capture_paused
from dsn_core.plugins.accounts import account as account_of
from dsn_core.plugins.accounts import account_path
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.found import error_words
from dsn_core.plugins.scrubbing import Scrubber
from dsn_core.plugins.values import build, describe
from dsn_core.records.holding import hold_account
from dsn_core.rendering.destinations import full_destination
from dsn_core.rendering.fitting import fit

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dsn_core.contract.fields import Fields
    from dsn_core.contract.message import Action
    from dsn_core.contract.messenger import Messenger

NO_ADDRESS = "-"
"""What stands for the address of a messenger that speaks to everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the service said, without secrets.

    ``code`` is empty where it took the message; ``is_held``: its account cannot be used.
    """

    address: str
    provider_id: str = ""
    code: str = ""
    reason: str = ""
    refusal: Refusal | None = None
    is_held: bool = False


def send_once(
    messenger: str,
    address: str,
    message: Message,
    *,
    account: str = "default",
    options: Mapping[str, object] | None = None,
) -> Trial:
    """Send ``message`` now and say what came back; it is not tried again.

    Raises ``NotInstalled``, ``InvalidValues`` or ``InvalidSetting`` for what settings or options
    lack, ``InvalidAddress``, and ``TemplateRefused`` for a message that cannot be sent.
    """
    found = catalog().messenger(messenger)
    values = account_of(found, account)
    route = Route(
        messenger=found,
        account_name=account,
        account=values,
        options=_options(found, options or {}),
        scrubber=Scrubber(values),
    )
    envelope = _prepared(route, lambda: _envelope(route, address, message))
    outcome = _answer(route, envelope)
    return _trial(route, envelope, outcome)


def _options(messenger: type[Messenger], given: Mapping[str, object]) -> Fields:
    """What is to be asked for. Raises ``InvalidValues``, which names what it does not have."""
    known = [spec.name for spec in describe(messenger.options_type)]
    unknown = ", ".join(repr(name) for name in given if name not in known)
    if unknown:
        has = ", ".join(known) or "none"
        raise InvalidValues(f"{messenger.key} has no option {unknown}; it has {has}.")
    return build(messenger.options_type, given, path="options")


def _prepared(route: Route, do: Callable[[], Envelope]) -> Envelope:
    """What ``do`` gives; its plugin's own mistakes as words without secrets."""
    try:
        return do()
    except (DSNError, OperationalError, InterfaceError):
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a plugin's code
        words = route.scrubber.text(error_words(error))
        raise TemplateRefused(f"{route.messenger.key} cannot make it ready: {words}") from None


def _envelope(route: Route, address: str, message: Message) -> Envelope:
    sample = route.make()
    actions = tuple(map(_leading, message.actions))
    return Envelope(
        key=str(uuid.uuid4()),
        address=_address(sample, address),
        message=fit(replace(message, actions=actions), sample),
    )


def _address(messenger: Messenger, given: str) -> str:
    """``given`` as the messenger writes it. Whoever names somebody must not post to everybody."""
    if messenger.audience is Audience.PUBLIC:
        if given != NO_ADDRESS:
            raise InvalidAddress(
                f"{messenger.key} speaks to everybody; write {NO_ADDRESS} for the address."
            )
        return ""
    if given in ("", NO_ADDRESS):
        raise InvalidAddress(f"{messenger.key} needs an address.")
    return messenger.normalize_address(given)


def _leading(action: Action) -> Action:
    """``action`` with a full address, as a template's is sent."""
    try:
        return replace(action, url=full_destination(action.url))
    except TemplateRefused as error:
        raise TemplateRefused(f"The URL of {action.label!r} cannot be sent: {error}") from error


def _answer(route: Route, envelope: Envelope) -> Accepted | Refused:
    """What the service says; an exception is a bug of the messenger's, as anywhere."""
    words = "send_many gave no outcome."
    try:
        with capture_paused(), route.make() as messenger:
            for outcome in messenger.send_many([envelope]):
                if is_whole(outcome):
                    return outcome
                words = no_outcome(outcome)
                break
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a plugin's code
        words = f"{type(error).__name__}: {error}"
    return Refused(refusal=Refusal.IN_DOUBT, code="exception", reason=words)


def _trial(route: Route, envelope: Envelope, outcome: Accepted | Refused) -> Trial:
    scrub = route.scrubber.text
    if isinstance(outcome, Accepted):
        return Trial(address=envelope.address, provider_id=scrub(outcome.provider_id or ""))
    reason = scrub(outcome.reason)
    is_held = outcome.refusal is Refusal.ACCOUNT
    if is_held:
        hold_account(*route.account_key, reason)
    return Trial(
        address=envelope.address,
        code=scrub(outcome.code) or outcome.refusal.value,
        reason=reason,
        refusal=outcome.refusal,
        is_held=is_held,
    )


def where_held(messenger: str, account: str) -> str:
    """Where somebody mends an account, in words."""
    return f"Mend {account_path(messenger, account)}; see Account states in the admin."
