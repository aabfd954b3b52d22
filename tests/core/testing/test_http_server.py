"""The server for tests does as it is told, over a socket."""

from __future__ import annotations

import socket
import struct
import time

import pytest
import requests

from dsn_core.testing import DRIP, DRIP_HEAD, DROP, HANG, Answer, HTTPServer


@pytest.fixture
def server():
    with HTTPServer() as server:
        yield server


def get(server, path="/", **options):
    return requests.get(server.url + path, **{"timeout": 5, **options})


def begin(server):
    """A connection on which the server has begun to answer, and what it has said first."""
    connection = socket.create_connection((server.host, server.port), timeout=5)
    connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    return connection, connection.recv(1000)


def test_a_request_is_kept_as_it_came(server):
    body = {"a": "1", "b": ""}
    requests.put(server.url + "/x?y=1&y=2&z=", data=body, headers={"X-Who": "Ada"}, timeout=5)
    (call,) = server.calls

    assert (call.method, call.path) == ("PUT", "/x")
    assert call.query == {"y": ("1", "2"), "z": ("",)}
    assert call.headers["x-who"] == "Ada"
    assert call.form == body


def test_a_script_is_followed_in_order_and_so_often(server):
    server.script(Answer(status=503), times=2)
    server.script(Answer(status=429, headers={"Retry-After": "3"}), when=lambda c: c.path == "/a")
    server.script(Answer(json={"a": 1}), times=None)
    answers = [get(server, path) for path in ("/", "/", "/b", "/a", "/a")]

    assert [each.status_code for each in answers] == [503, 503, 200, 429, 200]
    assert answers[3].headers["Retry-After"] == "3"
    assert answers[4].json() == {"a": 1}


def test_a_drop_breaks_the_connection(server):
    server.script(DROP)

    with pytest.raises(requests.ConnectionError):
        get(server)
    assert get(server).status_code == 200


def test_a_hang_says_nothing(server):
    server.script(HANG)

    with pytest.raises(requests.ReadTimeout):
        get(server, timeout=0.1)


@pytest.mark.parametrize(("deed", "ends_head"), [(DRIP, True), (DRIP_HEAD, False)])
def test_a_drip_never_ends_and_every_letter_comes_in_time(server, deed, ends_head):
    server.script(deed)
    connection, first = begin(server)
    with connection:
        connection.settimeout(1)
        letters = b"".join(connection.recv(1) for _ in range(5))

    assert first.startswith(b"HTTP/1.1 200 OK\r\n")
    assert (b"\r\n\r\n" in first) is ends_head
    assert letters == b"xxxxx"


@pytest.mark.parametrize("deed", [DRIP, DRIP_HEAD])
def test_who_hangs_up_on_a_drip_is_noted(server, deed):
    server.script(deed)
    connection, _ = begin(server)
    assert not server.left.wait(0.1)
    connection.close()

    assert server.left.wait(2)


@pytest.mark.parametrize("deed", [HANG, DRIP, DRIP_HEAD])
def test_a_server_that_stops_lets_go_of_everybody(deed):
    with HTTPServer() as server:
        server.script(deed)
        connection = socket.create_connection((server.host, server.port), timeout=5)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        while not server.calls:
            time.sleep(0.01)
    with connection:
        while connection.recv(1000):
            pass

    assert not server.left.is_set()


def test_a_fault_of_its_own_is_told(capfd):
    class Faulty(HTTPServer):
        def answer(self, call):
            raise LookupError("No such answer")

    with Faulty() as server, pytest.raises(requests.ConnectionError):
        get(server)

    assert "No such answer" in capfd.readouterr().err


def test_a_client_that_hangs_up_is_no_news(server, capfd):
    with socket.create_connection((server.host, server.port)) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(b"GET / HTTP/1.1\r\nContent-Length: 9\r\n\r\n")
    get(server)

    assert capfd.readouterr().err == ""
