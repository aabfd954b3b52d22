"""The view at which services report: who is let in, what is kept, and what is answered."""

from __future__ import annotations

import json
import logging
from io import BytesIO

import pytest
from django.test import Client, RequestFactory
from django.urls import set_script_prefix

from dsn_core import Fields, Messenger, Receipt
from dsn_core.delivery.packing import callback_url
from dsn_core.inbound import webhooks
from dsn_core.models import Address, Backend, InboundReport
from dsn_core.pausing import is_capture_paused
from dsn_core.plugins import catalog as catalogs
from dsn_core.states import State
from tests.core.inbound.conftest import SECRETS, Acme, sign

pytestmark = pytest.mark.django_db

ARRIVED = {"kind": "receipt", "provider_id": "p1", "delivered": True}
OUT = {"kind": "opted_out", "address": "ada"}


# ── Who is let in ───────────────────────────────────────────────────────────────────────


def test_one_without_a_signature_is_refused(acme, client, sent):
    answer = client.post("/dsn/acme/default/", json.dumps([ARRIVED]), "application/json")
    assert (answer.status_code, answer.content) == (403, b"")
    assert sent().state == State.SENT
    assert not InboundReport.objects.exists()


def test_one_with_anothers_signature_is_refused(post, sent):
    assert post(ARRIVED, secret=SECRETS["ops"]).status_code == 403
    assert sent().state == State.SENT


def test_nothing_is_stored_of_one_that_turns_out_forged_at_its_end(knock, acme):
    def reading(self, webhook):
        yield Receipt(provider_id="p1", delivered=True)
        raise webhooks.Forged("It ends without its seal")

    acme.reading = reading
    assert knock().status_code == 403
    assert not InboundReport.objects.exists()


@pytest.mark.parametrize("path", ["nobody/default", "acme/nobody", "Acme/default", "console/x"])
def test_what_is_not_there_is_not_found_whatever_it_is(acme, client, path):
    answer = client.post(f"/dsn/{path}/", b"[]", "application/json")
    assert (answer.status_code, answer.content) == (404, b"")


def test_a_messenger_that_receives_nothing_has_no_such_place(acme, client):
    assert client.post("/dsn/console/default/").status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_only_a_post_is_taken(acme, client, method):
    assert getattr(client, method)("/dsn/acme/default/").status_code == 405


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_service_may_ask_whether_somebody_is_there(acme, client, method, monkeypatch):
    monkeypatch.setattr(acme, "receive", lambda self, webhook: pytest.fail("It was asked"))
    answer = getattr(client, method)("/dsn/acme/default/")
    assert (answer.status_code, answer.content) == (200, b"")
    assert getattr(client, method)("/dsn/acme/nobody/").status_code == 404


def test_a_site_that_is_closed_to_strangers_lets_services_in(post, settings, sent):
    closed = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, closed]
    assert post(ARRIVED).status_code == 204
    assert sent().state == State.DELIVERED


def test_neither_a_csrf_token_nor_a_session_is_needed(post, knock, settings, sent):
    strict = Client(enforce_csrf_checks=True)
    body = json.dumps([ARRIVED]).encode()
    headers = {"x-acme-signature": sign(SECRETS["default"], body)}
    answer = strict.post("/dsn/acme/default/", body, "application/json", headers=headers)
    assert answer.status_code == 204
    assert not answer.cookies
    assert sent().state == State.DELIVERED


def test_an_account_that_cannot_be_used_is_come_back_to(client, install, settings):
    install(Acme)
    settings.DSN = {"MESSENGERS": {"acme": {"default": {"secret": 5}}}}
    assert client.post("/dsn/acme/default/", b"[]", "application/json").status_code == 503


def test_an_account_whose_fields_cannot_be_is_no_traceback(client, install, settings):
    class Odd(Fields):
        what: object = None

    class Strange(Messenger[Odd]):
        key, label, channel = "strange", "Strange", "chat"

        def send(self, envelope): ...

        def receive(self, webhook):
            return ()

    install(Strange)
    settings.DSN = {"MESSENGERS": {"strange": {"default": {}}}}
    assert client.post("/dsn/strange/default/").status_code == 503


