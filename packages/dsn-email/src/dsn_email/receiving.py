"""From a webhook, as it came in, to what the e-mail service reports by it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urlsplit

from django.core.handlers.wsgi import WSGIRequest

from dsn_core import Forged, Webhook
from dsn_email.connecting import build_backend
from dsn_email.services import service_of
from dsn_email.tracking import reports
from dsn_email.verifying import (
    Unverifiable,
    faults,
    make_view,
    refuse_gullible,
    refuse_stale,
    verify,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.mail.backends.base import BaseEmailBackend

    from dsn_core import OptedIn, OptedOut, Receipt
    from dsn_email.accounts import Account
    from dsn_email.services import Service
    from dsn_email.verifying import View


class PostedRequest(WSGIRequest):
    """A webhook as the request that anymail's views want to see.

    Its URL is the public one, whatever ``ALLOWED_HOSTS`` and the headers of a proxy say.
    """

    def __init__(self, webhook: Webhook) -> None:
        self._url = webhook.url
        super().__init__(_environ(webhook))

    def build_absolute_uri(self, location: str | None = None) -> str:
        """As the service knows it: some sign it."""
        return self._url


def receive(
    account: Account, name: str, webhook: Webhook
) -> Iterator[Receipt | OptedOut | OptedIn]:
    """Verify ``webhook`` for the account called ``name``, and yield what it reports.

    Raises ``Forged``, and what anymail raises where it cannot read what the service wrote.
    """
    backend = _backend(account, name)
    service = service_of(backend)
    if _only_asks(service, webhook):
        return
    for fault in faults(account, service, type(backend).__module__):
        raise Forged(f"{fault.message}. {fault.hint}".strip())
    assert service is not None  # or there was a fault
    request = PostedRequest(webhook)
    view = _view(account, service)
    refuse_gullible(view, PostedRequest(Webhook(method="POST", url=webhook.url)))
    verify(view, request)
    events = _events(view, request)
    refuse_stale(service, events)
    for event in events:
        yield from reports(event, service.name)


def _backend(account: Account, name: str) -> BaseEmailBackend:
    try:
        return build_backend(account, name)
    except Exception as error:  # noqa: BLE001  # settings that make no backend, or a backend's own
        missing = getattr(error, "name", "") == "anymail"
        words = "pip install 'dsn-email[anymail]'" if missing else f"{error}"
        raise Forged(f"The account {name!r} cannot verify webhooks: {words}") from None


def _view(account: Account, service: Service) -> View:
    try:
        return make_view(account, service)
    except Unverifiable as error:
        raise Forged(str(error)) from None


def _events(view: View, request: WSGIRequest) -> list[object]:
    """What it says. Raises what anymail raises where it cannot read that."""
    from anymail.exceptions import AnymailConfigurationError

    try:
        return list(view.parse_events(request))
    except AnymailConfigurationError:
        # Mail that comes in, for one, which the service was told to post here.
        raise Forged("It is from the service, but reports nothing of mail that was sent") from None


def _only_asks(service: Service | None, webhook: Webhook) -> bool:
    """Does Mandrill only want to know whether the URL exists?

    It asks before there is a key, with no events, signed with a word that all know.
    https://mandrill.zendesk.com/hc/en-us/articles/205583217-Introduction-to-Webhooks
    """
    is_empty = webhook.form.get("mandrill_events") == ("[]",)
    return is_empty and service is not None and service.name == "Mandrill"


def _environ(webhook: Webhook) -> dict[str, object]:
    parts = urlsplit(webhook.url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    headers = {
        "HTTP_" + name.upper().replace("-", "_"): value for name, value in webhook.headers.items()
    }
    return {
        **headers,
        "REQUEST_METHOD": webhook.method,
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
        "QUERY_STRING": parts.query,
        "SERVER_NAME": parts.hostname or "",
        "SERVER_PORT": str(port),
        "CONTENT_TYPE": webhook.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(webhook.body)),
        "wsgi.url_scheme": parts.scheme,
        "wsgi.input": io.BytesIO(webhook.body),
    }
