"""``{% inbox_unread %}`` and ``{% inbox_list %}``: for the request's user, and cheap."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import RequestFactory

from dsn_inbox.models import InboxMessage
from tests.inbox.posting import post, post_many

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_of():
    def make(user):
        request = RequestFactory().get("/")
        request.user = user
        return request

    return make


def drawn(source, request=None, **names):
    context = Context({"request": request, **names} if request else names)
    return Template("{% load dsn_inbox %}" + source).render(context)


def test_the_number_is_of_the_request_s_user(request_of, ada, eve):
    post_many(ada, 2)
    post(eve)
    assert drawn("{% inbox_unread %}", request_of(ada)) == "2"
    assert drawn("{% inbox_unread as n %}{% if n %}{{ n }}!{% endif %}", request_of(eve)) == "1!"


def test_a_page_that_shows_the_number_three_times_asks_once(
    request_of, ada, django_assert_num_queries
):
    post(ada)
    with django_assert_num_queries(1):
        assert drawn("{% inbox_unread %}" * 3, request_of(ada)) == "111"


def test_what_is_remembered_ends_with_the_request(request_of, ada):
    request = request_of(ada)
    assert drawn("{% inbox_unread %}", request) == "0"
    post(ada)
    assert drawn("{% inbox_unread %}", request_of(ada)) == "1"


def test_what_is_remembered_is_nobody_else_s(request_of, ada, eve):
    post(ada)
    request = request_of(ada)
    assert drawn("{% inbox_unread %}", request) == "1"
    request.user = eve
    assert drawn("{% inbox_unread %}", request) == "0"
    request.user = AnonymousUser()
    assert drawn("{% inbox_unread %}", request) == "0"


def test_nobody_is_asked_about_who_is_not_logged_in(request_of, django_assert_num_queries):
    with django_assert_num_queries(0):
        for request in (None, RequestFactory().get("/"), request_of(AnonymousUser())):
            assert drawn("{% inbox_unread %}", request) == "0"
            assert drawn("{% inbox_list as m %}{{ m|length }}", request) == "0"


def test_the_list_is_ones_own_and_the_newest_first(request_of, ada, eve):
    post_many(ada, 7)
    post(eve, subject="For Eve")
    source = "{% inbox_list 3 as messages %}{% for m in messages %}{{ m.subject }};{% endfor %}"
    assert drawn(source, request_of(ada)) == "No. 6;No. 5;No. 4;"
    assert drawn("{% inbox_list as messages %}{{ messages|length }}", request_of(ada)) == "5"


def test_the_list_can_be_of_the_unread_alone(request_of, ada):
    read, _ = post_many(ada, 2)
    type(read).objects.filter(pk=read.pk).mark_read()
    source = "{% inbox_list 3 unread=True as m %}{{ m.0.subject }}|{{ m|length }}"
    assert drawn(source, request_of(ada)) == "No. 1|1"


def test_the_list_takes_two_queries_however_long(request_of, ada, django_assert_num_queries):
    for number in range(30):
        post(ada, options={"group": "verb"}, verb=f"v{number % 25}")
    with django_assert_num_queries(2):
        source = "{% inbox_list 20 as m %}{% for x in m %}{{ x.subject }}{{ x.others }}{% endfor %}"
        drawn(source, request_of(ada))


def test_the_list_draws_itself_and_escapes_its_words(request_of, ada):
    post(ada, subject="<b>1</b>", html="<i>2</i>")
    page = drawn("{% inbox_list %}", request_of(ada))
    assert page.startswith('<ul class="dsn-inbox-list"')
    assert "&lt;b&gt;1&lt;/b&gt;" in page
    assert "<i>2</i>" in page
    assert 'name="csrfmiddlewaretoken"' in page


def test_the_list_draws_itself_by_its_name_too(request_of, ada):
    post(ada, subject="<b>1</b>", html="<i>2</i>")
    page = drawn("{% inbox_list as m %}{{ m }}", request_of(ada))
    assert "&lt;b&gt;1&lt;/b&gt;" in page
    assert "<i>2</i>" in page


def test_an_odd_length_shows_nothing(request_of, ada):
    post(ada)
    assert drawn("{% inbox_list -1 as m %}{{ m|length }}", request_of(ada)) == "0"


def test_a_list_can_be_sliced(request_of, ada):
    post_many(ada, 3)
    source = '{% inbox_list as m %}{% for x in m|slice:":2" %}{{ x.subject }};{% endfor %}'
    assert drawn(source, request_of(ada)) == "No. 2;No. 1;"


def test_the_script_can_read_the_bell_s_numbers(request_of, ada, settings):
    settings.USE_THOUSAND_SEPARATOR = True
    InboxMessage.objects.bulk_create(InboxMessage(user=ada) for _ in range(1234))
    page = drawn("{% inbox_bell 1000 %}", request_of(ada))
    assert re.search(r"data-dsn-badge[^>]*>1234</span>", page)
    assert 'data-limit="1000"' in page
    assert 'aria-label="Inbox, 1,234 unread"' in page
