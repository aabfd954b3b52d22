"""What an account is told to be wrong with it."""

from __future__ import annotations

import sys
from subprocess import run

import django
import pytest

from dsn_email.accounts import Account, Options
from dsn_email.testing import DROP, HANG, SMTPServer
from tests.email.posting import free_port, messenger, through

HAS_MAILERS = django.VERSION >= (6, 1)
HOST = {"host": "mail.example"}


def problems(own=None, **account):
    return list(messenger(Account(**account), own).check())


def test_a_sound_account_has_no_problem():
    assert problems(from_email="Shop <shop@shop.example>") == []
    assert list(messenger(Account(options=HOST)).check()) == []


@pytest.mark.parametrize(
    ("account", "words"),
    [
        ({"backend": "no.such.Backend"}, "no.such.backend"),
        ({"backend": "tests.email.backends.Missing"}, "missing"),
        ({"backend": "nonsense"}, "nonsense"),
        ({"backend": "tests.email.backends.not_a_backend"}, "not a mail backend"),
        ({"options": {"port": 25}}, "host"),
        ({"options": {**HOST, "use_tls": True, "use_ssl": True}}, "use_ssl"),
        ({"options": {**HOST, "fail_silently": True}}, "fail_silently"),
        ({"options": {**HOST, "password": "hunter2"}}, "no user name"),
        ({"backend": "anymail.backends.postmark.EmailBackend"}, "server_token"),
        ({"from_email": "nobody"}, "no @"),
        ({"from_email": "Shop, Inc. <shop@shop.example>"}, "quotes"),
        ({"from_email": "Shop\n <shop@shop.example>"}, "line break"),
        ({"reply_to": ("nobody",)}, "no @"),
        ({"domain": "shop example"}, "not an e-mail address"),
    ],
)
def test_what_is_wrong_is_said(account, words):
    (problem,) = messenger(Account(**account)).check()

    assert words in str(problem.message).lower()
    assert problem.serious
    assert "hunter2" not in repr(problem)


def test_a_sender_of_a_backends_own_is_looked_at_too():
    (problem,) = problems(Options(from_email="nobody"))

    assert "nobody" in str(problem.message)


def test_anymail_that_is_not_installed_is_named(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "anymail"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [NoAnymail(), *sys.meta_path])
    (problem,) = messenger(Account(backend="anymail.backends.postmark.EmailBackend")).check()

    assert "not installed" in str(problem.message)
    assert problem.hint == "pip install 'dsn-email[anymail]'"


class NoAnymail:
    """An import system that knows no anymail, as where it is not installed."""

    def find_spec(self, name, path=None, target=None):
        if name == "anymail":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


BARE_PROJECT = """
from django.conf import settings
settings.configure(DEFAULT_FROM_EMAIL="shop@shop.example")
from dsn_email.accounts import Account, Options
from dsn_email.messenger import Email
print(*[problem for problem in Email(account=Account(), options=Options()).check()], sep="\\n")
"""


def test_a_project_without_a_mail_server_is_worth_a_word():
    command = [sys.executable, "-W", "error", "-c", BARE_PROJECT]
    done = run(command, capture_output=True, text=True, check=False)

    assert "names no mail server" in done.stdout, done.stderr
    assert "serious=False" in done.stdout


def test_djangos_own_sender_is_worth_a_word(settings):
    settings.DEFAULT_FROM_EMAIL = "webmaster@localhost"
    (problem,) = problems()

    assert "webmaster@localhost" in str(problem.message)
    assert not problem.serious


def test_a_mailer_is_looked_up(settings):
    if HAS_MAILERS:
        settings.MAILERS = {"bulk": {"OPTIONS": HOST}}
        assert problems(mailer="bulk") == []
    (problem,) = problems(mailer="nowhere")

    assert "nowhere" in str(problem.message) if HAS_MAILERS else "Django 6.1" in problem.message
    assert problem.serious


def test_a_mailer_and_a_backend_are_one_too_many(settings):
    if HAS_MAILERS:
        settings.MAILERS = {"bulk": {"OPTIONS": HOST}}
    first, *others = problems(mailer="bulk", options=HOST)

    assert "both" in str(first.message)
    assert not first.serious
    assert bool(others) is not HAS_MAILERS


def test_a_check_asks_nobody(server):
    assert list(through(server).check()) == []
    assert server.connections == 0


def test_a_server_that_answers_has_no_problem(server):
    assert list(through(server).probe()) == []
    assert server.connections == 1


def test_a_right_login_has_no_problem():
    with SMTPServer(users={"shop": "hunter2"}) as server:
        assert list(through(server, username="shop", password="hunter2").probe()) == []


@pytest.mark.parametrize(
    ("deed", "smtp", "words", "hint"),
    [
        (DROP, {}, "closed the connection", ""),
        (HANG, {"timeout": 0.2}, "closed the connection", ""),
        ("554 5.7.1 You are blocked", {}, "You are blocked", ""),
        (None, {"use_tls": True}, "STARTTLS", "use_tls"),
        (None, {"use_ssl": True}, "does not speak TLS", "465"),
        (None, {"username": "shop", "password": "hunter2"}, "AUTH", "use_tls"),
    ],
)
def test_what_a_server_does_is_said_in_words(server, deed, smtp, words, hint):
    if deed is not None:
        server.answer("CONNECT", deed)
    (problem,) = through(server, **smtp).probe()

    assert words in str(problem.message)
    assert hint in str(problem.hint)
    assert str(server.port) in str(problem.message)


def test_a_wrong_password_is_said_in_words():
    with SMTPServer(users={"shop": "hunter2"}) as server:
        (problem,) = through(server, username="shop", password="hunter3").probe()

    assert "refused the login" in str(problem.message)
    assert "password" in str(problem.hint)


def test_a_server_that_is_not_there_is_said_in_words():
    options = {"host": "127.0.0.1", "port": free_port()}
    (problem,) = messenger(Account(options=options)).probe()

    assert "Nothing listens" in str(problem.message)
    assert "port" in str(problem.hint)


def test_a_host_that_does_not_exist_is_said_in_words():
    (problem,) = messenger(Account(options={"host": "mail.invalid"})).probe()

    assert "cannot be resolved" in str(problem.message)
    assert "spelt" in str(problem.hint)
