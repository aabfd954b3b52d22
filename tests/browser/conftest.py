"""A site under a strict policy, and a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as project
from django.contrib.auth.models import User
from django.test import override_settings
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import blank_pages, launched

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

PASSWORD = "open sesame"


@pytest.fixture(scope="module")
def browser(chromium: str, django_db_setup: None) -> Iterator[Browser]:
    """Headless Chromium; it ends with the module."""
    with launched(chromium) as made:
        yield made


@pytest.fixture
def site(browser: Browser, transactional_db: None) -> Iterator[str]:
    """The address of a running site with the strict policy; the suite's database is its own."""
    middleware = ["tests.browser.policy.strict_policy", *project.MIDDLEWARE]
    with override_settings(MIDDLEWARE=middleware):
        server = LiveServer("localhost")
    yield server.url
    server.stop()


@pytest.fixture
def violations() -> list[str]:
    """What the browser says against a page: refused by the policy, or failed in a script."""
    return []


@pytest.fixture
def visit(browser: Browser, site: str, violations: list[str]) -> Iterator[Callable[..., Page]]:
    """Open a page of the admin as somebody who may do everything."""
    User.objects.create_superuser("boss", password=PASSWORD)
    with blank_pages(browser, violations) as blank_page:

        def opened(path: str = "", **options: Any) -> Page:
            page = blank_page(**options)
            page.goto(f"{site}/admin/dsn/{path}")
            page.fill("#id_username", "boss")
            page.fill("#id_password", PASSWORD)
            page.press("#id_password", "Enter")
            page.wait_for_url(f"{site}/admin/dsn/{path}")
            return page

        yield opened
