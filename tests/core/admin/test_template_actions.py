"""The buttons of a message are written in the admin, and seen in its preview."""

from __future__ import annotations

import pytest

from dsn_core.models import Backend, Event, StoredTemplate
from tests.core.admin import strangers
from tests.core.admin.forms import form_values
from tests.core.admin.strangers import HOSTILE

ADD = "/admin/dsn/storedtemplate/add/"
PREVIEW = "/admin/dsn/backend/preview/?template=shop.paid"
WORDS = {"key": "shop.paid", "text": "Paid"}

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("strange", "accounts")]


def test_the_page_says_how_to_write_a_button(boss):
    page = boss.get(ADD).content.decode()
    assert 'placeholder="Your order = /orders/{{ action_object.number }}/"' in page
    assert "A path such as this leads to this site." in page


def test_buttons_are_stored_with_the_words_and_stay_when_they_are_saved_again(boss):
    lines = "Your order = /orders/7/\r\n{% if late %}Call us{% endif %} = tel:+4930"
    assert boss.post(ADD, WORDS | {"actions": lines}).status_code == 302
    stored = StoredTemplate.objects.get()
    assert stored.actions == lines
    url = f"/admin/dsn/storedtemplate/{stored.pk}/change/"
    assert boss.post(url, form_values(boss.get(url))).status_code == 302
    stored.refresh_from_db()
    assert stored.actions.splitlines() == lines.splitlines()


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("A = /\r\nYour order", "Line 2: Write a label, an equals sign between two blanks"),
        ("A = /\r\n\r\nB = {% if %}", "line 3"),
        ("{% load x %} = /", "Line 1: {% load %} is not available in a stored template."),
    ],
)
def test_a_line_that_is_wrong_is_refused_at_the_buttons_and_named(boss, lines, says):
    response = boss.post(ADD, WORDS | {"actions": lines})
    errors = response.context["adminform"].form.errors
    assert list(errors) == ["actions"]
    assert says in errors["actions"][0] or says in errors["actions"][0].lower()
    assert not StoredTemplate.objects.exists()


def test_buttons_without_a_word_are_refused(boss):
    response = boss.post(ADD, {"key": "shop.paid", "actions": "A = /"})
    assert response.context["adminform"].form.non_field_errors()


@pytest.fixture
def previewed(boss):
    """The page of previews of words with these buttons."""
    Backend.objects.create(name="Pager", messenger="pager", message_template="shop.paid")
    Event.objects.create(verb="post_save")

    def page(lines: str) -> str:
        StoredTemplate.objects.create(**WORDS, actions=lines)
        return str(boss.get(PREVIEW).content.decode())

    return page


def test_a_preview_shows_the_buttons(previewed, monkeypatch):
    monkeypatch.setattr(strangers.Pager, "supports_actions", True)
    page = previewed(f"{HOSTILE} s3cr3t-token = https://a.example/?s3cr3t-token")
    assert "<h3>Buttons</h3>" in page
    assert "<bdi>&lt;script&gt;alert(1)&lt;/script&gt; [secret]</bdi>" in page
    assert "<bdi>https://a.example/?[secret]</bdi>" in page
    assert "s3cr3t" not in page
    assert HOSTILE not in page
    assert "nothing is lost" in page


def test_a_preview_says_what_becomes_of_them_without_buttons(previewed):
    page = previewed("Look = https://a.example/")
    assert "There are no buttons here: they stand as links at the end." in page
    assert "Look: https://a.example/" in page


def test_a_preview_says_that_a_path_leads_nowhere_without_a_site(previewed):
    page = previewed("Look = /orders/")
    assert "leads nowhere while DSN[&quot;BASE_URL&quot;] is not set. Left out:" in page
    assert "Look: /orders/</del>" in page
    assert "loses something" in page


def test_a_preview_says_which_button_leads_to_harm(previewed):
    page = previewed("Fine = https://a.example/\nLook = javascript:alert(1)")
    assert "The URL of the action in line 2 of &#x27;shop.paid&#x27;" in page
    assert "would not go out" in page
