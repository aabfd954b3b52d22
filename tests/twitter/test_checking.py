"""What an account is told to be wrong with it."""

from __future__ import annotations

import pytest

from dsn_core.testing import DROP, Answer
from dsn_twitter.testing import problem
from tests.twitter.posting import KEYS, dm, free_port, post

BEARER = "AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA0%2BuSeid%2BULvsea4JtiGRiSDSJSI"
UNAUTHORIZED = problem(401, "Unauthorized", "Unauthorized")


def test_a_sound_account_has_no_problem():
    assert list(post().check()) == []
    assert list(dm().check()) == []


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("12-ab cd", "has a blank"),
        ("12-abcd\n", "has a blank"),
        ("12-abcß", "has a character"),
        ("12-abc\x07", "has a character"),
        (BEARER, "looks like a bearer token"),
    ],
)
def test_a_key_that_is_none_is_named(name, value, words):
    first, *_ = post(**{name: value}).check()

    assert first.message.startswith(f"'{name}' {words}")
    assert first.serious
    assert "console.x.com" in first.hint
    assert not value.strip() or value.strip() not in repr(first)


@pytest.mark.parametrize(
    ("account", "words"),
    [
        ({"access_token": "accesstoken"}, "'access_token' does not begin with a user's ID"),
        ({"consumer_key": "12-abc"}, "'consumer_key' looks like an access token"),
        ({"access_token_secret": "12-abc"}, "'access_token_secret' looks like an access token"),
        ({"api_url": "api.twitter.com"}, "'api_url' is no address"),
        ({"api_url": "http://"}, "'api_url' is no address"),
        ({"api_url": "ftp://x.example"}, "'api_url' is no address"),
        ({"api_url": "http://[::1"}, "'api_url' is no address"),
        ({"api_url": "http://x.example:port"}, "'api_url' is no address"),
        ({"api_url": "https://ada:hidden@x.example"}, "'api_url' is no address"),
    ],
)
def test_what_is_wrong_is_said(account, words):
    (problem,) = post(**account).check()

    assert words in problem.message
    assert problem.serious
    assert "hidden" not in repr(problem)


@pytest.mark.parametrize("token", ["", " ", "12-abc\n"])
def test_a_token_that_is_none_is_complained_of_once(token):
    assert len(list(post(access_token=token).check())) == 1


def test_an_open_line_is_worth_a_word():
    (problem,) = post(api_url="http://proxy.example").check()

    assert not problem.serious
    assert "https://" in problem.hint
    assert list(post(api_url="http://127.0.0.1:8000").check()) == []


def test_a_check_asks_nobody(server):
    assert list(post(server).check()) == []
    assert server.calls == []


@pytest.mark.parametrize("messenger", [post, dm])
def test_a_probe_asks_whose_keys_these_are(server, messenger):
    assert list(messenger(server).probe()) == []
    assert [(call.method, call.path) for call in server.calls] == [("GET", "/2/users/me")]


@pytest.mark.parametrize("key", KEYS)
def test_a_wrong_key_is_said_in_words(server, key):
    (problem,) = post(server, **{key: "12-wrong"}).probe()

    assert "does not accept these keys" in problem.message
    assert "console.x.com" in problem.hint


@pytest.mark.parametrize(
    ("answer", "words", "hint"),
    [
        (problem(402, "CreditsDepleted", "No credits"), "wants to be paid", ""),
        (problem(403, "Forbidden", "No", "oauth1-permissions"), "may not do this", "Read and"),
        (Answer(status=429, headers={"Retry-After": "60"}), "had enough", "60 seconds"),
        (Answer(status=503), "fault of its own", ""),
        (DROP, "did not answer", ""),
    ],
)
def test_what_x_says_is_said_in_words(server, answer, words, hint):
    server.script(answer)
    (problem,) = post(server).probe()

    assert words in problem.message
    assert hint in problem.hint


def test_a_server_that_is_not_there_is_said_in_words():
    (problem,) = post(api_url=f"http://127.0.0.1:{free_port()}").probe()

    assert "cannot be reached" in problem.message
