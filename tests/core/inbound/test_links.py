"""Links: made by a POST of whoever is logged in, for one use, in time, by one address."""

from __future__ import annotations

import datetime as dt
import re
import threading
from types import ModuleType

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser, User
from django.db import close_old_connections, connection
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import timezone

from dsn_core.inbound.reports import apply_waiting
from dsn_core.models import Address, InboundReport, Link
from dsn_core.templatetags.dsn import _warn_of_missing_urls
from tests.core.inbound.conftest import SECRETS, Acme, sign

pytestmark = pytest.mark.django_db

PAGE = "/dsn/link/acme/default/"


@pytest.fixture
def ada(acme):
    return User.objects.create_user("ada")


@pytest.fixture
def browser(ada, client):
    """Her browser."""
    client.force_login(ada)
    return client


def token_in(page: str) -> str:
    found = re.search(r"https://acme\.example/start\?([\w-]+)", page)
    assert found
    return found[1]


def linked(token: str, address: str = "a1") -> dict[str, str]:
    return {"kind": "linked", "token": token, "address": address}


def outcome() -> str:
    return InboundReport.objects.latest("pk").outcome


def drawn(user: object, tag: str = '{% dsn_link "acme" %}', **context: object) -> str:
    request = RequestFactory().get("/")
    request.user = user  # type: ignore[assignment]
    given = {"request": request, **context}
    return Template("{% load dsn %}" + tag).render(Context(given))


# ── The page ────────────────────────────────────────────────────────────────────────────


def test_a_post_shows_a_link_that_works(browser, post, ada, heard):
    token = token_in(browser.post(PAGE).content.decode())
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", token)
    post(linked(token, " A1 "))
    row = Address.objects.get()
    assert (row.user, row.messenger, row.account, row.value) == (ada, "acme", "default", "a1")
    assert row.active
    assert row.verified_at is not None
    assert outcome() == "linked"


@pytest.mark.parametrize("method", ["get", "head", "put", "delete"])
def test_only_a_post_makes_one(browser, method):
    assert getattr(browser, method)(PAGE).status_code == 405
    assert not Link.objects.exists()


def test_whoever_is_not_logged_in_is_sent_to_the_login_and_not_back(acme, client, settings):
    settings.LOGIN_URL = "/admin/login/"
    answer = client.post(PAGE)
    assert (answer.status_code, answer.headers["location"]) == (302, "/admin/login/")
    assert not Link.objects.exists()


def test_without_a_csrf_token_there_is_none(ada):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    assert strict.post(PAGE).status_code == 403
    assert not Link.objects.exists()


@pytest.mark.parametrize("place", ["acme/nobody", "console/default", "nobody/default"])
def test_where_nobody_can_link_there_is_no_page(browser, place):
    assert browser.post(f"/dsn/link/{place}/").status_code == 404


def test_no_other_site_learns_of_it_and_nobody_keeps_it(browser):
    headers = browser.post(PAGE).headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in headers["Cache-Control"]
    assert "private" in headers["Cache-Control"]


def test_a_strict_policy_finds_nothing_in_it(browser):
    page = browser.post(PAGE).content.decode()
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|<link|<img|src=", page)


def test_it_is_read_from_right_to_left_where_people_do(browser, settings):
    settings.LANGUAGES = [("he", "Hebrew"), ("en", "English")]
    page = browser.post(PAGE, headers={"accept-language": "he"}).content.decode()
    assert '<html lang="he" dir="rtl">' in page
    page = browser.post(PAGE, headers={"accept-language": "en"}).content.decode()
    assert '<html lang="en" dir="ltr">' in page


def test_what_a_plugin_calls_itself_is_escaped(browser, acme, monkeypatch):
    monkeypatch.setattr(acme, "label", "<b>A&B</b>")
    assert "&lt;b&gt;A&amp;B&lt;/b&gt;" in browser.post(PAGE).content.decode()


def test_a_page_takes_one_delete_and_one_insert(browser, ada, django_assert_num_queries):
    with django_assert_num_queries(4):  # two of them for the session and its user
        browser.post(PAGE)


# ── What a token is worth ───────────────────────────────────────────────────────────────


