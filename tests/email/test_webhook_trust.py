"""Only a webhook of the account's own service is believed."""

from __future__ import annotations

import base64
import dataclasses
import hmac
import subprocess
import sys
import time
from urllib.parse import urlencode

import django
import pytest

from dsn_core import Forged, Receipt
from dsn_email.accounts import Account
from dsn_email.services import SERVICES
from tests.email.posting import messenger
from tests.email.reporting import (
    BASE,
    DELIVERED,
    KEY,
    KEYS,
    LOGIN,
    WAYS,
    able,
    backend,
    posted,
    webhook,
)
from tests.email.test_checking import NoAnymail

pytestmark = pytest.mark.filterwarnings(
    "ignore:django-anymail has dropped official support for SendGrid"
)
SIGNING = sorted(KEYS)
LOGGING_IN = sorted(set(WAYS) - set(KEYS))
LOGGED_IN = {"authorization": "Basic " + base64.b64encode(LOGIN.encode()).decode()}


def arrival(service):
    """What `service` says of a message that has arrived; Mandrill only ever says: sent."""
    return DELIVERED[service] or {"event": "send", "_id": "p1"}


def read(account, hook):
    return list(messenger(account).receive(hook))


def believes(account, service, **how):
    """Does `account` take what `service` posts?"""
    try:
        read(account, webhook(service, arrival(service), **how))
    except Forged:
        return False
    return True


def test_every_service_that_anymail_reads_is_tried_here():
    readable = {name for name, service in SERVICES.items() if service.view}
    # Postal's signature needs a package that is not everywhere; SendinBlue is Brevo's old name.
    assert readable - set(WAYS) == {"postal", "sendinblue"}


@pytest.mark.parametrize("service", sorted(WAYS))
def test_what_the_service_posts_is_believed(service):
    told = read(able(service), webhook(service, arrival(service)))

    assert [type(report) for report in told] == ([Receipt] if DELIVERED[service] else [])
    assert [report.provider_id.strip("<>") for report in told] == ["p1"] * len(told)


@pytest.mark.parametrize("service", SIGNING)
@pytest.mark.parametrize("key", [None, "guessed", "ключ"])
def test_a_missing_or_wrong_signature_is_refused(service, key):
    assert not believes(able(service), service, key=key)


@pytest.mark.parametrize("service", sorted({*SIGNING} - {"mandrill"}))
def test_a_signature_is_enough_where_the_account_names_no_login(service):
    """Not tried with Mandrill, which signs the URL with the login in it."""
    assert believes(able(service, login=""), service, login=None)
    assert not believes(able(service, login=""), service, key="guessed")


@pytest.mark.parametrize("service", LOGGING_IN)
@pytest.mark.parametrize("login", [None, "anymail:guessed", ":", "anymail", "", "None"])
def test_a_missing_or_wrong_login_is_refused(service, login):
    assert not believes(able(service), service, login=login)


@pytest.mark.parametrize("service", SIGNING)
def test_a_login_is_asked_for_beside_the_signature_where_the_account_names_one(service):
    assert not believes(able(service), service, login="anymail:guessed")


@pytest.mark.parametrize("service", sorted(WAYS))
@pytest.mark.parametrize("empty", ["", ":", "anymail:", ":s3cret", "s3cret"])
def test_an_account_with_no_whole_secret_believes_nobody(service, empty):
    """As where an environment variable is not set."""
    options = {KEYS[service]: ""} if service in KEYS else {}
    account = Account(**backend(service, webhook_secret=empty, webhook_options=options))

    for login in (LOGIN, empty or None):
        for key in (KEY, ""):
            assert not believes(account, service, login=login, key=key)


@pytest.mark.parametrize("service", sorted(WAYS))
def test_the_secrets_of_the_projects_own_anymail_are_not_the_accounts(settings, service):
    """There they are for all of the project's accounts."""
    settings.ANYMAIL = {
        "WEBHOOK_SECRET": LOGIN,
        "MAILGUN_API_KEY": KEY,
        **{f"{name.upper()}_{option.upper()}": KEY for name, option in KEYS.items()},
    }

    assert not believes(Account(**backend(service)), service)
    if SERVICES[service].must_sign:
        assert not believes(Account(**backend(service, webhook_secret=LOGIN)), service)


def test_nor_are_they_asked_for_beside_the_accounts(settings):
    settings.ANYMAIL = {"WEBHOOK_SECRET": "project:s3cret", "MANDRILL_WEBHOOK_URL": "https://x/"}

    assert believes(able("mailgun", login=""), "mailgun", login=None)
    assert believes(able("mandrill"), "mandrill")


