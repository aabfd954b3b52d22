"""Addresses of this site are kept as its paths; all others as they are."""

from __future__ import annotations

import pytest
from django.urls import reverse

from dsn_core import Action
from dsn_inbox.paths import here
from tests.inbox.posting import post

BASE = "https://shop.example"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        (f"{BASE}/orders/7/?page=2#top", "/orders/7/?page=2#top"),
        (f"{BASE}/", "/"),
        (BASE, "/"),
        ("/orders/7/", "/orders/7/"),
        (f"{BASE}//evil.example/", f"{BASE}//evil.example/"),
        (f"{BASE}.evil.example/7/", f"{BASE}.evil.example/7/"),
        (f"{BASE}@evil.example/7/", f"{BASE}@evil.example/7/"),
        ("http://shop.example/7/", "http://shop.example/7/"),
        ("mailto:desk@shop.example", "mailto:desk@shop.example"),
    ],
)
def test_only_what_lies_under_the_base_url_is_a_path(settings, url, path):
    settings.DSN = {"BASE_URL": f"{BASE}/"}
    assert here(url) == path


def test_a_path_begins_with_the_prefix_under_which_the_site_is(settings):
    settings.DSN = {"BASE_URL": f"{BASE}/app"}
    assert here(f"{BASE}/app/orders/7/") == "/app/orders/7/"
    assert here(f"{BASE}/application/") == f"{BASE}/application/"


@pytest.mark.parametrize("given", [{}, {"BASE_URL": ""}, {"BASE_URL": 7}, None, [BASE]])
def test_without_a_base_url_every_address_stays(settings, given):
    settings.DSN = given
    assert here(f"{BASE}/orders/7/") == f"{BASE}/orders/7/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "options", [{}, {"link": f"{BASE}/orders/7/"}], ids=["template", "backend"]
)
def test_a_button_to_this_site_can_be_opened_and_marked_as_read(browser, ada, settings, options):
    settings.DSN = {"BASE_URL": BASE}
    named = () if options else (Action(label="Your order", url=f"{BASE}/orders/7/"),)
    row = post(ada, actions=named, options=options)
    assert "Open and mark as read" in browser.get(reverse("dsn_inbox:list")).content.decode()
    answer = browser.post(reverse("dsn_inbox:open", args=[row.key]))
    assert (answer.status_code, answer["Location"]) == (302, "/orders/7/")
    row.refresh_from_db()
    assert row.read_at is not None
