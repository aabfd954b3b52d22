"""The server for tests refuses what X refuses."""

from __future__ import annotations

import pytest
import requests
import tweepy

from dsn_core import Accepted, Refusal
from dsn_twitter.connecting import Line
from dsn_twitter.signing import is_signed, read_header, sign
from dsn_twitter.testing import XServer
from tests.twitter.posting import dm, envelope, post

EXAMPLE = [
    ("status", "Hello Ladies + Gentlemen, a signed OAuth request!"),
    ("include_entities", "true"),
    ("oauth_consumer_key", "xvz1evFS4wEEPTGEFPHBog"),
    ("oauth_nonce", "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg"),
    ("oauth_signature_method", "HMAC-SHA1"),
    ("oauth_timestamp", "1318622958"),
    ("oauth_token", "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb"),
    ("oauth_version", "1.0"),
]
"""X's own example: https://docs.x.com/resources/fundamentals/authentication/oauth-1-0a"""
SECRETS = (
    "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
    "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
)

URL = "https://api.twitter.com/2/tweets"


def test_a_signature_is_the_one_of_xs_own_example():
    url = "https://api.twitter.com/1.1/statuses/update.json"

    assert sign("post", url, EXAMPLE, SECRETS) == "hCtSmYh+iHYCEqBWrE7C7hYmtUk="


def signed(**changed):
    """The parameters of X's example with `changed`, and their signature."""
    header = dict(EXAMPLE) | changed
    return header | {"oauth_signature": sign("POST", URL, header.items(), SECRETS)}


def test_a_signature_of_this_request_is_taken():
    assert is_signed(signed(), "POST", URL, [], SECRETS)


@pytest.mark.parametrize(
    ("header", "method", "url", "query", "secrets"),
    [
        (signed() | {"oauth_nonce": "x"}, "POST", URL, [], SECRETS),
        (signed(oauth_signature_method="PLAINTEXT"), "POST", URL, [], SECRETS),
        (signed(), "GET", URL, [], SECRETS),
        (signed(), "POST", URL + "/7", [], SECRETS),
        (signed(), "POST", URL, [("a", "b")], SECRETS),
        (signed(), "POST", URL, [], ("other", SECRETS[1])),
        (signed(), "POST", URL, [], (SECRETS[0], "other")),
    ],
)
def test_a_signature_of_anything_else_is_refused(header, method, url, query, secrets):
    assert not is_signed(header, method, url, query, secrets)


def test_a_header_that_is_not_oauths_says_nothing():
    assert read_header("Bearer abc") == {}
    assert read_header('OAuth a="%2Bb", c') == {"a": "+b"}


@pytest.mark.parametrize(
    "key", ["consumer_key", "consumer_secret", "access_token", "access_token_secret"]
)
def test_a_wrong_key_is_refused(server, key):
    outcome = post(server, **{key: "12-wrong"}).send(envelope())

    assert (outcome.refusal, outcome.code) == (Refusal.ACCOUNT, "401")
    assert server.posts == []


def test_a_request_that_is_sent_a_second_time_is_refused(server):
    post(server).send(envelope())
    (call,) = server.calls
    names = ("authorization", "content-type")
    headers = {name: call.headers[name] for name in names}
    again = requests.post(server.url + call.path, call.body, headers=headers, timeout=5)

    assert again.status_code == 401


@pytest.mark.parametrize("headers", [{}, {"Authorization": "OAuth x"}])
def test_a_request_without_a_signature_is_refused(server, headers):
    answer = requests.post(f"{server.url}/2/tweets", json={"text": "a"}, headers=headers, timeout=5)

    assert (answer.status_code, answer.json()["title"]) == (401, "Unauthorized")


def test_a_bearer_token_alone_is_refused(server):
    headers = {"Authorization": "Bearer AAAA"}
    answer = requests.post(f"{server.url}/2/tweets", json={"text": "a"}, headers=headers, timeout=5)

    assert (answer.status_code, answer.json()["title"]) == (403, "Unsupported Authentication")


def test_a_post_that_is_too_long_is_refused(server):
    outcome = post(server).send(envelope("字" * 141))

    assert outcome.refusal is Refusal.MESSAGE
    assert "too long" in outcome.reason
    assert isinstance(post(server).send(envelope("字" * 140)), Accepted)


def test_a_direct_message_that_is_too_long_is_refused(server):
    assert dm(server).send(envelope("x" * 10_001)).refusal is Refusal.MESSAGE
    assert isinstance(dm(server).send(envelope("x" * 10_000)), Accepted)


def test_a_post_that_there_was_is_refused(server):
    post(server).send(envelope())
    outcome = post(server).send(envelope())

    assert (outcome.refusal, len(server.posts)) == (Refusal.MESSAGE, 1)
    assert "duplicate content" in outcome.reason


@pytest.mark.parametrize(("address", "taken"), [("1", True), ("2", False), ("3", False)])
def test_a_direct_message_to_nobody_or_to_one_who_wants_none_is_refused(address, taken):
    with XServer(participants=["1", "2"], blocked=["2"]) as server:
        outcome = dm(server).send(envelope(address=address))

    assert isinstance(outcome, Accepted) is taken
    assert taken or outcome.refusal is Refusal.ADDRESS


def test_what_makes_no_sense_is_refused(server):
    line = Line(post(server).account)
    answers = [
        line.post("", "everyone"),
        line.post("a", "nobody"),
        line.write("ada", "a"),
        line.write("1", " "),
    ]
    line.close()

    assert [answer.status_code for answer in answers] == [400] * 4
    assert server.posts == server.direct_messages == []


def test_tweepy_itself_gets_along_with_it(server):
    client = tweepy.Client(**server.keys)
    client.session.mount("https://api.twitter.com", Line(post(server).account)._adapter)

    assert client.create_tweet(text="a", user_auth=True).data["id"] == server.posts[0].id
    assert client.get_me(user_auth=True).data.username == "shop"
    with pytest.raises(tweepy.Forbidden):
        client.create_tweet(text="a", user_auth=True)
    client.session.close()