def test_it_works_once(post, ada):
    token = Link.objects.issue(ada, "acme")
    post(linked(token, "a1"))
    post(linked(token, "a2"))
    assert [row.value for row in Address.objects.all()] == ["a1"]
    assert outcome() == "changed nothing: the link was used or has expired"


def test_it_works_in_time(post, ada):
    token = Link.objects.issue(ada, "acme", valid_for=dt.timedelta(seconds=-1))
    post(linked(token))
    assert not Address.objects.exists()
    assert outcome() == "changed nothing: the link was used or has expired"


@pytest.mark.parametrize(("messenger", "account"), [("acme", "ops"), ("pager", "default")])
def test_it_works_at_its_own_door_only_and_is_not_spent_at_another(post, ada, messenger, account):
    post(linked(Link.objects.issue(ada, messenger, account)))
    assert not Address.objects.exists()
    assert Link.objects.get().used_at is None
    assert outcome() == "changed nothing: no link"


def test_one_that_was_made_up_is_worth_nothing(post, ada):
    Link.objects.issue(ada, "acme")
    post(linked("x" * 32))
    post(linked(Link.objects.get().token_hash))
    assert not Address.objects.exists()


def test_it_stands_in_no_table(browser, post):
    token = token_in(browser.post(PAGE).content.decode())
    post(linked(token))
    post(linked(token[:-1] + "x"))
    for model in apps.get_models():
        for row in model._default_manager.values_list():
            assert token not in str(row), model


def test_half_an_hour_is_enough(ada):
    Link.objects.issue(ada, "acme")
    left = Link.objects.get().expires_at - timezone.now()
    assert dt.timedelta(minutes=29) < left <= dt.timedelta(minutes=30)


