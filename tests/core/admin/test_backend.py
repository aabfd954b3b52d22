"""The page of a backend: drawn from its messenger's options, and kept where that is gone."""

from __future__ import annotations

import pytest

from dsn_core.models import Backend, StoredTemplate, Subscription, Trigger
from tests.core.admin.forms import form_values

ADD = "/admin/dsn/backend/add/?messenger=pager"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("strange", "accounts")]

NEW = {
    "name": "Beep",
    "account": "default",
    "message_template": "dsn.plain",
    "enabled": "on",
    "in_doubt": "hold",
    "option_title": "Hi ",
    "option_retries": "5",
    "option_pause": "",
    "option_limit": "2.25",
    "option_silent": "on",
    "option_mode": "text",
    "option_urgency": "very_high",
    "option_color": "g",
    "option_tags": "one\n\n two \n",
}
STORED = {
    "title": "Hi ",
    "retries": 5,
    "pause": None,
    "limit": "2.25",
    "silent": True,
    "mode": "text",
    "urgency": "very_high",
    "color": "g",
    "tags": ["one", "two"],
}


def url_of(backend: Backend) -> str:
    return f"/admin/dsn/backend/{backend.pk}/change/"


@pytest.fixture
def backend() -> Backend:
    return Backend.objects.create(name="Beep", messenger="pager", options=dict(STORED))


def errors_of(response) -> list[str]:
    return list(response.context["adminform"].form.errors)


def test_a_chosen_messenger_and_its_options_are_stored(boss):
    assert boss.post(ADD, NEW).status_code == 302
    made = Backend.objects.get()
    assert (made.messenger, made.account, made.in_doubt) == ("pager", "default", "hold")
    assert made.options == STORED
    made.build_options()


def test_options_come_back_as_they_were(boss, backend):
    values = form_values(boss.get(url_of(backend)))
    assert values["option_tags"] == "one\ntwo"
    assert values["option_urgency"] == "very_high"
    assert boss.post(url_of(backend), values).status_code == 302
    backend.refresh_from_db()
    assert backend.options == STORED


def test_an_untouched_new_form_stores_the_defaults(boss):
    values = form_values(boss.get(ADD)) | {"name": "Beep"}
    assert boss.post(ADD, values).status_code == 302
    made = Backend.objects.get().options
    assert (made["title"], made["limit"], made["color"], made["tags"]) == ("Hello", "1.50", "r", [])
    assert made["urgency"] is None


def test_labels_of_choices_are_shown(boss):
    page = boss.get(ADD).content.decode()
    assert '<option value="g">Green</option>' in page
    assert '<option value="very_high">very high</option>' in page


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("option_retries", "many"),
        ("option_limit", "x"),
        ("option_mode", "shout"),
        ("option_retries", ""),
        ("account", "nobody"),
    ],
)
def test_a_value_that_does_not_fit_is_named_at_its_field(boss, name, value):
    response = boss.post(ADD, NEW | {name: value})
    assert errors_of(response) == [name]
    assert not Backend.objects.exists()


def test_unknown_stored_options_are_kept(boss, backend):
    backend.options["nickname"] = "Bo"
    backend.save()
    response = boss.get(url_of(backend))
    assert "the options nickname" in response.content.decode()
    boss.post(url_of(backend), form_values(response))
    backend.refresh_from_db()
    assert backend.options == STORED | {"nickname": "Bo"}


def test_options_of_an_older_version_are_shown_in_todays_names(boss, backend):
    backend.options = {"headline": "From before"}
    backend.save()
    response = boss.get(url_of(backend))
    assert form_values(response)["option_title"] == "From before"
    boss.post(url_of(backend), form_values(response))
    backend.refresh_from_db()
    assert backend.options["title"] == "From before"
    assert "headline" not in backend.options


def test_a_stored_choice_that_is_no_longer_offered_is_shown_and_refused(boss, backend):
    backend.options["mode"] = "RTF"
    backend.save()
    response = boss.get(url_of(backend))
    page = response.content.decode()
    assert "RTF (no longer offered)" in page
    assert "which is not one of HTML, text" in page
    response = boss.post(url_of(backend), form_values(response))
    assert errors_of(response) == ["option_mode"]


def test_the_messenger_of_a_backend_is_not_changed(boss, backend):
    values = form_values(boss.get(url_of(backend))) | {"messenger": "log"}
    boss.post(url_of(backend), values)
    backend.refresh_from_db()
    assert backend.messenger == "pager"


def test_an_account_that_is_no_good_is_said_on_the_page(boss, backend):
    Backend.objects.update(account="broken")
    assert "Account broken: The token is too short." in boss.get(url_of(backend)).content.decode()


def test_a_stored_template_may_be_chosen(boss):
    StoredTemplate.objects.create(key="shop.hello", text="Hello")
    assert boss.post(ADD, NEW | {"message_template": "shop.hello"}).status_code == 302
    assert boss.post(ADD, NEW | {"message_template": "no.such"}).status_code == 200


def test_words_that_a_subscribed_verb_cannot_fill_are_refused(boss, backend):
    subscription = Subscription.objects.create(
        name="S", trigger=Trigger.objects.watch("post_save", name="T")
    )
    subscription.backends.add(backend)
    values = form_values(boss.get(url_of(backend))) | {"message_template": "tests.demanding"}
    response = boss.post(url_of(backend), values)
    assert errors_of(response) == ["message_template"]


@pytest.fixture
def orphan() -> Backend:
    return Backend.objects.create(
        name="Orphan", messenger="gone", account="ops", options={"room": "<b>7</b>", "n": 1}
    )


def test_a_backend_whose_messenger_is_gone_opens_and_says_so(boss, orphan):
    page = boss.get(url_of(orphan)).content.decode()
    assert "The messenger gone is not installed" in page
    assert "deliveries wait as held" in page
    assert "&quot;room&quot;: &quot;&lt;b&gt;7&lt;/b&gt;&quot;" in page


def test_a_backend_whose_messenger_is_gone_keeps_its_data_when_saved(boss, orphan):
    values = form_values(boss.get(url_of(orphan))) | {"name": "Renamed", "in_doubt": "hold"}
    assert boss.post(url_of(orphan), values).status_code == 302
    orphan.refresh_from_db()
    assert (orphan.name, orphan.in_doubt) == ("Renamed", "hold")
    assert (orphan.messenger, orphan.account) == ("gone", "ops")
    assert orphan.options == {"room": "<b>7</b>", "n": 1}


def test_a_gone_messenger_is_marked_in_the_list(boss, orphan):
    page = boss.get("/admin/dsn/backend/").content.decode()
    assert 'gone <span class="dsn-badge dsn-badge-gone">not installed</span>' in page


def test_who_may_only_view_sees_all_and_changes_nothing(staff, backend):
    client = staff("view_backend")
    page = client.get(url_of(backend)).content.decode()
    assert "very_high" in page
    assert 'name="name"' not in page
    assert client.post(url_of(backend), {"name": "Mine"}).status_code == 403
    backend.refresh_from_db()
    assert backend.name == "Beep"