def test_a_login_is_enough_where_a_service_need_not_sign():
    """An empty key is none, and not one that a stranger may sign with."""
    account = able("mailtrap", tracking_secret="")

    assert believes(account, "mailtrap", key=None)
    assert not believes(account, "mailtrap", key="", login=None)


def test_mailguns_signature_is_of_no_use_after_a_day():
    """It covers a time and a token, so a thief could put any event beside it."""
    for age, is_good in ((25, False), (-25, False), (23, True)):
        assert believes(able("mailgun"), "mailgun", at=time.time() - age * 3600) is is_good


@pytest.mark.parametrize("hours", [0, 25])
def test_mailguns_old_form_is_read_too(hours):
    stamp = str(int(time.time()) - hours * 3600)
    form = {
        "event": "delivered",
        "recipient": "ada@example.org",
        "Message-Id": "<p1>",
        "timestamp": stamp,
        "token": "t1",
        "signature": hmac.new(KEY.encode(), f"{stamp}t1".encode(), "sha256").hexdigest(),
    }
    headers = {**LOGGED_IN, "content-type": "application/x-www-form-urlencoded"}
    hook = webhook("mailgun", arrival("mailgun"))
    hook = dataclasses.replace(hook, headers=headers, body=urlencode(form).encode())

    if hours:
        with pytest.raises(Forged, match="more than a day old"):
            read(able("mailgun"), hook)
    else:
        (receipt,) = read(able("mailgun"), hook)
        assert (receipt.provider_id, receipt.delivered) == ("<p1>", True)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b'{"signature": 3}', b'"x"'])
@pytest.mark.parametrize("service", SIGNING)
def test_nonsense_is_refused_where_it_cannot_be_verified(service, body):
    headers = {**LOGGED_IN, "signature": "\xdf", "mailtrap-signature": "\xdf"}
    hook = webhook(service, arrival(service))
    hook = dataclasses.replace(
        hook, headers={**headers, "content-type": "application/json"}, body=body
    )

    with pytest.raises(Forged):
        read(able(service), hook)


def test_mandrill_may_ask_whether_the_url_exists_before_there_is_a_key():
    asking = webhook("mandrill", key="test-webhook")
    telling = webhook("mandrill", arrival("mandrill"), key="test-webhook")

    assert read(Account(**backend("mandrill")), asking) == []
    with pytest.raises(Forged):
        read(able("mandrill"), telling)


def test_no_other_service_may_ask_so():
    asking = webhook("mandrill", key="test-webhook", login=None)

    with pytest.raises(Forged):
        read(able("postmark"), asking)


def test_mandrill_may_sign_another_url_than_it_posts_to():
    hook = webhook("mandrill", arrival("mandrill"))
    moved = dataclasses.replace(hook, url="http://10.0.0.7/dsn/email/default/")
    signed = f"https://{LOGIN}@shop.example/dsn/email/default/"

    with pytest.raises(Forged):
        read(able("mandrill"), moved)
    assert read(able("mandrill", webhook_key=KEY, webhook_url=signed), moved) == []


def test_the_words_of_a_refusal_name_no_setting_that_is_not_looked_at():
    with pytest.raises(Forged, match=r"called with incorrect signature$"):
        read(able("mailersend"), webhook("mailersend", arrival("mailersend"), key="guessed"))


class Gullible:
    """A view that looks at nothing: anymail's, where it knows no key by that name."""

    def __init__(self, **arguments):
        pass

    def run_validators(self, request):
        pass


def test_a_view_that_believes_everybody_is_not_believed(monkeypatch):
    """Django's views take any argument for an attribute, and say nothing."""
    service = dataclasses.replace(SERVICES["mailgun"], view=f"{__name__}.Gullible")
    monkeypatch.setitem(SERVICES, "mailgun", service)

    with pytest.raises(Forged, match="does not verify"):
        read(able("mailgun"), webhook("mailgun", arrival("mailgun")))


class Talkative:
    """A view that says what it was given when it takes it for nonsense."""

    def __init__(self, **arguments):
        raise ValueError(f"{arguments} is no key")


def test_a_key_that_is_none_is_refused_without_showing_it(monkeypatch):
    service = dataclasses.replace(SERVICES["mailgun"], view=f"{__name__}.Talkative")
    monkeypatch.setitem(SERVICES, "mailgun", service)

    with pytest.raises(Forged, match=r"Mailgun's webhooks cannot be verified: .*\*\*\*") as caught:
        read(able("mailgun"), webhook("mailgun", arrival("mailgun")))
    assert "s3cret" not in str(caught.value)


