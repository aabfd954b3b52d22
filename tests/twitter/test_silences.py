"""What it means that X does not answer, or not in time, over a socket."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from pathlib import Path

import pytest

from dsn_core import Refusal, Scope
from dsn_core.testing import DRIP, DRIP_HEAD, HTTPServer
from dsn_twitter import connecting
from tests.twitter.posting import dm, envelope, free_port, post

RETRY, ACCOUNT, IN_DOUBT = Refusal.RETRY, Refusal.ACCOUNT, Refusal.IN_DOUBT
BOTH = pytest.mark.parametrize("messenger", [post, dm])


@pytest.mark.parametrize("deed", [DRIP, DRIP_HEAD])
def test_an_answer_that_drips_in_is_not_waited_for_for_ever(server, deed, monkeypatch):
    monkeypatch.setattr(connecting, "TIMEOUT", 0.2)
    server.script(deed)
    begun = time.perf_counter()
    outcome = post(server).send(envelope())

    assert outcome.refusal is IN_DOUBT
    assert time.perf_counter() - begun < 3
    assert server.left.wait(2), "The connection was not closed."


def test_there_is_a_limit_to_waiting():
    assert connecting.TIMEOUT == 10


@BOTH
@pytest.mark.parametrize(
    ("url", "code"),
    [
        (f"http://127.0.0.1:{free_port()}", "NewConnectionError"),
        ("https://nowhere.invalid", "NameResolutionError"),
    ],
    ids=["no port", "no name"],
)
def test_a_server_that_is_not_there_was_asked_nothing(messenger, url, code):
    outcome = messenger(api_url=url).send(envelope())

    assert (outcome.refusal, outcome.code, outcome.scope) == (RETRY, code, Scope.ACCOUNT)


def test_a_connection_that_takes_too_long_was_asked_nothing(monkeypatch):
    monkeypatch.setattr(connecting, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        outcome = post(api_url=f"http://127.0.0.1:{full.getsockname()[1]}").send(envelope())
        for each in waiting:
            each.close()

    assert (outcome.refusal, outcome.code) == (RETRY, "ConnectTimeoutError")


def test_a_server_that_speaks_no_tls_was_asked_nothing(server):
    outcome = post(api_url=server.url.replace("http", "https")).send(envelope())

    assert (outcome.refusal, outcome.code) == (RETRY, "SSLError")
    assert server.calls == []


def test_a_tls_that_breaks_after_the_question_is_doubt(monkeypatch):
    certificate = Path(__file__).with_name("certificate.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        breaking = threading.Thread(target=break_off, args=(listening, certificate))
        breaking.start()
        outcome = post(api_url=f"https://127.0.0.1:{listening.getsockname()[1]}").send(envelope())
        breaking.join()

    assert (outcome.refusal, outcome.code) == (IN_DOUBT, "SSLError")


def break_off(listening, certificate):
    """Take one question over TLS, and answer with what is none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    connection, _ = listening.accept()
    with context.wrap_socket(connection, server_side=True) as tls:
        asked = b""
        while not asked.endswith(b"}"):
            asked += tls.recv(65_536)
        with socket.socket(fileno=tls.detach()) as plain:
            plain.sendall(b"This is no TLS." * 10)
            plain.recv(1)


def test_a_proxy_that_cannot_be_used_holds_the_account(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks9://ada:hidden@proxy.example")
    monkeypatch.delenv("NO_PROXY", raising=False)
    outcome = post(api_url="https://x.example").send(envelope())

    assert (outcome.refusal, outcome.scope) == (ACCOUNT, Scope.ACCOUNT)
    assert "proxy in the environment" in outcome.reason
    assert "hidden" not in outcome.reason


def test_a_certificate_that_nobody_vouches_for_holds_the_account():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).with_name("certificate.pem"))
    with HTTPServer(tls=context) as server:
        outcome = post(api_url=server.url).send(envelope())

    assert (outcome.refusal, outcome.scope) == (ACCOUNT, Scope.ACCOUNT)
    assert "certificate" in outcome.reason
    assert server.calls == []


@pytest.mark.parametrize("url", ["nonsense", "ftp://x.invalid", "http://", "http://[::1"])
def test_a_url_that_is_none_holds_the_account(url):
    outcome = post(api_url=url).send(envelope())

    assert (outcome.refusal, outcome.scope) == (ACCOUNT, Scope.ACCOUNT)
    assert "api_url" in outcome.reason
