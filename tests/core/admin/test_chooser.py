"""The chooser: what is installed, how its accounts stand, and what is broken."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from dsn_core.models import AccountState, Backend

ADD = "/admin/dsn/backend/add/"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("strange", "accounts")]


def test_every_installed_messenger_is_a_card(boss):
    response = boss.get(ADD)
    cards = {card.key: card for card in response.context["cards"]}
    assert {"console", "log", "pager", "evil"} <= set(cards)
    pager = cards["pager"]
    assert (pager.label, pager.description, pager.channel) == ("Pager", "Beeps.", "Push")
    page = response.content.decode()
    assert "dsn-tests 7.1" in page
    assert 'href="?messenger=pager"' in page


def test_a_card_says_how_each_account_stands(boss):
    cards = {card.key: card for card in boss.get(ADD).context["cards"]}
    standing = {account.account: account for account in cards["pager"].accounts}
    assert standing["default"].is_usable
    assert standing["broken"].complaints == ("The token is too short. Copy all of it.",)
    assert standing["aged"].is_usable
    assert standing["aged"].remarks == ("The token is old.",)


def test_a_card_without_account_says_what_settings_want(boss, settings):
    settings.DSN = {}
    page = boss.get(ADD).content.decode()
    assert "DSN[&quot;MESSENGERS&quot;][&quot;pager&quot;][&quot;default&quot;]" in page
    assert "it needs token" in page


def test_a_held_account_is_not_usable(boss):
    AccountState.objects.create(
        messenger="pager", account="default", held_since=timezone.now(), reason="401 Unauthorized"
    )
    cards = {card.key: card for card in boss.get(ADD).context["cards"]}
    assert cards["pager"].accounts[0].complaints == ("It is held: 401 Unauthorized",)


def test_a_secret_is_on_no_page(boss):
    backend = Backend.objects.create(name="Beep", messenger="pager")
    for url in (ADD, f"{ADD}?messenger=pager", f"/admin/dsn/backend/{backend.pk}/change/"):
        assert "s3cr3t-token" not in boss.get(url).content.decode()


def test_a_check_that_fails_is_a_complaint(boss):
    cards = {card.key: card for card in boss.get(ADD).context["cards"]}
    assert "RuntimeError" in cards["evil"].accounts[0].complaints[0]


def test_hostile_texts_are_escaped(boss):
    for url in (ADD, f"{ADD}?messenger=evil", f"{ADD}?messenger=pager"):
        page = boss.get(url).content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "<script>alert(1)" not in page


def test_a_broken_plugin_is_named_with_its_fault(boss):
    page = boss.get(ADD).content.decode()
    assert "Installed, but broken" in page
    assert "dsn_gates() raised &lt;b&gt;Boom&lt;/b&gt;" in page
    assert "Mend it." in page


def test_no_script_and_no_style_stands_in_the_page(boss):
    page = boss.get(ADD).content.decode()
    content = page[page.index('id="content"') :]
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script", content)


def test_an_unknown_messenger_leads_back_to_the_chooser(boss):
    response = boss.get(f"{ADD}?messenger=teleg<b>")
    assert response.context["cards"]
    assert "There is no messenger “teleg&lt;b&gt;” installed" in response.content.decode()


def test_a_pop_up_stays_one(boss):
    page = boss.get(f"{ADD}?_popup=1").content.decode()
    assert "_popup=1&amp;messenger=pager" in page


def test_the_chooser_needs_the_permission_to_add(staff):
    assert staff("view_backend", "change_backend").get(ADD).status_code == 403


def test_who_may_add_sees_the_chooser(staff):
    assert staff("add_backend").get(ADD).status_code == 200


def test_the_chooser_asks_once_whatever_is_installed(boss, django_assert_num_queries):
    boss.get(ADD)
    with django_assert_num_queries(3):  # the session, the person, the held accounts
        boss.get(ADD)
