"""Each reads in her language, and at her time."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import User

from dsn_core.delivery.releasing import sweep
from dsn_core.models import StoredTemplate
from dsn_core.states import HeldBy, State
from tests.core.delivery.conftest import delivered
from tests.core.rendering.speaking import stored, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def by_last_name(settings):
    """Users whose last name is their language, and whose first name is their time zone."""
    settings.DSN = {"USER_LANGUAGE": "last_name", "USER_TIMEZONE": "first_name"}
    settings.LANGUAGES = [("en", "E"), ("de", "D"), ("pt", "P"), ("pt-br", "B"), ("ar", "A")]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("pt-br", "exactly"),
        ("pt_BR", "exactly"),
        ("de", "base"),
        ("de-at", "base"),
        ("ar", "any"),
        ("", "any"),
        ("klingon", "any"),
        ("../etc", "any"),
    ],
)
def test_each_reads_in_her_language(send, by_last_name, language, words):
    for code, source in (("pt-br", "exactly"), ("pt", "base"), ("de", "base"), ("", "any")):
        stored(source, language=code)
    user = User.objects.create(username="u", last_name=language)
    envelope, _ = send(None, user=user)
    assert envelope.message.text == words


def test_the_words_of_the_base_language_serve_where_the_exact_one_has_none(send, by_last_name):
    stored("base", language="pt")
    stored("any")
    user = User.objects.create(username="u", last_name="pt-br")
    envelope, _ = send(None, user=user)
    assert (envelope.message.text, envelope.language) == ("base", "pt-br")


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (("pt-br", "de", "en"), "pt-br"),
        (("de", "en"), "en"),
        (("fr", "de"), "de"),
        (("zh",), "zh"),
    ],
)
def test_words_that_are_only_stored_serve_who_reads_another_language(
    send, by_last_name, written, words
):
    for code in written:
        stored(code, language=code)
    user = User.objects.create(username="u", last_name="pt")
    envelope, row = send(None, user=user)
    assert (row.state, envelope.message.text) == (State.SENT, words)


def test_an_installed_template_speaks_where_the_stored_words_are_for_others(send, by_last_name):
    StoredTemplate.objects.create(key="shop.paid", language="de", text="Bezahlt")
    user = User.objects.create(username="u", last_name="ar")
    envelope, _ = send(user=user, values={"note": "n"})
    assert envelope.message.text == "n for"


def test_a_language_in_three_parts_is_shortened_from_its_end(send, by_last_name, settings):
    settings.LANGUAGES = [("en", "E"), ("zh-hant", "T")]
    stored("base", language="zh")
    stored("traditional", language="zh_Hant")
    user = User.objects.create(username="u", last_name="zh-hant-hk")
    envelope, _ = send(None, user=user)
    assert envelope.message.text == "traditional"


def test_a_stored_template_without_a_word_is_waited_for_once(send):
    StoredTemplate.objects.create(key="shop.stored")
    _, row = send(None)
    assert (row.state, row.code) == (State.HELD, HeldBy.TEMPLATE)
    assert sweep() == 0
    StoredTemplate.objects.update(text="Now")
    assert sweep() == 1
    (row,) = delivered([row])
    assert row.state == State.SENT


def test_words_in_another_language_are_not_waited_for_for_ever(send, by_last_name):
    stored("Bezahlt", language="de")
    _, row = send(None, user=User.objects.create(username="u", last_name="ar"))
    assert row.state == State.SENT
    assert sweep() == 0


def test_djangos_own_translations_follow_the_reader(send, by_last_name):
    user = User.objects.create(username="u", last_name="de")
    when = {"day": dt.date(2026, 3, 1)}
    source = '{% load i18n %}{% translate "Yes" %} {{ day|date:"F" }}'
    assert text_of(send, source, user=user, values=when) == "Ja März"


def test_times_are_told_in_the_readers_zone(send, by_last_name):
    when = {"at": dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)}
    source = '{{ at|date:"H:i" }}'
    tokyo = User.objects.create(username="t", first_name="Asia/Tokyo")
    nowhere = User.objects.create(username="n", first_name="Mars/Crater")
    assert text_of(send, source, user=tokyo, values=when) == "21:00"
    assert text_of(send, source, user=nowhere, values=when) == "13:00"


def test_a_user_whose_language_cannot_be_read_reads_the_projects(send, settings):
    settings.DSN = {"USER_LANGUAGE": "profile.language", "USER_TIMEZONE": "pk.nothing"}
    user = User.objects.create(username="u")
    envelope, _ = send(user=user)
    assert envelope.language == "en"


def test_a_user_who_is_gone_is_none(send):
    user = User.objects.create(username="u")
    user.delete()
    user.pk = 4711
    assert text_of(send, "{{ user|default:'nobody' }}", user=user) == "nobody"
