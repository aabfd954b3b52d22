"""A service that reports: its webhooks are JSON, signed with the account's secret."""

from __future__ import annotations

import datetime as dt
import hmac
import json
from typing import Any

import pytest
from django.dispatch import Signal

from dsn_core import (
    Accepted,
    Fields,
    Forged,
    Linked,
    Messenger,
    Moved,
    OptedIn,
    OptedOut,
    Receipt,
    Refusal,
    Scope,
    option,
    signals,
)
from dsn_core.inbound import webhooks
from dsn_core.models import Delivery
from dsn_core.states import State
from tests.core.delivery.conftest import backend_of, install, queue

__all__ = ["install", "queue"]

SECRETS = {"default": "s3cret-one", "ops": "s3cret-two"}
KINDS: dict[str, Any] = {
    "receipt": Receipt,
    "opted_out": OptedOut,
    "opted_in": OptedIn,
    "moved": Moved,
    "linked": Linked,
}


class Account(Fields):
    secret: str = option(secret=True)


class Acme(Messenger[Account]):
    key = "acme"
    label = "Acme"
    channel = "chat"
    fetched: list[Any] = []
    seen: list[Any] = []
    reading: Any = None
    """What a test has it do with a webhook instead, once that is verified."""

    def send(self, envelope):
        return Accepted(provider_id=f"id-{envelope.address}")

    def normalize_address(self, raw):
        return raw.strip().lower()

    def receive(self, webhook):
        given = webhook.headers.get("x-acme-signature", "")
        if not hmac.compare_digest(given, sign(self.account.secret, webhook.body)):
            raise Forged(f"The signature {given!r} is not made with {self.account.secret!r}")
        self.seen.append(webhook)
        if self.reading is not None:
            yield from self.reading(webhook)
            return
        for item in json.loads(webhook.body):
            yield report(**item)

    def poll(self):
        while self.fetched:
            yield self.fetched[0]
            self.fetched.pop(0)

    def link_url(self, token):
        return f"https://acme.example/start?{token}"


def sign(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, "sha256").hexdigest()


def report(kind: str, **values: Any) -> Any:
    if "at" in values:
        values["at"] = dt.datetime.fromisoformat(values["at"])
    if "refusal" in values:
        values["refusal"] = Refusal(values["refusal"])
    if "scope" in values:
        values["scope"] = Scope(values["scope"])
    return KINDS[kind](**values)


@pytest.fixture
def acme(install, settings, monkeypatch):
    """Installs Acme, with two accounts; a slow machine applies all before it answers, too."""
    monkeypatch.setattr(webhooks, "PROMPTLY", 60)
    Acme.fetched, Acme.seen, Acme.reading = [], [], None
    install(Acme)
    accounts = {name: {"secret": secret} for name, secret in SECRETS.items()}
    settings.DSN = {"BASE_URL": "https://shop.example", "MESSENGERS": {"acme": accounts}}
    return Acme


@pytest.fixture
def knock(acme, client):
    """Posts a body as it is, signed unless a test says otherwise."""

    def knock(
        body: bytes = b"[]",
        *,
        account: str = "default",
        secret: str = SECRETS["default"],
        query: str = "",
        content_type: str = "application/json",
        **extra: Any,
    ) -> Any:
        headers = {"x-acme-signature": sign(secret, body), **extra.pop("headers", {})}
        url = f"/dsn/acme/{account}/{query}"
        return client.post(url, body, content_type=content_type, headers=headers, **extra)

    return knock


@pytest.fixture
def post(knock):
    """Posts reports as Acme does."""

    def post(*items: dict[str, Any], account: str = "default", **extra: Any) -> Any:
        body = json.dumps(items).encode()
        return knock(body, account=account, **{"secret": SECRETS.get(account, ""), **extra})

    return post


@pytest.fixture
def sent(queue):
    """One delivery that Acme took, as it is when asked."""
    row = queue(
        backend=backend_of("acme"), state=State.SENT, provider_id="p1", address="ada", user_pk="7"
    )[0]
    return lambda: Delivery.objects.get(pk=row.pk)


@pytest.fixture
def heard():
    """The names of the signals that were sent, and with what."""
    said: list[tuple[str, dict[str, Any]]] = []
    named = {name: value for name, value in vars(signals).items() if isinstance(value, Signal)}

    def hear(signal, sender, **told):
        name = next(name for name, value in named.items() if value is signal)
        said.append((name, told))

    for signal in named.values():
        signal.connect(hear)
    yield said
    for signal in named.values():
        signal.disconnect(hear)
