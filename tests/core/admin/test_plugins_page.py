"""The page of plugins: what is installed, what is wrong with it, what is missing."""

from __future__ import annotations

from html import unescape

import pytest
from django.utils import timezone
from django.utils.html import strip_tags

from dsn_core.models import AccountState, Backend, StoredTemplate, Subscription, Trigger
from dsn_core.plugins import catalog as home
from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.found import Found

pytestmark = pytest.mark.django_db

PLUGINS = "/admin/dsn/backend/plugins/"
HOSTILE = "<script>alert(1)</script>"


def words_of(client) -> str:
    page = client.get(PLUGINS).content.decode()
    return " ".join(unescape(strip_tags(page[page.index('id="content-main"') :])).split())


@pytest.mark.usefixtures("strange", "accounts")
def test_a_plugin_is_told_with_all_that_it_brings(boss):
    said = words_of(boss)
    for words in (
        "dsn-core",
        "dsn-tests 7.1",
        "Pager",
        "Push",
        "Beeps.",
        "Demanding",
        "Night shift",
    ):
        assert words in said
    assert "Only active users dsn.active_users" in said


@pytest.mark.usefixtures("strange", "accounts")
def test_each_account_says_whether_it_is_usable_and_why_not(boss):
    AccountState.objects.create(
        messenger="pager", account="aged", held_since=timezone.now(), reason="401 Unauthorized"
    )
    said = words_of(boss)
    assert "usable default" in said
    assert "not usable broken The token is too short. Copy all of it." in said
    assert "not usable aged It is held: 401 Unauthorized The token is old." in said


@pytest.mark.usefixtures("strange", "accounts")
def test_no_secret_and_nothing_hostile_is_on_the_page(boss):
    page = boss.get(PLUGINS).content.decode()
    for secret in ("s3cr3t", "12345"):
        assert secret not in page
    assert HOSTILE not in page
    assert "<b>Boom" not in page


@pytest.mark.usefixtures("strange")
def test_a_broken_plugin_says_what_is_wrong_and_what_to_do(boss):
    said = words_of(boss)
    assert "dsn-tests 7.1 broken" in said
    assert "dsn_gates() raised <b>Boom</b> Mend it." in said


def test_a_plugin_that_is_switched_off_is_named(boss, monkeypatch):
    off = Found(distribution="dsn-quiet", version="1", module="quiet.plugin", disabled=True)
    real = catalog().plugins
    monkeypatch.setattr(home, "discover", lambda **_: (*real, off))
    catalog.cache_clear()
    said = words_of(boss)
    monkeypatch.undo()
    catalog.cache_clear()
    assert "dsn-quiet 1 switched off by DSN['DISABLED_PLUGINS']" in said


def test_the_backends_that_use_a_messenger_are_linked(boss):
    used = Backend.objects.create(name="Log: paid", messenger="log", enabled=False)
    page = boss.get(PLUGINS).content.decode()
    assert f'href="/admin/dsn/backend/{used.pk}/change/"' in page
    assert "Log: paid (switched off)" in words_of(boss)


def test_of_many_backends_the_first_are_named_and_all_are_linked(boss):
    Backend.objects.bulk_create(Backend(name=f"B{n:02}", messenger="log") for n in range(25))
    page = boss.get(PLUGINS).content.decode()
    assert "B19" in page
    assert "B20" not in page
    assert "?messenger=log" in page
    assert "all 25" in page


def test_what_is_missing_is_told_with_who_wants_it(boss, settings):
    settings.DSN = {"MESSENGERS": {"fax": {"default": {}}}}
    Backend.objects.create(name="Orphan", messenger="pager", message_template="shop.gone")
    Backend.objects.create(name="Fine", messenger="log", message_template="shop.stored")
    StoredTemplate.objects.create(key="shop.stored", text="x")
    trigger = Trigger.objects.create(name="Refunds", verb="shop.refunded")
    Subscription.objects.create(name="Night", trigger=trigger, recipient_sources=["shop.night"])
    said = words_of(boss)
    for words in (
        'DSN["MESSENGERS"]["fax"] is for a messenger that is not installed.',
        "The messenger pager not installed Wanted by: Orphan.",
        "The message template shop.gone not installed Wanted by: Orphan.",
        "The recipient source shop.night not installed Wanted by: Night.",
        "The verb shop.refunded not installed Wanted by: Refunds.",
    ):
        assert words in said
    assert "shop.stored" not in said


def test_settings_that_cannot_be_read_are_told_and_hide_no_plugin(boss, settings):
    settings.DSN = {"MESSENGERS": 5}
    said = words_of(boss)
    assert "MESSENGERS" in said
    assert "dsn-core" in said


def test_the_page_is_for_those_who_may_see_backends(staff, client):
    assert client.get(PLUGINS).status_code == 302
    assert staff("view_delivery").get(PLUGINS).status_code == 403


def test_who_may_see_backends_finds_it_from_the_index(staff):
    clerk = staff("view_backend")
    assert PLUGINS in clerk.get("/admin/dsn/").content.decode()
    assert clerk.get(PLUGINS).status_code == 200
    assert clerk.post(PLUGINS).status_code == 405


def test_who_may_not_see_backends_has_no_link_to_it(staff):
    assert PLUGINS not in staff("view_delivery").get("/admin/dsn/").content.decode()


def test_it_asks_as_often_for_three_backends_as_for_thirty(boss, django_assert_max_num_queries):
    def count(number: int) -> int:
        for one in range(number):
            name = f"{number} {one}"
            Backend.objects.create(name=name, messenger="pager", message_template=f"shop.x{one}")
            trigger = Trigger.objects.create(name=name, verb=f"shop.v{one}")
            Subscription.objects.create(name=name, trigger=trigger, recipient_sources=["a.b"])
        with django_assert_max_num_queries(12) as asked:
            boss.get(PLUGINS)
        return len(asked.captured_queries)

    count(1)
    assert count(3) == count(30)
