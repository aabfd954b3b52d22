"""An SMTP server and a shop's sender for every test of dsn-email."""

from __future__ import annotations

import ssl

import pytest

from dsn_email.testing import SMTPServer
from tests.email.posting import CERTIFICATE


@pytest.fixture(autouse=True)
def shop(settings):
    settings.DEFAULT_FROM_EMAIL = "The shop <shop@shop.example>"


@pytest.fixture
def server():
    with SMTPServer() as server:
        yield server


@pytest.fixture
def tls():
    """The server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


@pytest.fixture
def trusted(monkeypatch):
    """Let this process believe the certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