def test_old_ones_do_not_pile_up_and_others_stay(ada):
    bob = User.objects.create_user("bob")
    old = dt.timedelta(seconds=-1)
    for _ in range(3):
        Link.objects.issue(ada, "acme", valid_for=old)
    Link.objects.issue(bob, "acme", valid_for=old)
    Link.objects.issue(ada, "other", valid_for=old)
    Link.objects.issue(ada, "acme")
    Link.objects.issue(ada, "acme")
    assert Link.objects.filter(user=ada, messenger="acme").count() == 2
    assert Link.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_of_two_who_come_with_it_at_once_one_wins(ada):
    token = Link.objects.issue(ada, "acme")
    barrier = threading.Barrier(2)

    def follow(address):
        try:
            close_old_connections()
            body = f'[{{"kind": "linked", "token": "{token}", "address": "{address}"}}]'.encode()
            headers = {"x-acme-signature": sign(SECRETS["default"], body)}
            barrier.wait(10)
            Client().post("/dsn/acme/default/", body, "application/json", headers=headers)
        finally:
            connection.close()

    threads = [threading.Thread(target=follow, args=(f"a{number}",)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    InboundReport.objects.filter(applied_at=None).update(next_at=timezone.now())
    apply_waiting()
    assert Address.objects.count() == 1
    outcomes = InboundReport.objects.order_by("outcome").values_list("outcome", flat=True)
    assert list(outcomes) == ["changed nothing: the link was used or has expired", "linked"]


# ── What linking does ───────────────────────────────────────────────────────────────────


def test_it_is_announced_with_the_user(post, ada, heard, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        post(linked(Link.objects.issue(ada, "acme")))
    [(name, told)] = heard
    assert (name, told["user"], told["address"]) == ("address_linked", ada, "a1")


def test_whoever_comes_back_is_reached_again(post, ada):
    post({"kind": "opted_out", "address": "a1"})
    post(linked(Link.objects.issue(ada, "acme")))
    assert not Address.objects.filter(active=False).exists()
    assert Address.objects.get(user=ada).active


def test_an_address_that_is_hers_for_all_accounts_is_verified_not_doubled(post, ada):
    Address.objects.create(user=ada, messenger="acme", value="a1")
    post(linked(Link.objects.issue(ada, "acme")))
    assert Address.objects.get().verified_at is not None


def test_linking_twice_makes_one_row(post, ada):
    for _ in range(2):
        post(linked(Link.objects.issue(ada, "acme")))
    assert Address.objects.count() == 1


def test_two_people_may_share_an_address(post, ada):
    bob = User.objects.create_user("bob")
    for user in (ada, bob):
        post(linked(Link.objects.issue(user, "acme")))
    assert {row.user for row in Address.objects.all()} == {ada, bob}


def test_whoever_is_gone_is_linked_no_more(post, ada):
    token = Link.objects.issue(ada, "acme")
    ada.delete()
    post(linked(token))
    assert outcome() == "changed nothing: no link"


# ── The tag ─────────────────────────────────────────────────────────────────────────────


def test_the_tag_draws_a_button_that_posts(ada, django_assert_num_queries):
    with django_assert_num_queries(1):
        page = drawn(ada)
    assert f'<form method="post" action="{PAGE}" class="dsn-link">' in page
    assert "csrfmiddlewaretoken" in page
    assert "Connect Acme" in page
    assert not Link.objects.exists()


def test_its_button_passes_the_csrf_check(ada):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada)
    token = re.search(r'value="(\w+)"', drawn(ada))
    assert token
    strict.cookies["csrftoken"] = token[1]
    assert strict.post(PAGE, {"csrfmiddlewaretoken": token[1]}).status_code == 200


def test_the_tag_names_the_account(ada):
    assert 'action="/dsn/link/acme/ops/"' in drawn(ada, '{% dsn_link "acme" "ops" %}')


@pytest.mark.parametrize(
    "tag",
    [
        '{% dsn_link "nobody" %}',
        '{% dsn_link "console" %}',
        '{% dsn_link "acme" "nobody" %}',
        '{% dsn_link "" %}',
    ],
)
def test_the_tag_draws_nothing_where_nobody_can_link(ada, tag):
    assert drawn(ada, tag) == ""


def test_the_tag_draws_nothing_for_the_anonymous(acme):
    assert drawn(AnonymousUser()) == ""


def test_the_tag_draws_nothing_without_a_request_or_a_user(ada):
    assert Template('{% load dsn %}{% dsn_link "acme" %}').render(Context({})) == ""
    assert drawn(ada, request=RequestFactory().get("/")) == ""


def test_the_tag_draws_nothing_where_settings_are_wrong(ada, settings):
    settings.DSN = {"MESSENGERS": {"acme": {"default": {"secret": 5}}}}
    assert drawn(ada) == ""


def test_a_page_stands_where_a_plugin_falls(ada, monkeypatch, caplog):
    def fail(self, token):
        raise RuntimeError(token)

    monkeypatch.setattr(Acme, "link_url", fail)
    assert drawn(ada) == ""
    assert "RuntimeError" in caplog.text


def test_without_urls_the_tag_draws_nothing_and_says_once_what_is_missing(ada, settings, caplog):
    empty = ModuleType("no_urls")
    empty.urlpatterns = []
    settings.ROOT_URLCONF = empty
    _warn_of_missing_urls.cache_clear()
    assert drawn(ada) == ""
    assert drawn(ada) == ""
    [said] = caplog.records
    assert said.levelname == "WARNING"
    assert said.getMessage().startswith("{% dsn_link %} draws nothing: ")
    assert 'path("dsn/", include("dsn_core.urls"))' in said.getMessage()


def test_the_tag_asks_with_a_token_as_long_as_a_real_one(ada, monkeypatch):
    asked = []
    monkeypatch.setattr(Acme, "link_url", lambda self, token: asked.append(token) or "x")
    drawn(ada)
    assert [len(token) for token in asked] == [32]


def test_the_tag_says_whether_she_is_connected(ada):
    row = Address.objects.create(user=ada, messenger="acme", value="a1")
    assert "Acme is connected." in drawn(ada)
    assert "Connect Acme again" in drawn(ada)
    Address.objects.update(active=False)
    assert "is connected" not in drawn(ada)
    row.active, row.account = True, "ops"
    row.save()
    assert "is connected" not in drawn(ada)


def test_whoever_wants_no_more_of_an_account_is_not_connected_with_it(ada, post):
    Address.objects.create(user=ada, messenger="acme", value="a1")
    post({"kind": "opted_out", "address": "a1"})
    assert "is connected" not in drawn(ada)
    assert "is connected" in drawn(ada, '{% dsn_link "acme" "ops" %}')
