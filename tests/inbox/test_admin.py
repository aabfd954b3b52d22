"""The admin's page: it helps, and shows nobody's words to who may not read them."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from dsn_core import Action
from dsn_inbox.models import InboxMessage
from tests.inbox.conftest import client_of
from tests.inbox.posting import post

pytestmark = pytest.mark.django_db
LIST = "/admin/dsn_inbox/inboxmessage/"


@pytest.fixture
def helper():
    """A client of somebody who may see that there is a message."""
    return client_of(staff("view_inboxmessage"))


@pytest.fixture
def reader():
    """A client of somebody who may also read it."""
    return client_of(staff("view_inboxmessage", "read_words"))


@pytest.fixture
def row(ada):
    return post(
        ada,
        verb="shop.paid",
        subject="My subject",
        text="My text",
        html="<b>My HTML</b>",
        actions=(Action(label="My link", url="/my/"),),
    )


def staff(*permissions):
    user = get_user_model().objects.create(username="-".join(permissions), is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_who_may_only_see_messages_reads_none(helper, row):
    for address in (LIST, f"{LIST}{row.pk}/change/"):
        shown = page(helper, address)
        assert "ada" in shown
        assert "shop.paid" in shown
        assert "My " not in shown


@pytest.mark.parametrize(
    "guess", ["subject__startswith=My", "text__contains=My", "html__contains=My", "actions=[]"]
)
def test_who_may_only_see_messages_guesses_none_by_the_url(helper, reader, row, guess):
    assert helper.get(f"{LIST}?{guess}").status_code == 400
    assert reader.get(f"{LIST}?{guess}").status_code == 200


def test_who_may_only_see_messages_filters_by_their_level(helper, row):
    assert "shop.paid" in page(helper, f"{LIST}?level__exact=info")


def test_who_may_read_them_does_and_html_is_shown_as_its_source(reader, row):
    shown = page(reader, f"{LIST}{row.pk}/change/")
    assert "My subject" in shown
    assert "My text" in shown
    assert "My link" in shown
    assert "&lt;b&gt;My HTML&lt;/b&gt;" in shown


def test_nobody_without_the_permission_comes_in(row):
    assert client_of(staff()).get(LIST).status_code == 403


def test_nothing_can_be_changed(admin_client, row):
    for action in ("change", "delete"):
        assert admin_client.post(f"{LIST}{row.pk}/{action}/", {"post": "yes"}).status_code == 403
    assert admin_client.get(f"{LIST}add/").status_code == 403
    assert "_save" not in page(admin_client, f"{LIST}{row.pk}/change/")


def test_a_message_is_found_by_its_key_its_user_or_its_verb(helper, row, eve):
    post(eve, verb="other")
    for term in (str(row.key), str(row.user_id), "ada", "shop.pa"):
        shown = page(helper, f"{LIST}?q={term}")
        assert "1 message in an inbox" in shown, term
        assert "shop.paid" in shown


def test_what_its_reader_deleted_is_not_there(helper, row):
    InboxMessage.objects.all().discard()
    assert "0 messages in inboxes" in page(helper, LIST)


def test_the_list_takes_as_many_queries_for_one_as_for_many(
    helper, row, eve, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    page(helper, LIST)
    with CaptureQueriesContext(connection) as queries:
        page(helper, LIST)
    for _ in range(20):
        post(eve)
    with django_assert_num_queries(len(queries)):
        page(helper, LIST)
