"""How names and objects are found on the page of a trigger: by search, and by key."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User

from dsn_core.models import Trigger
from tests.core.admin.forms import form_values
from tests.host.models import Order, Ticket

ADD = "/admin/dsn/trigger/add/"
OBJECTS = "/admin/dsn/trigger/objects/"
NAMES = "/admin/dsn/trigger/names/"

pytestmark = pytest.mark.django_db


def url_of(trigger: Trigger) -> str:
    return f"/admin/dsn/trigger/{trigger.pk}/change/"


def test_an_object_is_found_by_what_its_admin_searches(boss):
    wanted, _other = Group.objects.create(name="Desk"), Group.objects.create(name="Till")
    answer = boss.get(OBJECTS, {"model": "auth.group", "term": "esk"}).json()
    assert answer["results"] == [{"id": str(wanted.pk), "text": "Desk"}]


def test_of_many_users_only_a_page_is_read(boss, django_assert_num_queries):
    User.objects.bulk_create(User(username=f"u{number}") for number in range(60))
    boss.get(OBJECTS, {"model": "auth.user", "term": "u"})
    with django_assert_num_queries(4):
        answer = boss.get(OBJECTS, {"model": "auth.user", "term": "u"}).json()
    assert len(answer["results"]) == 20
    assert answer["pagination"] == {"more": True}


def test_the_page_loads_no_users(boss, django_assert_max_num_queries):
    User.objects.bulk_create(User(username=f"u{number}") for number in range(60))
    with django_assert_max_num_queries(20):
        page = boss.get(ADD).content.decode()
    assert "u42" not in page


@pytest.mark.parametrize(
    ("codenames", "status"),
    [
        (("view_trigger", "change_trigger", "view_user"), 200),
        (("add_trigger", "view_user"), 200),
        (("view_trigger", "view_user"), 403),
        (("view_trigger", "change_trigger"), 404),
        (("view_user",), 403),
    ],
)
def test_who_may_not_see_a_model_or_edit_triggers_finds_nothing(staff, codenames, status):
    client = staff(*codenames)
    assert client.get(OBJECTS, {"model": "auth.user", "term": "c"}).status_code == status


@pytest.mark.parametrize(
    ("model", "status"), [("host.order", 404), ("shop.gone", 403), ("x", 403), ("", 403)]
)
def test_what_cannot_be_searched_is_not_there(boss, model, status):
    assert boss.get(OBJECTS, {"model": model}).status_code == status


def searchable(client) -> set[str]:
    field = client.get(ADD).context["adminform"].form.fields["actor_object_pk"]
    return set(field.widget.attrs["data-searchable"].split())


def test_only_what_this_person_may_search_is_offered_for_search(boss, staff):
    found = searchable(boss)
    assert {"auth.group", "auth.user"} <= found
    assert not [label for label in found if label.startswith("dsn.")]
    assert searchable(staff("add_trigger", "view_group")) == {"auth.group"}


def test_the_object_of_a_stored_trigger_is_named(boss, staff):
    group = Group.objects.create(name="Desk")
    trigger = Trigger.objects.watch("post_save", group, name="One")
    assert "Desk. Empty: any." in boss.get(url_of(trigger)).content.decode()
    client = staff("view_trigger", "change_trigger")
    assert "Desk" not in client.get(url_of(trigger)).content.decode()


@pytest.fixture
def blank(boss):
    return form_values(boss.get(ADD)) | {"name": "One", "verb": "post_save"}


def test_the_key_of_an_object_that_is_not_there_is_refused_at_its_field(boss, blank):
    values = blank | {"action_object_model": "host.order", "action_object_pk": "4711"}
    form = boss.post(ADD, values).context["adminform"].form
    assert form.errors == {"action_object_pk": ["There is no order 4711."]}
    assert not Trigger.objects.exists()


@pytest.mark.parametrize(("pk", "words"), [("{group}", "Desk. Empty: any."), ("9" * 30, "")])
def test_what_was_chosen_is_named_when_the_page_comes_back(boss, blank, pk, words):
    group = Group.objects.create(name="Desk")
    chosen = {"action_object_model": "auth.group", "action_object_pk": pk.format(group=group.pk)}
    page = boss.post(ADD, blank | chosen | {"name": ""}).content.decode()
    assert words in page
    assert f'value="{chosen["action_object_pk"]}"' in page


def test_the_key_of_an_object_is_taken_as_its_model_writes_it(boss, blank):
    ticket = Ticket.objects.create()
    values = blank | {"action_object_model": "host.ticket", "action_object_pk": ticket.pk.hex}
    assert boss.post(ADD, values).status_code == 302
    assert Trigger.objects.get().action_object_pk == str(ticket.pk)


def test_an_object_that_has_gone_since_is_said_and_kept(boss):
    group = Group.objects.create(name="Desk")
    trigger = Trigger.objects.watch("post_save", group, name="One")
    group.delete()
    response = boss.get(url_of(trigger))
    assert f"Action object: there is no group {trigger.action_object_pk}" in (
        response.content.decode()
    )
    assert boss.post(url_of(trigger), form_values(response) | {"name": "Two"}).status_code == 302
    trigger.refresh_from_db()
    assert (trigger.name, trigger.action_object_model) == ("Two", "auth.group")


def names(client, verb: str, model: str = "") -> dict[str, str]:
    return dict(client.get(NAMES, {"verb": verb, "model": model}).json()["names"])


def test_names_are_suggested_by_verb_and_model(boss):
    found = names(boss, "post_save", "host.order")
    assert found["status"] == "status of the order"
    assert found["created"] == "what the signal says (bool)"
    assert "access_token" not in found
    assert list(names(boss, "shop.gone", "shop.gone")) == []


def test_a_stored_trigger_s_names_stand_in_its_page(boss):
    trigger = Trigger.objects.watch("post_save", Order, name="One")
    page = boss.get(url_of(trigger)).content.decode()
    assert '<option value="status">status of the order</option>' in page
    assert 'list="dsn-names"' in page


def test_names_follow_what_was_posted_when_a_row_is_refused(boss, blank):
    values = blank | {"action_object_model": "host.ticket", "conditions-0-field": "titel"}
    values |= {"conditions-0-operator": "is", "conditions-0-value": "x"}
    response = boss.post(ADD, values)
    page = response.content.decode()
    assert '<option value="title">title of the ticket</option>' in page
    assert "Did you mean &#x27;title&#x27;?" in page


def test_names_are_for_those_who_work_with_triggers(staff):
    assert staff("view_backend").get(NAMES).status_code == 403