# ── What it is given to read ────────────────────────────────────────────────────────────


def test_it_is_read_as_it_came(knock, acme):
    body = b"a=1&b=2&a=3&empty="
    form = "application/x-www-form-urlencoded"
    knock(body, query="?x=1&x=2", content_type=form, headers={"X-Odd": "Value"})
    (webhook,) = acme.seen
    assert webhook.body == body
    assert webhook.form == {"a": ("1", "3"), "b": ("2",), "empty": ("",)}
    assert webhook.query == {"x": ("1", "2")}
    assert webhook.headers["x-odd"] == "Value"
    assert webhook.method == "POST"


@pytest.mark.parametrize(
    ("base", "script", "url"),
    [
        ("https://shop.example", "", "https://shop.example/dsn/acme/default/?a=%20b&c=d%2Fe"),
        ("https://x.example/s/", "", "https://x.example/s/dsn/acme/default/?a=%20b&c=d%2Fe"),
        ("https://x.example/s", "/s", "https://x.example/s/dsn/acme/default/?a=%20b&c=d%2Fe"),
        ("https://x.example", "/s", "https://x.example/s/dsn/acme/default/?a=%20b&c=d%2Fe"),
        ("https://x.example/as", "/s", "https://x.example/as/s/dsn/acme/default/?a=%20b&c=d%2Fe"),
        ("", "", "http://inner/dsn/acme/default/?a=%20b&c=d%2Fe"),
    ],
)
def test_its_url_is_the_one_that_the_service_knows(knock, acme, settings, base, script, url):
    settings.DSN = {**settings.DSN, "BASE_URL": base}
    knock(query="?a=%20b&c=d%2Fe", SCRIPT_NAME=script, HTTP_HOST="inner")
    assert acme.seen[0].url == url


@pytest.mark.parametrize(
    ("base", "prefix"), [("https://x.example/s", "/s/"), ("https://x.example/s", "/")]
)
def test_the_same_url_is_given_to_the_service_with_or_without_a_request(
    acme, settings, base, prefix
):
    settings.DSN = {**settings.DSN, "BASE_URL": base}
    set_script_prefix(prefix)
    try:
        given = callback_url(Backend(messenger="acme", account="ops"))
    finally:
        set_script_prefix("/")
    assert given == "https://x.example/s/dsn/acme/ops/"


def test_a_host_that_is_none_of_ours_is_a_bad_request(knock, settings, acme):
    settings.DSN = {**settings.DSN, "BASE_URL": ""}
    settings.ALLOWED_HOSTS = ["shop.example"]
    assert knock(HTTP_HOST="evil.example").status_code == 400
    assert not acme.seen


def test_a_body_that_is_too_large_is_refused_unread(knock, acme, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    assert knock(b"x" * 1_001).status_code == 413
    assert not acme.seen


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"a=1&b=2&c=3", "application/x-www-form-urlencoded"),
        (b"a=1", "application/x-www-form-urlencoded; charset=utf-16"),
        (b"--x\r\nnothing", "multipart/form-data"),
    ],
)
def test_a_form_that_cannot_be_one_is_a_bad_request(knock, acme, settings, body, content_type):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2
    answer = knock(body, content_type=content_type)
    assert (answer.status_code, answer.content) == (400, b"")
    assert not acme.seen


def test_a_body_that_ends_before_its_time_is_a_bad_request(acme, rf):
    class Gone(BytesIO):
        def read(self, *args):
            raise OSError("connection reset")

    request = rf.post("/dsn/acme/default/", b"{}", "application/json")
    request._stream = Gone()
    assert webhooks.receive(request, "acme", "default").status_code == 400


# ── A messenger that cannot read it ─────────────────────────────────────────────────────


def _says(*given):
    return lambda self, webhook: iter(given)


