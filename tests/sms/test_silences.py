"""No answer: was Twilio asked?"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from dataclasses import replace

import pytest
import requests
from urllib3 import HTTPConnectionPool
from urllib3.exceptions import MaxRetryError, ProtocolError

from dsn_core import Accepted, Refusal, Scope
from dsn_core.testing import DROP, HANG
from dsn_sms.accounts import Account
from dsn_sms.silences import of_silence, place_of
from tests.sms.texting import envelope, free_port, messenger, through

POOL = HTTPConnectionPool("twilio.example")
ACCOUNT = Account(account_sid="AC" + "0" * 32, auth_token="t0ken", from_number="+15005550006")


def sent_to(api_url):
    """What becomes of a message where Twilio is said to be at `api_url`."""
    account = Account(
        account_sid="AC" + "0" * 32,
        auth_token="t0ken",
        from_number="+15005550006",
        api_url=api_url,
        timeout=2,
    )
    return messenger(account).send(envelope())


def test_a_port_at_which_nobody_listens_was_not_asked():
    port = free_port()
    outcome = sent_to(f"http://127.0.0.1:{port}")

    assert (outcome.refusal, outcome.scope) == (Refusal.RETRY, Scope.ACCOUNT)
    assert outcome.code == "ConnectionError"
    assert outcome.reason == (
        f"127.0.0.1:{port} cannot be reached (ConnectionError); nothing was sent"
    )


def test_a_name_that_nobody_has_was_not_asked():
    outcome = sent_to("http://twilio.invalid")

    assert (outcome.refusal, outcome.scope) == (Refusal.RETRY, Scope.ACCOUNT)
    assert "twilio.invalid" in outcome.reason


def test_a_handshake_that_fails_has_asked_nothing(server):
    outcome = sent_to(server.url.replace("http:", "https:"))

    assert (outcome.refusal, outcome.code) == (Refusal.RETRY, "SSLError")
    assert server.messages == []


@pytest.mark.parametrize(("deed", "code"), [(DROP, "ConnectionError"), (HANG, "ReadTimeout")])
def test_an_answer_that_does_not_come_leaves_a_doubt(server, deed, code):
    server.script(deed)
    began = time.monotonic()
    outcome = through(server, timeout=0.2).send(envelope())

    assert time.monotonic() - began < 10
    assert (outcome.refusal, outcome.scope) == (Refusal.IN_DOUBT, Scope.MESSAGE)
    assert outcome.code == code
    assert "was asked and did not answer" in outcome.reason


@pytest.mark.parametrize("deed", [DROP, HANG])
def test_nothing_is_sent_again_by_itself(server, deed):
    server.script(deed)
    through(server, timeout=0.3).send(envelope())

    assert len(server.calls) == 1
    assert isinstance(through(server).send(envelope()), Accepted)


def drip(listening, head):
    """Send `head`, and then one letter after the other, each in time."""
    connection, _ = listening.accept()
    with connection:
        connection.sendall(head)
        try:
            while not threading.Event().wait(0.05):
                connection.sendall(b"x")
        except OSError:
            pass


HEADS = [b"HTTP/1.1 201 Created\r\nX: ", b"HTTP/1.1 201 Created\r\nContent-Length: 9999\r\n\r\n"]


@pytest.mark.parametrize("head", HEADS, ids=["head", "body"])
def test_an_answer_that_drips_in_is_not_waited_for_for_ever(head):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        dripping = threading.Thread(target=drip, args=(listening, head), daemon=True)
        dripping.start()
        begun = time.perf_counter()
        account = replace(ACCOUNT, api_url=address_of(listening), timeout=0.2)
        outcome = messenger(account).send(envelope())
        dripping.join(2)

    assert outcome.refusal is Refusal.IN_DOUBT
    assert time.perf_counter() - begun < 1
    assert not dripping.is_alive()


def address_of(listening):
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_time_counts_for_each_question_anew(server):
    sms = through(server, timeout=0.1)
    for _ in range(2):
        assert isinstance(sms.send(envelope()), Accepted)
        time.sleep(0.25)

    assert isinstance(sms.send(envelope()), Accepted)


def test_a_proxy_that_cannot_be_used_holds_the_account(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks9://ada:hidden@proxy.example")
    monkeypatch.delenv("NO_PROXY", raising=False)
    outcome = sent_to("https://twilio.example")

    assert outcome.refusal is Refusal.ACCOUNT
    assert "a proxy in the environment" in outcome.reason
    assert "hidden" not in outcome.reason


@pytest.mark.parametrize("api_url", ["", "twilio", "ftp://twilio.example", "http://", "https://[x"])
def test_an_address_that_is_none_holds_the_account(api_url):
    outcome = sent_to(api_url)

    assert (outcome.refusal, outcome.scope) == (Refusal.ACCOUNT, Scope.ACCOUNT)
    assert "'api_url'" in outcome.reason


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (requests.ConnectTimeout(), Refusal.RETRY),
        (requests.exceptions.ProxyError(), Refusal.RETRY),
        (requests.ConnectionError(MaxRetryError(POOL, "/")), Refusal.RETRY),
        (requests.ConnectionError(ProtocolError("reset")), Refusal.IN_DOUBT),
        (requests.ConnectionError(), Refusal.IN_DOUBT),
        (requests.ReadTimeout(), Refusal.IN_DOUBT),
        (requests.exceptions.ChunkedEncodingError(), Refusal.IN_DOUBT),
        (requests.exceptions.ContentDecodingError(), Refusal.IN_DOUBT),
        (requests.exceptions.SSLError(ssl.SSLError("bad record mac")), Refusal.IN_DOUBT),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_way_to_fail_is_told_apart(error, refusal):
    assert of_silence(error, ACCOUNT).refusal is refusal


def test_what_is_no_matter_of_the_network_is_no_silence():
    assert of_silence(RuntimeError(), ACCOUNT) is None


@pytest.mark.parametrize(
    ("api_url", "place"),
    [
        ("https://api.twilio.com", "api.twilio.com"),
        ("https://ada:pass@proxy.example:8443/x", "proxy.example:8443"),
        ("twilio", "Twilio"),
        ("https://[x", "Twilio"),
    ],
)
def test_who_was_asked_is_named_without_a_password(api_url, place):
    assert place_of(Account(account_sid="", auth_token="", api_url=api_url)) == place
