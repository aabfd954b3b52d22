"""No answer: was Twilio asked?"""

from __future__ import annotations

import ssl
import time
from dataclasses import replace

import pytest
import requests
from urllib3 import HTTPConnectionPool, PoolManager
from urllib3.exceptions import ProtocolError

from dsn_core import Accepted, Refusal, Scope
from dsn_core.testing import DRIP, DRIP_HEAD, DROP, HANG, Answer, HTTPServer
from dsn_sms.accounts import Account
from dsn_sms.deadlines import PunctualAdapter, PunctualResponse
from dsn_sms.silences import of_silence, place_of
from tests.sms.texting import envelope, free_port, messenger, through

ACCOUNT = Account(account_sid="AC" + "0" * 32, auth_token="t0ken", from_number="+15005550006")


def sent_to(api_url, timeout=2):
    """What becomes of a message where Twilio is said to be at `api_url`."""
    account = replace(ACCOUNT, api_url=api_url, timeout=timeout)
    return messenger(account).send(envelope())


@pytest.fixture
def proxy(monkeypatch):
    """A proxy that the environment names."""
    with HTTPServer() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        yield proxy


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


@pytest.mark.parametrize("deed", [DRIP, DRIP_HEAD])
def test_an_answer_that_drips_in_is_not_waited_for_for_ever(server, deed):
    server.script(deed)
    begun = time.perf_counter()
    outcome = through(server, timeout=0.2).send(envelope())

    assert outcome.refusal is Refusal.IN_DOUBT
    assert time.perf_counter() - begun < 3
    assert server.left.wait(2), "The connection was not closed."


@pytest.mark.parametrize("deed", [DRIP, DRIP_HEAD])
def test_it_is_not_waited_for_through_a_proxy_either(proxy, deed):
    proxy.script(deed)
    outcome = sent_to(f"http://{proxy.port}.example", timeout=0.2)

    assert outcome.refusal is Refusal.IN_DOUBT
    assert proxy.left.wait(2)


@pytest.mark.parametrize("deed", [Answer(status=403), DROP, HANG, DRIP_HEAD])
def test_a_proxy_that_leads_nowhere_has_asked_nothing(proxy, deed):
    proxy.script(deed)
    outcome = sent_to(f"https://{proxy.port}.example", timeout=0.2)

    assert [call.method for call in proxy.calls] == ["CONNECT"]
    assert (outcome.refusal, outcome.scope) == (Refusal.RETRY, Scope.ACCOUNT)


def test_what_somebody_else_is_handling_does_not_matter(server):
    server.script(HANG)
    try:
        requests.get(f"http://127.0.0.1:{free_port()}", timeout=1)
    except requests.ConnectionError:
        outcome = through(server, timeout=0.2).send(envelope())

    assert outcome.refusal is Refusal.IN_DOUBT


def test_a_proxy_of_another_kind_keeps_its_own_connections(monkeypatch):
    class Pool(HTTPConnectionPool):
        pass

    class Manager(PoolManager):
        def __init__(self, proxy, **options):
            super().__init__()
            self.pool_classes_by_scheme = {"http": Pool}

    monkeypatch.setattr(requests.adapters, "SOCKSProxyManager", Manager)
    adapter = PunctualAdapter()
    manager = adapter.proxy_manager_for("socks5://proxy.example")
    pool = manager.pool_classes_by_scheme["http"]

    assert issubclass(pool, Pool)
    assert pool.ConnectionCls.response_class is PunctualResponse
    assert adapter.proxy_manager_for("socks5://proxy.example") is manager


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
    "error",
    [
        requests.ConnectionError(ProtocolError("reset")),
        requests.ConnectionError(),
        requests.ReadTimeout(),
        requests.exceptions.ChunkedEncodingError(),
        requests.exceptions.ContentDecodingError(),
        requests.exceptions.SSLError(ssl.SSLError("bad record mac")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_did_not_fail_on_the_way_there_is_in_doubt(error):
    assert of_silence(error, ACCOUNT).refusal is Refusal.IN_DOUBT


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