def _endless(self, webhook):
    while True:
        yield Receipt(provider_id="p1", delivered=True)


def _raising(self, webhook):
    yield Receipt(provider_id="p1", delivered=True)
    raise ValueError(webhook.body)


def _leaving(self, webhook):
    yield Receipt(provider_id="p1", delivered=True)
    raise SystemExit(3)


@pytest.mark.parametrize(
    "reading",
    [
        _raising,
        _leaving,
        _endless,
        _says(Receipt(provider_id="p1", delivered=True), "no report"),
        _says(Receipt(provider_id="p1", delivered=True, at="yesterday")),  # type: ignore[arg-type]
        _says(None),
        lambda self, webhook: 5,
    ],
    ids=["raises", "exits", "never ends", "no report", "no time", "nothing", "no iterable"],
)
def test_what_cannot_be_read_is_stored_not_even_half(knock, acme, sent, reading):
    acme.reading = reading
    assert knock().status_code == 500
    assert not InboundReport.objects.exists()
    assert sent().state == State.SENT


def test_a_broken_body_is_no_traceback_and_in_no_log(knock, caplog):
    assert knock(b'[{"kind": "receipt", "text": "dear Ada').status_code == 500
    assert "JSONDecodeError in decoder.py:" in caplog.text
    assert "Ada" not in caplog.text


def test_what_a_messenger_says_of_a_body_is_in_no_log(knock, acme, caplog):
    acme.reading = _raising
    knock(b"dear Ada, your code is 1234")
    assert "ValueError in test_webhooks.py:" in caplog.text
    assert "1234" not in caplog.text


def test_a_forged_one_is_logged_without_the_secret_and_in_one_line(knock, acme, caplog):
    def reading(self, webhook):
        raise webhooks.Forged(f"{self.account.secret}\nWARNING all is lost \x1b[31m" + "x" * 999)
        yield

    acme.reading = reading
    knock()
    (record,) = [record for record in caplog.records if record.name == "dsn_core.inbound"]
    assert "[secret] WARNING all is lost" in record.getMessage()
    assert SECRETS["default"] not in record.getMessage()
    assert record.getMessage().isprintable()
    assert len(record.getMessage()) < 300


def test_values_of_other_types_are_read_as_texts(knock, acme, sent):
    acme.reading = _says(Receipt(provider_id="p1", delivered=1, code=30008, id=5, reason=None))
    assert knock().status_code == 204
    assert sent().state == State.DELIVERED


def test_what_no_database_takes_is_taken_out(knock, acme, sent):
    reason = "gone\x00 \ud83d" + "x" * 9_999
    acme.reading = _says(Receipt(provider_id="p\x001", delivered=False, reason=reason))
    assert knock().status_code == 204
    assert sent().state == State.FAILED
    assert sent().reason.startswith("gone")


def test_an_address_that_its_messenger_makes_too_long_is_cut(knock, acme, monkeypatch, post):
    monkeypatch.setattr(acme, "normalize_address", lambda self, raw: raw * 1_000)
    assert post(OUT).status_code == 204
    assert InboundReport.objects.get().outcome == "opted out"
    assert len(Address.objects.get().value) == 500


def test_what_a_messenger_does_meanwhile_is_no_event(knock, acme, monkeypatch):
    paused = []
    monkeypatch.setattr(acme, "reading", lambda self, webhook: _note(paused))
    knock()
    assert paused == [True]


def _note(paused):
    paused.append(is_capture_paused())
    return ()


def test_the_log_of_one_that_is_taken_is_silent(post, sent, caplog):
    caplog.set_level(logging.INFO)
    post(ARRIVED)
    assert [record for record in caplog.records if record.name.startswith("dsn_core")] == []


def test_a_catalogue_that_cannot_be_read_is_come_back_to(acme, settings):
    settings.DSN = {"MESSENGERS": "all of them"}
    catalogs.catalog.cache_clear()
    request = RequestFactory().post("/dsn/acme/default/")
    assert webhooks.receive(request, "acme", "default").status_code == 503
