"""No key is stored, shown or logged."""

from __future__ import annotations

import logging
from urllib.parse import quote

import pytest

from dsn_core.testing import Answer
from dsn_twitter.redacting import LOGGERS
from dsn_twitter.testing import problem
from tests.twitter.posting import dm, envelope, post

BOTH = pytest.mark.parametrize("messenger", [post, dm])


@BOTH
@pytest.mark.parametrize("status", [400, 401, 403, 429, 503])
def test_an_answer_that_repeats_a_key_is_not_quoted(server, messenger, status):
    server.keys["access_token_secret"] = "abc/def+ghi=jkl"
    secrets = list(server.keys.values())
    said = " ".join([*secrets, quote(secrets[-1], safe=""), 'oauth_signature="c2lnbmF0dXJl"'])
    server.script(problem(status, said, said))
    outcome = messenger(server).send(envelope())

    assert "***" in outcome.reason
    for secret in [*secrets, quote(secrets[-1], safe=""), "c2lnbmF0dXJl"]:
        assert secret not in repr(outcome)


@BOTH
def test_what_was_sent_with_errors_does_not_quote_it_either(server, messenger):
    secret = server.keys["consumer_secret"]
    errors = [{"title": "Field Error", "detail": f"You said {secret}"}]
    data = {"id": "1", "dm_event_id": "1", "dm_conversation_id": secret}
    server.script(Answer(status=201, json={"data": data, "errors": errors}))
    outcome = messenger(server).send(envelope())

    assert outcome.provider_id == "1"
    assert outcome.detail["errors"] == ["Field Error: You said ***"]
    assert secret not in repr(outcome)


def test_a_probe_does_not_quote_it_either(server):
    server.script(problem(401, "No", f"Bad {server.keys['consumer_secret']}"))
    (found,) = post(server).probe()

    assert "Bad ***" in found.message


@BOTH
def test_no_key_is_in_a_repr(server, messenger):
    shown = repr(messenger(server)) + repr(messenger(server).account)

    assert not [key for key in server.keys.values() if key in shown]


@BOTH
@pytest.mark.parametrize("name", ["", *LOGGERS])
def test_nothing_secret_is_logged_however_loud_the_log_is(server, messenger, caplog, name):
    caplog.set_level(logging.DEBUG)
    messenger(server).send(envelope("the words of the message"))
    caplog.set_level(logging.DEBUG, logger=name)
    messenger(server).send(envelope("other words of the message"))
    list(messenger(server).probe())

    secrets = [*server.keys.values(), "oauth_signature", "words of the message"]
    assert caplog.messages, "The log is not loud at all."
    assert not [secret for secret in secrets if secret in caplog.text]


def test_worse_than_debug_is_still_logged(server, caplog):
    post(server).send(envelope())
    logging.getLogger("tweepy.client").warning("Something is amiss")

    assert "Something is amiss" in caplog.messages


def test_a_long_answer_is_cut(server):
    server.script(problem(400, "x" * 5000, "No"))

    assert len(post(server).send(envelope()).reason) <= 500
