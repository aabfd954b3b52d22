"""Is a webhook from the account's own e-mail service? And what an account lacks to tell."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol, cast

from django.utils.module_loading import import_string

from dsn_core import Forged, Problem
from dsn_email.redacting import find_secrets, redact

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from django.http import HttpRequest

    from dsn_email.accounts import Account
    from dsn_email.services import Service

LONGEST_AGE = 24 * 60 * 60.0
"""Seconds. Mailgun signs a time and a token, not the event: an old signature fits any event."""


class Unverifiable(ValueError):
    """The service's webhooks cannot be verified."""


class View(Protocol):
    """What is used of anymail's webhook views."""

    def run_validators(self, request: HttpRequest) -> None: ...
    def parse_events(self, request: HttpRequest) -> Iterable[object]: ...


def wants_webhooks(account: Account) -> bool:
    """Does the account say anything of webhooks? One that only sends does not."""
    return bool(account.webhook_secret or account.webhook_options)


def problems(account: Account, service: Service | None, place: str) -> Iterator[Problem]:
    """Why no webhook of the account can be believed; ``place`` is what it sends through."""
    found = list(faults(account, service, place))
    yield from found
    if service is not None and not found:
        yield from _unusable(account, service)


def faults(account: Account, service: Service | None, place: str) -> Iterator[Problem]:
    """The same, as far as the account's own values tell."""
    if service is None:
        yield _problem(
            f"This account has no webhooks: {place} is no service of django-anymail's",
            "Take 'webhook_secret' and 'webhook_options' out of the account.",
        )
    elif not service.view:
        yield _problem(f"No webhooks of {service.name} can be taken", service.why)
    else:
        yield from _unknown_options(account, service)
        yield from _lacking(account, service)


def make_view(account: Account, service: Service) -> View:
    """Anymail's view, with this account's secrets and nothing from the project's settings.

    Raises ``Unverifiable``, in words that show no secret, where a package is missing or a key is
    none.
    """
    own = dict(account.webhook_options)
    names = (service.key, *service.extras)
    # All are given, so that anymail looks none up in the project's settings. An empty one is none:
    # with an empty key, anybody could sign.
    arguments = {name: own.get(name) or None for name in names if name}
    secrets = [account.webhook_secret] if account.webhook_secret else []
    try:
        make = cast("Callable[..., View]", import_string(service.view))
        return make(webhook_secret=secrets, **arguments)
    except Exception as error:  # noqa: BLE001  # anymail, or a library of cryptography
        hidden = frozenset((*secrets, *find_secrets(account.webhook_options)))
        words = redact(_words(error), hidden) or type(error).__name__
        raise Unverifiable(f"{service.name}'s webhooks cannot be verified: {words}") from None


def verify(view: View, request: HttpRequest) -> None:
    """Raise ``Forged``, unless ``request`` is from the service.

    What cannot even be read is not from the service either.
    """
    try:
        view.run_validators(request)
    except Exception as error:  # noqa: BLE001  # a stranger's bytes, read by another's code
        words = _words(error) or type(error).__name__
        raise Forged(f"The webhook is not verified: {words}") from None


def refuse_gullible(view: View, blank: HttpRequest) -> None:
    """Raise ``Forged`` where ``view`` believes ``blank``, a request that proves nothing.

    So would an anymail that does not know a signature's key by the name that we give it.
    """
    try:
        view.run_validators(blank)
    except Exception:  # noqa: BLE001  # however it refuses, it does
        return
    raise Forged("This version of django-anymail does not verify the service's webhooks")


def refuse_stale(service: Service, events: Iterable[object]) -> None:
    """Raise ``Forged`` where Mailgun's signature is too old to be of use to anybody but a thief."""
    if service.name != "Mailgun":
        return
    for event in events:
        signed = _signed_at(getattr(event, "esp_event", None))
        if signed is None or abs(time.time() - signed) > LONGEST_AGE:
            raise Forged("The webhook's signature is more than a day old")


def _signed_at(event: object) -> float | None:
    """When, in seconds since the epoch. In the old form it stands among the event's fields."""
    fields = cast("Mapping[str, object]", event)
    block = fields.get("signature")
    holder = cast("Mapping[str, object]", block) if isinstance(block, dict) else fields
    with suppress(ValueError):
        return float(str(holder.get("timestamp")))
    return None


def _unknown_options(account: Account, service: Service) -> Iterator[Problem]:
    known = {service.key, *service.extras} - {""}
    for name in sorted(set(account.webhook_options) - known):
        listed = ", ".join(map(repr, sorted(known))) or "none"
        yield _problem(
            f"{service.name} has no webhook option {name!r}", f"There are these: {listed}."
        )


def _lacking(account: Account, service: Service) -> Iterator[Problem]:
    if account.webhook_secret and not _is_login(account.webhook_secret):
        yield _problem("'webhook_secret' is not of the form 'user:password'", _login_hint())
    elif service.must_sign and not _has_key(account, service):
        yield _problem(
            f"The key of {service.name}'s signature is missing, so no webhook is believed",
            f"Set {service.key!r} in the account's 'webhook_options'.",
        )
    elif not _has_key(account, service) and not account.webhook_secret:
        yield _unprotected(service)


def _unprotected(service: Service) -> Problem:
    other = f" Or set {service.key!r} in 'webhook_options'." if service.key else ""
    return _problem(
        "Nothing would tell a webhook of the service from a forged one, so none is believed",
        _login_hint() + other,
    )


def _login_hint() -> str:
    return (
        "Set the account's 'webhook_secret' to 'user:password', and enter the URL at the service "
        "as https://user:password@…"
    )


def _is_login(secret: str) -> bool:
    """Both parts are there: an empty one is soon guessed."""
    user, _, password = secret.partition(":")
    return bool(user and password)


def _has_key(account: Account, service: Service) -> bool:
    """An empty key, as of an environment variable that is not set, would let anybody sign."""
    key = account.webhook_options.get(service.key) if service.key else None
    return isinstance(key, str) and bool(key.strip())


def _unusable(account: Account, service: Service) -> Iterator[Problem]:
    """Make the view, as the first webhook would."""
    try:
        make_view(account, service)
    except Unverifiable as error:
        yield _problem(str(error), "")


def _words(error: Exception) -> str:
    """What it says, without the name of a setting of anymail's, which is not where to look."""
    return str(error).partition(" (check Anymail")[0]


def _problem(message: str, hint: str) -> Problem:
    return Problem(message=message, hint=hint, serious=False)
