"""Where Telegram says nothing: was it asked?"""

from __future__ import annotations

import socket
import sys
import threading

import pytest

from dsn_core import Refusal, Scope
from dsn_telegram import bots, requesting
from dsn_telegram.testing import DROP, HANG
from tests.telegram.posting import envelope, free_port, messenger, send


@pytest.fixture
def impatient(monkeypatch):
    """As if all timeouts were shorter."""
    for name in ("CONNECT", "READ", "WRITE", "WAIT"):
        monkeypatch.setattr(requesting, name, 0.15)
    monkeypatch.setattr(bots, "DEADLINE", 0.5)


def asked(url):
    return messenger(api_url=url).send(envelope())


def test_nobody_at_the_address_means_later_for_all():
    outcome = asked(f"http://127.0.0.1:{free_port()}")

    assert (outcome.refusal, outcome.scope) == (Refusal.RETRY, Scope.ACCOUNT)
    assert outcome.code == "ConnectError"
    assert outcome.reason.startswith("http://127.0.0.1:")


def test_a_name_that_does_not_exist_means_later_for_all():
    outcome = asked("http://telegram.invalid")

    assert (outcome.refusal, outcome.scope) == (Refusal.RETRY, Scope.ACCOUNT)


def test_a_certificate_that_cannot_be_believed_means_later(server):
    outcome = asked(server.url.replace("http://", "https://"))

    assert (outcome.refusal, outcome.code) == (Refusal.RETRY, "ConnectError")
    assert server.messages == []


def test_a_connection_that_never_comes_about_means_later(impatient, monkeypatch):
    monkeypatch.setattr(requesting, "CONNECT", 0.001)
    with socket.socket() as full:  # A queue of connections that nobody takes, and that is full.
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        others = [socket.socket() for _ in range(4)]
        for other in others:
            other.setblocking(False)
            other.connect_ex(full.getsockname())
        outcome = asked(f"http://127.0.0.1:{full.getsockname()[1]}")
        for other in others:
            other.close()

    assert (outcome.refusal, outcome.code) == (Refusal.RETRY, "ConnectTimeout")


@pytest.mark.parametrize("address", ["ftp://127.0.0.1", "nonsense", "http://"])
def test_an_address_that_is_none_holds_the_account(address):
    outcome = asked(address)

    assert (outcome.refusal, outcome.scope) == (Refusal.ACCOUNT, Scope.ACCOUNT)


@pytest.mark.parametrize(
    "proxy", ["socks5://ada:hidden@127.0.0.1:9", "socks9://ada:hidden@x", "http://ada:hid/den@["]
)
def test_a_proxy_that_cannot_be_used_holds_the_account(server, proxy, monkeypatch):
    monkeypatch.setenv("ALL_PROXY", proxy)
    monkeypatch.setitem(sys.modules, "socksio", None)
    outcome = asked("https://bots.example.org")

    assert (outcome.refusal, outcome.scope) == (Refusal.ACCOUNT, Scope.ACCOUNT)
    assert "the proxy that the environment names" in outcome.reason
    assert "hid" not in outcome.reason


def test_silence_after_the_question_leaves_it_in_doubt(server, impatient):
    server.script(HANG)
    outcome = send(server)

    assert (outcome.refusal, outcome.code) == (Refusal.IN_DOUBT, "ReadTimeout")
    assert outcome.reason == f"{server.url}: Timed out"


def test_a_connection_that_breaks_after_the_question_leaves_it_in_doubt(server):
    server.script(DROP)
    outcome = send(server)

    assert (outcome.refusal, outcome.scope) == (Refusal.IN_DOUBT, Scope.MESSAGE)


def test_an_answer_that_drips_in_is_not_waited_for_for_ever(impatient):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        dripping = threading.Thread(target=drip, args=(listening,), daemon=True)
        dripping.start()
        outcome = asked(f"http://127.0.0.1:{listening.getsockname()[1]}")
        dripping.join(2)

    assert (outcome.refusal, outcome.code) == (Refusal.IN_DOUBT, "Unanswered")
    assert not dripping.is_alive(), "The connection was not closed."


def drip(listening):
    """Send a header's letters one by one, each in time."""
    connection, _ = listening.accept()
    with connection:
        connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        try:
            while not threading.Event().wait(0.05):
                connection.sendall(b"x")
        except OSError:
            pass


def test_a_busy_pool_means_later_for_this_message(server, impatient, monkeypatch):
    monkeypatch.setattr(requesting, "POOL", 1)
    monkeypatch.setattr(requesting, "READ", 0.4)
    server.script(HANG)
    first = threading.Thread(target=send, args=(server,))
    first.start()
    while not server.calls:
        pass
    outcome = send(server)
    first.join()

    assert (outcome.refusal, outcome.code) == (Refusal.RETRY, "PoolTimeout")
    assert outcome.scope is Scope.MESSAGE


def test_a_connection_that_the_server_closed_meanwhile_is_opened_again(server):
    server.script(DROP)
    send(server)

    assert send(server).provider_id == "4711:1"
