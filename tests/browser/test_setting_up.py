"""DSN is set up in a real browser: by mouse, by keyboard alone, without JavaScript."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from playwright.sync_api import expect

from dsn_core.models import Backend, StoredTemplate, Subscription, Trigger
from tests.browser.keys import press_until
from tests.host.models import Order

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def save(page: Page, home: str) -> None:
    page.click("input[name=_save]")
    page.wait_for_url(f"**/dsn/{home}/")


def test_all_is_set_up_from_nothing_and_tried_by_mouse(visit, violations):
    page = visit("storedtemplate/add/")
    page.fill("#id_key", "shop.paid")
    page.fill("#id_subject", "Order {{ action_object.number }} is paid")
    page.fill("#id_text", "Dear {{ user.username }}, thank you. 🎉")
    save(page, "storedtemplate")
    page.click("#nav-sidebar a:text-is('Backends')")
    page.click("#content .addlink")
    page.click("a[href='?messenger=log']")
    page.fill("#id_name", "Log: paid")
    page.select_option("#id_message_template", "shop.paid")
    save(page, "backend")
    page.click("#nav-sidebar a:text-is('Triggers')")
    page.click("#content .addlink")
    page.fill("#id_name", "Paid")
    page.select_option("#id_verb", "post_save")
    page.select_option("#id_action_object_model", "host.order")
    page.fill("#id_conditions-0-field", "status")
    page.select_option("#id_conditions-0-operator", "changed_to")
    page.fill("#id_conditions-0-value", "paid")
    page.fill("#id_subscriptions-0-name", "The customer")
    page.get_by_label("Log: paid").first.check()
    page.fill("#id_subscriptions-0-recipient_paths", "customer")
    save(page, "trigger")
    meaning = "When any order is saved, and status changed to paid. It tells: The customer, by Log"
    expect(page.locator("#result_list .field-sentence")).to_contain_text(meaning)
    page.click("#nav-sidebar a:text-is('Backends')")
    page.click("#result_list a:text-is('Log: paid')")
    page.click(".object-tools a:text-is('Send a test')")
    expect(page.locator(".dsn-preview")).to_contain_text("Dear boss, thank you. 🎉")
    page.fill("#id_address", "me")
    page.click(".dsn-trial button")
    expect(page.locator(".messagelist .success")).to_contain_text("A test was sent to me.")
    assert Subscription.objects.get().trigger.conditions.get().value == "paid"
    assert violations == []


def test_an_object_is_searched_and_names_follow_what_is_chosen(visit, site, violations):
    ada = User.objects.create_user("ada")
    page = visit("trigger/add/")
    names = page.locator("#dsn-names option")
    expect(names).to_have_count(0)
    page.select_option("#id_verb", "post_save")
    page.select_option("#id_action_object_model", "host.order")
    expect(page.locator("#dsn-names option[value=status]")).to_have_count(1)
    expect(page.locator("#id_action_object_pk")).to_be_visible()
    page.select_option("#id_action_object_model", "auth.user")
    expect(page.locator("#dsn-names option[value=status]")).to_have_count(0)
    expect(page.locator("#dsn-names option[value=username]")).to_have_count(1)
    expect(page.locator("#id_action_object_pk")).to_be_hidden()
    page.click(".field-action_object_pk .select2-selection")
    page.keyboard.type("ada")
    page.click(".select2-results__option >> text=ada")
    page.fill("#id_name", "Ada")
    page.click(".inline-deletelink >> nth=-1")
    save(page, "trigger")
    assert Trigger.objects.get().action_object_pk == str(ada.pk)
    page.click("#result_list a:text-is('Ada')")
    shown = page.locator(".field-action_object_pk .select2-selection__rendered")
    expect(shown).to_contain_text("ada")
    page.select_option("#id_action_object_model", "host.order")
    expect(page.locator("#id_action_object_pk")).to_have_value("")
    assert violations == []


@pytest.fixture
def backend(transactional_db) -> Backend:
    StoredTemplate.objects.create(key="shop.paid", text="{{ action_object.number }} مرحبا")
    trigger = Trigger.objects.watch("post_save", Order, name="Paid")
    made = Backend.objects.create(name="Log: paid", messenger="log", message_template="shop.paid")
    Subscription.objects.subscribe(trigger, made, name="Who hears")
    return made


def test_a_test_is_sent_by_keyboard_alone(visit, backend, violations):
    page = visit(f"backend/{backend.pk}/change/")
    press_until(page, "Tab", ".object-tools a[href$='trial/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/trial/")
    press_until(page, "Tab", "#id_address")
    page.keyboard.type("me")
    press_until(page, "Tab", ".dsn-trial button")
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist .success")).to_contain_text("The service took it.")
    assert "A test was sent to me." in LogEntry.objects.get().get_change_message()
    assert violations == []


def test_a_test_is_sent_without_javascript(visit, backend):
    page = visit(f"backend/{backend.pk}/trial/", java_script_enabled=False)
    page.fill("#id_address", "me")
    page.click(".dsn-trial button")
    page.wait_for_url("**/trial/?event=*")
    assert "A test was sent to me." in page.inner_text(".messagelist")


def test_one_object_is_named_by_its_key_without_javascript(visit, backend):
    ada = User.objects.create_user("ada")
    page = visit("trigger/add/", java_script_enabled=False)
    page.fill("#id_name", "Ada")
    page.select_option("#id_verb", "post_save")
    page.select_option("#id_action_object_model", "auth.user")
    page.fill("#id_action_object_pk", str(ada.pk))
    page.fill("#id_conditions-0-field", "usrename")
    page.select_option("#id_conditions-0-operator", "changed")
    page.click("input[name=_save]")
    assert "Did you mean 'username'?" in page.inner_text(".errorlist >> nth=0")
    page.fill("#id_conditions-0-field", "username")
    save(page, "trigger")
    assert Trigger.objects.get(name="Ada").action_object_pk == str(ada.pk)


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "ar")])
def test_a_trial_fits_a_narrow_screen_in_each_theme_and_direction(
    visit, backend, settings, violations, scheme, language
):
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    page = visit(
        f"backend/{backend.pk}/trial/",
        color_scheme=scheme,
        locale=language,
        viewport={"width": 390, "height": 800},
    )
    direction = page.evaluate("getComputedStyle(document.body).direction")
    assert direction == ("rtl" if language == "ar" else "ltr")
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert violations == []
