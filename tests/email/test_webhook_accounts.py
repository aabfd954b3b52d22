"""What an account is told of its webhooks, before the first one comes."""

from __future__ import annotations

import dataclasses
import sys

import pytest

from dsn_email.accounts import Account
from dsn_email.services import SERVICES
from tests.email.posting import messenger
from tests.email.reporting import KEY, KEYS, LOGIN, WAYS, able, backend

pytestmark = pytest.mark.filterwarnings(
    "ignore:django-anymail has dropped official support for SendGrid"
)


def problems(account):
    return list(messenger(account).check())


@pytest.mark.parametrize("service", sorted(WAYS))
def test_an_account_that_can_verify_has_no_problem(service):
    assert problems(able(service)) == []


@pytest.mark.parametrize("service", sorted(WAYS))
def test_one_that_only_sends_is_not_asked_for_a_secret(service):
    assert problems(Account(**backend(service))) == []


@pytest.mark.parametrize(
    ("service", "account", "words", "hint"),
    [
        ("mailgun", {"webhook_secret": LOGIN}, "Mailgun's signature is missing", "signing_key"),
        ("mailgun", {"webhook_options": {"webhook_signing_key": ""}}, "is missing", "signing_key"),
        ("mailgun", {"webhook_options": {"webhook_signing_key": " "}}, "is missing", "signing_key"),
        ("mailgun", {"webhook_options": {"webhook_signing_key": 7}}, "is missing", "signing_key"),
        ("postmark", {"webhook_secret": "s3cret"}, "'user:password'", "https://user:password@"),
        ("postmark", {"webhook_secret": "shop:"}, "'user:password'", "https://user:password@"),
        ("resend", {"webhook_options": {"signing_secret": ""}}, "Nothing would tell", "signing_s"),
        ("scaleway", {"webhook_secret": LOGIN}, "No webhooks of Scaleway", "django-anymail"),
    ],
)
def test_what_is_missing_is_said(service, account, words, hint):
    keys = {"scaleway": {"secret_key": "t0ken", "project_id": "p"}}
    own = backend(service, **account)
    own["options"] = keys.get(service, own["options"])
    (problem,) = problems(Account(**own))

    assert words in str(problem.message)
    assert hint in str(problem.hint)
    assert not problem.serious, "It sends all the same"


def test_an_option_that_the_service_does_not_have_is_named():
    (problem,) = problems(able("mandrill", webhook_key=KEY, webhook_kee=KEY))

    assert "'webhook_kee'" in str(problem.message)
    assert "'webhook_key', 'webhook_url'" in str(problem.hint)


@pytest.mark.parametrize("key", ["ключ", "ü"])
def test_a_key_that_is_none_is_said_without_showing_it(key):
    (problem,) = problems(able("mailgun", webhook_signing_key=key * 5))

    assert "cannot be verified" in str(problem.message)
    assert key * 5 not in repr(problem)


def test_a_package_that_a_signature_needs_is_named(monkeypatch):
    import anymail.webhooks.resend

    # Anymail looks for svix as it is imported, so it is imported anew, and then put back.
    monkeypatch.setattr(anymail.webhooks, "resend", anymail.webhooks.resend)
    monkeypatch.delitem(sys.modules, "anymail.webhooks.resend")
    monkeypatch.setitem(sys.modules, "svix.webhooks", None)
    (problem,) = problems(able("resend", signing_secret="whsec_c2VjcmV0"))

    assert "svix" in str(problem.message)
    assert "django-anymail[resend]" in str(problem.message)


def test_smtp_has_no_webhooks():
    (problem,) = problems(Account(options={"host": "mail.example"}, webhook_secret=LOGIN))

    assert "no webhooks" in str(problem.message)
    assert not problem.serious


def test_amazons_webhooks_are_refused_with_the_reason():
    """Its backend cannot be made where boto3 is not installed, so its entry is looked at."""
    from dsn_email.verifying import problems

    account = Account(webhook_secret=LOGIN)
    (problem,) = problems(account, SERVICES["amazon_ses"], "anymail.backends.amazon_ses")

    assert "Amazon SES" in str(problem.message)
    assert "SNS" in str(problem.hint)


def test_every_backend_of_anymail_is_known():
    from pathlib import Path

    import anymail.backends

    found = {path.stem for path in Path(str(anymail.backends.__path__[0])).glob("[a-z]*.py")}
    assert found - {"base", "base_requests", "console", "test"} == set(SERVICES)


@pytest.mark.parametrize("service", sorted(name for name in SERVICES if SERVICES[name].view))
def test_every_view_is_there_and_takes_what_it_is_given(service):
    from django.utils.module_loading import import_string

    view = import_string(SERVICES[service].view)
    assert view.signal is None or view.signal.__class__.__name__ == "Signal"
    assert KEYS.get(service, SERVICES[service].key) == SERVICES[service].key
    assert dataclasses.is_dataclass(SERVICES[service])