def test_mail_that_comes_in_is_none_of_our_business():
    incoming = {"RecordType": "Inbound", "FromFull": {"Email": "ada@example.org"}}

    with pytest.raises(Forged, match="reports nothing of mail that was sent"):
        read(able("postmark"), webhook("postmark", incoming))


def test_an_smtp_account_has_no_webhooks():
    account = Account(options={"host": "mail.example"}, webhook_secret=LOGIN)

    with pytest.raises(Forged, match=r"no webhooks: django\.core\.mail\.backends\.smtp is no"):
        read(account, webhook("postmark", arrival("postmark")))


def test_a_backend_that_cannot_be_made_believes_nobody():
    account = Account(backend="anymail.backends.postmark.EmailBackend", webhook_secret=LOGIN)

    with pytest.raises(Forged, match=r"(?i)server_token"):
        read(account, webhook("postmark", arrival("postmark")))


def test_without_anymail_it_says_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "anymail"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [NoAnymail(), *sys.meta_path])

    with pytest.raises(Forged, match=r"pip install 'dsn-email\[anymail\]'"):
        read(able("postmark"), webhook("postmark", arrival("postmark")))


REFUSING = """
import sys
from django.conf import settings
settings.configure()
from dsn_core import Forged, Webhook
from dsn_email.accounts import Account
from dsn_email.messenger import Email
email = Email(account=Account(options={"host": "mail.example"}), options=Email.options_type())
try:
    list(email.receive(Webhook(method="POST", url="https://shop.example/")))
except Forged:
    print("anymail" in sys.modules)
"""


def test_refusing_a_webhook_of_smtp_does_not_load_anymail():
    done = subprocess.run([sys.executable, "-c", REFUSING], capture_output=True, text=True)

    assert done.stdout.strip() == "False", done.stderr


@pytest.mark.parametrize("service", ["postmark", "sendgrid", "brevo"])
def test_a_projects_own_subclass_of_anymails_backend_counts_as_it(service):
    ours = f"tests.email.backends.{service.title()}OfOurs"

    assert believes(dataclasses.replace(able(service), backend=ours), service)


@pytest.mark.skipif(django.VERSION < (6, 1), reason="Django 6.1 has MAILERS")
def test_a_mailer_of_the_projects_is_asked_which_service_it_is(settings):
    own = able("postmark")
    settings.MAILERS = {"bulk": {"BACKEND": own.backend, "OPTIONS": own.options}}

    assert believes(Account(mailer="bulk", webhook_secret=LOGIN), "postmark")


def test_the_url_is_the_public_one_whatever_hosts_are_allowed(settings):
    settings.ALLOWED_HOSTS = ["10.0.0.7"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    assert believes(able("mandrill"), "mandrill")


def test_secrets_are_in_no_repr():
    account = able("mailgun")

    assert "s3cret" not in repr(account) + repr(messenger(account))


@pytest.fixture
def accounts(settings):
    """An account of each service that reports, and another of two of them."""
    own = {name: backend(name, webhook_secret=LOGIN) for name in WAYS}
    for name, key in KEYS.items():
        own[name]["webhook_options"] = {key: KEY}
    own["ops"] = backend("postmark", webhook_secret="ops:another-login")
    settings.DSN = {"BASE_URL": BASE, "MESSENGERS": {"email": own}}


@pytest.mark.django_db
def test_at_the_real_url_each_account_takes_what_is_for_it(accounts, client):
    for service in WAYS:
        how = posted(service, arrival(service), account=service)
        assert client.post(f"/dsn/email/{service}/", **how).status_code == 204, service


@pytest.mark.django_db
def test_at_the_real_url_no_secret_is_logged(accounts, client, caplog):
    for service in WAYS:
        for wrong in ({"key": "guessed"}, {"login": "anymail:guessed"}):
            how = posted(service, arrival(service), account=service, **wrong)
            client.post(f"/dsn/email/{service}/", **how)

    assert "forged" in caplog.text
    for secret in (LOGIN, KEY, "t0ken"):
        assert secret not in caplog.text


@pytest.mark.django_db
def test_at_the_real_url_another_accounts_secret_does_not_do(accounts, client):
    how = posted("postmark", arrival("postmark"))

    assert client.post("/dsn/email/ops/", **how).status_code == 403
    assert client.post("/dsn/email/nobody/", **how).status_code == 404


@pytest.mark.django_db
def test_what_is_verified_and_cannot_be_read_is_asked_for_again(accounts, client):
    how = posted("postmark", "a text")

    assert client.post("/dsn/email/postmark/", **how).status_code == 500
