"""Reports and links in the admin: to be read, by whoever may, at a constant price."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone

from dsn_core.models import Delivery, InboundReport, Link

pytestmark = pytest.mark.django_db

REPORTS = "/admin/dsn/inboundreport/"
LINKS = "/admin/dsn/link/"


@pytest.fixture
def boss(db):
    """The browser of somebody who may do everything."""
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    return client


def report(number: int = 0, **fields: object) -> InboundReport:
    values = {"address": f"a{number}", "reason": "<script>alert(1)</script>", "token": "h4sh"}
    given = {
        "messenger": "acme",
        "account": "default",
        "fingerprint": f"f{number}",
        "kind": "opted_out",
        "subject": f"a{number}",
        "values": values,
        "applied_at": timezone.now(),
        "outcome": "opted out",
    }
    return InboundReport.objects.create(**(given | fields))


def found(client: Client, query: dict[str, str]) -> list[int]:
    answer = client.get(REPORTS, query)
    assert answer.status_code == 200
    return [row.pk for row in answer.context["cl"].result_list]


def test_a_report_is_listed_with_what_it_did(boss, acme):
    report()
    page = boss.get(REPORTS).content.decode()
    assert '<span class="dsn-badge dsn-badge-done">opted out</span>' in page
    assert "Opted out" in page
    assert "acme" in page
    assert "a0" in page


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"applied_at": None, "outcome": ""}, "held"),
        ({"outcome": "moved"}, "done"),
        ({"outcome": "changed nothing: it was known"}, "suppressed"),
        ({"outcome": "could not be applied: ValueError"}, "suppressed"),
    ],
)
def test_what_waits_or_did_nothing_looks_otherwise(boss, fields, kind):
    report(**fields)
    assert f'class="dsn-badge dsn-badge-{kind}"' in boss.get(REPORTS).content.decode()


@pytest.mark.parametrize("subject", ["+4915112345678", "SM4711"])
def test_it_is_found_by_what_it_is_about(boss, subject):
    report(1)
    wanted = report(2, subject=subject)
    assert found(boss, {"q": subject}) == [wanted.pk]


@pytest.mark.parametrize("query", [{"waits": "yes"}, {"kind": "receipt"}, {"messenger": "acme"}])
def test_reports_are_filtered(boss, acme, query):
    report(1, messenger="log")
    wanted = report(2, kind="receipt", applied_at=None, outcome="")
    assert found(boss, query) == [wanted.pk]


def test_its_page_shows_what_was_said_but_not_of_a_token(boss):
    page = boss.get(f"{REPORTS}{report().pk}/change/").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page
    assert "h4sh" not in page
    assert 'name="_save"' not in page


@pytest.mark.parametrize("home", [REPORTS, LINKS])
def test_nothing_is_added_changed_or_deleted(boss, home):
    made = report()
    link = Link.objects.create(
        pk=made.pk, token_hash="h4sh", user=User.objects.get(), expires_at=timezone.now()
    )
    assert boss.get(f"{home}add/").status_code == 403
    assert boss.post(f"{home}{link.pk}/change/", {"outcome": "x"}).status_code == 403
    assert boss.post(f"{home}{link.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(("home", "name"), [(REPORTS, "inboundreport"), (LINKS, "link")])
def test_a_list_needs_the_permission_to_view_and_no_other(home, name):
    clerk = User.objects.create_user("clerk", is_staff=True)
    client = Client()
    client.force_login(clerk)
    assert client.get(home).status_code == 403
    clerk.user_permissions.set(Permission.objects.filter(codename=f"view_{name}"))
    assert client.get(home).status_code == 200


@pytest.mark.parametrize("home", [REPORTS, LINKS])
def test_a_list_asks_as_often_for_two_rows_as_for_twelve(boss, home, django_assert_max_num_queries):
    def count() -> int:
        with django_assert_max_num_queries(8) as asked:
            assert boss.get(home).status_code == 200
        return len(asked.captured_queries)

    def add(number: int) -> None:
        report(number)
        Link.objects.issue(User.objects.create_user(f"u{number}"), "acme")

    add(0)
    add(1)
    boss.get(home)
    once = count()
    for number in range(2, 12):
        add(number)
    assert count() == once


def test_a_link_shows_who_has_it_and_nothing_of_its_token(boss):
    ada = User.objects.create_user("ada")
    Link.objects.issue(ada, "acme")
    Link.objects.issue(ada, "other", valid_for=dt.timedelta(seconds=-1))
    Link.objects.filter(messenger="acme").update(used_at=timezone.now())
    Link.objects.issue(ada, "acme")
    page = boss.get(LINKS).content.decode()
    assert [word in page for word in (">used<", ">expired<", ">open<", "ada")] == [True] * 4
    for link in Link.objects.all():
        assert link.token_hash not in boss.get(f"{LINKS}{link.pk}/change/").content.decode()


def test_a_deliverys_page_shows_what_was_reported_of_it(boss, post, sent):
    post({"kind": "receipt", "provider_id": "p1", "delivered": True})
    post({"kind": "receipt", "key": str(sent().key), "delivered": False})
    post({"kind": "receipt", "provider_id": "p2", "delivered": False})
    page = boss.get(f"/admin/dsn/delivery/{sent().pk}/change/").content.decode()
    told = list(InboundReport.objects.order_by("pk"))
    assert [f"{REPORTS}{one.pk}/change/" in page for one in told] == [True, True, False]
    assert "changed nothing: it is delivered" in page


def test_a_delivery_without_an_id_shows_no_other_reports(boss, sent):
    Delivery.objects.update(provider_id="")
    other = report(subject="", kind="receipt")
    page = boss.get(f"/admin/dsn/delivery/{sent().pk}/change/").content.decode()
    assert f"{REPORTS}{other.pk}/" not in page


def test_another_messengers_receipt_of_the_same_id_is_not_shown(boss, sent):
    other = report(subject="p1", kind="receipt", messenger="log")
    page = boss.get(f"/admin/dsn/delivery/{sent().pk}/change/").content.decode()
    assert f"{REPORTS}{other.pk}/" not in page


def test_a_site_without_time_zones_has_its_list(boss, settings):
    settings.USE_TZ = False
    report(applied_at=None)
    assert boss.get(REPORTS).status_code == 200
