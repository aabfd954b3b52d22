"""Any mail backend of Django, and what an account must say to get it."""

from __future__ import annotations

import sys
from subprocess import run

import django
import pytest
from django.core import mail

from dsn_core import Accepted, Refusal, Scope
from dsn_email.accounts import Account
from tests.email.posting import ADA, KEY, envelope, messenger

LOCMEM = "django.core.mail.backends.locmem.EmailBackend"
FILE = "django.core.mail.backends.filebased.EmailBackend"
SMTP = "django.core.mail.backends.smtp.EmailBackend"
COUNTING = "tests.email.backends.Counting"
RAISING = "tests.email.backends.Raising"

has_mailers = pytest.mark.skipif(django.VERSION < (6, 1), reason="MAILERS came with Django 6.1")
has_none = pytest.mark.skipif(django.VERSION >= (6, 1), reason="Django 6.1 has MAILERS")


def outcome_of(**account):
    return messenger(Account(**account)).send(envelope())


def test_with_nothing_said_the_projects_own_mail_is_used():
    assert outcome_of() == Accepted(provider_id=f"{KEY}@shop.example")
    assert [message.to for message in mail.outbox] == [[ADA]]


def test_the_locmem_backend_keeps_the_message():
    outcome_of(backend=LOCMEM)

    (message,) = mail.outbox
    assert message.subject == "Paid"
    assert message.extra_headers["Message-ID"] == f"<{KEY}@shop.example>"


def test_the_file_backend_writes_a_batch_into_one_file(tmp_path):
    account = Account(backend=FILE, options={"file_path": str(tmp_path)})
    with messenger(account) as email:
        for key in ("a", "b"):
            assert isinstance(email.send(envelope(key=key)), Accepted)

    (file,) = tmp_path.iterdir()
    assert file.read_text().count("Subject: Paid") == 2


def test_options_alone_mean_smtp(server):
    assert isinstance(outcome_of(options=server.options), Accepted)
    assert len(server.mail) == 1


def test_no_server_is_waited_for_for_ever(server):
    email = messenger(Account(options=server.options))
    with email:
        email.send(envelope())
        assert 0 < email._line._backend.timeout <= 60


@pytest.mark.filterwarnings("ignore:The EMAIL_")
def test_the_projects_password_goes_to_no_other_server(server, settings):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "shop", "hunter2"
    settings.EMAIL_USE_TLS = True

    # A server without logins would refuse one.
    assert isinstance(outcome_of(options=server.options), Accepted)


@pytest.mark.filterwarnings("ignore:The EMAIL_")
def test_email_settings_lead_to_the_projects_server(server, settings):
    settings.EMAIL_BACKEND = SMTP
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.host, server.port
    outcome_of()

    assert len(server.mail) == 1


@has_mailers
def test_the_default_of_mailers_is_the_projects_server(server, settings):
    settings.MAILERS = {"default": {"BACKEND": SMTP, "OPTIONS": server.options}}
    outcome_of()

    assert len(server.mail) == 1


@has_mailers
def test_an_account_may_name_a_mailer(server, settings):
    settings.MAILERS = {"bulk": {"OPTIONS": server.options}}

    assert isinstance(outcome_of(mailer="bulk"), Accepted)
    assert len(server.mail) == 1


@has_mailers
@pytest.mark.parametrize("account", [{"mailer": "nowhere"}, {}])
def test_a_mailer_that_does_not_exist_holds_the_account(settings, account):
    settings.MAILERS = {}
    outcome = outcome_of(**account)

    assert (outcome.refusal, outcome.scope) == (Refusal.ACCOUNT, Scope.ACCOUNT)


@has_none
def test_a_mailer_needs_a_newer_django():
    outcome = outcome_of(mailer="bulk")

    assert outcome.refusal is Refusal.ACCOUNT
    assert "Django 6.1" in outcome.reason


BARE_PROJECT = """
import warnings
from django.conf import settings
settings.configure()
warnings.simplefilter("error")
from dsn_email.connecting import build_backend
from dsn_email.accounts import Account
backend = build_backend(Account(), "default")
print(backend.host, backend.port, backend.timeout)
"""


def test_a_project_that_says_nothing_of_mail_gets_djangos_defaults_without_a_warning():
    done = run([sys.executable, "-c", BARE_PROJECT], capture_output=True, text=True, check=False)

    assert done.stdout.split() == ["localhost", "25", "30.0"], done.stderr


@pytest.mark.parametrize(("count", "expected"), [(1, Accepted), (None, Accepted)])
def test_a_backend_need_not_count(count, expected):
    assert isinstance(outcome_of(backend=COUNTING, options={"count": count}), expected)


@pytest.mark.parametrize("count", [0, False])
def test_a_backend_that_sent_nothing_is_asked_again_later(count):
    outcome = outcome_of(backend=COUNTING, options={"count": count})

    assert (outcome.refusal, outcome.code) == (Refusal.RETRY, "not sent")


@pytest.mark.parametrize(
    ("error", "refusal", "scope"),
    [
        (TimeoutError("slow"), Refusal.IN_DOUBT, Scope.MESSAGE),
        (ConnectionResetError("gone"), Refusal.IN_DOUBT, Scope.MESSAGE),
        (ConnectionRefusedError("no"), Refusal.RETRY, Scope.ACCOUNT),
        (OSError("disk full"), Refusal.RETRY, Scope.ACCOUNT),
        (PermissionError("read only"), Refusal.ACCOUNT, Scope.ACCOUNT),
        (ValueError("bad header"), Refusal.MESSAGE, Scope.MESSAGE),
    ],
)
def test_what_another_backend_raises_while_sending(error, refusal, scope):
    outcome = outcome_of(backend=RAISING, options={"sending": error})

    assert (outcome.refusal, outcome.scope) == (refusal, scope)
    assert outcome.code == type(error).__name__


@pytest.mark.parametrize(
    ("error", "refusal"),
    [
        (TimeoutError("slow"), Refusal.RETRY),
        (RuntimeError("the token cannot be renewed"), Refusal.RETRY),
        (ValueError("odd settings"), Refusal.ACCOUNT),
    ],
)
def test_what_another_backend_raises_while_it_opens_is_never_doubt(error, refusal):
    outcome = outcome_of(backend=RAISING, options={"opening": error})

    assert (outcome.refusal, outcome.scope) == (refusal, Scope.ACCOUNT)


def test_an_error_that_is_nobodys_answer_is_raised():
    with pytest.raises(ZeroDivisionError):
        outcome_of(backend=RAISING, options={"sending": ZeroDivisionError()})


@pytest.mark.parametrize(
    "account",
    [
        {"backend": "no.such.backend.EmailBackend"},
        {"backend": "tests.email.backends.Missing"},
        {"backend": "nonsense"},
        {"backend": COUNTING, "options": {"colour": "red", "count": 1, "host": 3}},
        {"options": {"username": "shop"}},
        {"options": {"host": "127.0.0.1", "use_tls": True, "use_ssl": True}},
    ],
)
def test_settings_that_make_no_backend_hold_the_account(account):
    if account.get("backend") == COUNTING and django.VERSION < (6, 1):
        pytest.skip("Django before 6.1 lets unknown options pass")
    outcome = outcome_of(**account)

    assert (outcome.refusal, outcome.scope) == (Refusal.ACCOUNT, Scope.ACCOUNT)
