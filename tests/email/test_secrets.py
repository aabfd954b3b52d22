"""No password or token is stored, shown or logged."""

from __future__ import annotations

from base64 import b64encode

import pytest

from dsn_email.accounts import Account
from dsn_email.testing import SMTPServer
from tests.email.posting import envelope, messenger, through
from tests.email.service import Service

PASSWORD = "correct horse battery"
FORMS = [
    PASSWORD,
    b64encode(PASSWORD.encode()).decode(),
    b64encode(f"\0shop\0{PASSWORD}".encode()).decode(),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("code", ["535 5.7.8", "454 4.7.0"])
def test_a_server_that_repeats_the_password_is_not_quoted(form, code):
    with SMTPServer(users={"shop": PASSWORD}) as server:
        server.answer("AUTH", f"{code} You said: {form} !")
        email = through(server, username="shop", password=PASSWORD)
        outcome = email.send(envelope())
        (problem,) = email.probe()

    for text in (repr(outcome), repr(problem)):
        assert form not in text
        assert "You said: *** !" in text


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "END"])
def test_no_later_answer_repeats_it_either(stage):
    with SMTPServer(users={"shop": PASSWORD}) as server:
        server.answer(stage, f"550 {PASSWORD}")
        outcome = through(server, username="shop", password=PASSWORD).send(envelope())

    assert PASSWORD not in repr(outcome)


def test_a_service_that_repeats_the_token_is_not_quoted():
    token = "f81d4fae-7dec-11d0"
    with Service() as service:
        service.answer(
            {"Message": f"Bad token {token}, Authorization: Bearer abcdefghijklmnop"}, 401
        )
        settings = {"server_token": token, "api_url": service.url}
        backend = "anymail.backends.postmark.EmailBackend"
        outcome = messenger(Account(backend=backend, options=settings)).send(envelope())

    assert outcome.reason == "Bad token ***, Authorization: Bearer ***"


def test_a_url_is_shown_without_its_password():
    settings = {"server_token": "x" * 8, "api_url": "http://shop:hunter2@127.0.0.1:1/"}
    backend = "anymail.backends.postmark.EmailBackend"
    outcome = messenger(Account(backend=backend, options=settings)).send(envelope())

    assert "hunter2" not in repr(outcome)


def test_the_options_of_an_account_are_in_no_repr():
    account = Account(options={"password": PASSWORD})
    email = messenger(account)

    assert PASSWORD not in repr(account) + repr(email)


def test_a_long_answer_is_cut(server):
    server.answer("RCPT", "\r\n".join(["550-" + "x" * 400] * 5 + ["550 end"]))

    assert len(through(server).send(envelope()).reason) <= 500
