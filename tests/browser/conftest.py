"""A site under a strict policy, and a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as project
from django.contrib.auth.models import User
from django.test import override_settings
from playwright.sync_api import sync_playwright
from pytest_django.live_server_helper import LiveServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Page

FLAGS = (
    "--no-sandbox",
    "--headless=new",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
)
PASSWORD = "open sesame"


@pytest.fixture(scope="module")
def browser(chromium: str, django_db_setup: None) -> Iterator[Browser]:
    """Headless Chromium.

    Playwright keeps an event loop running in this thread, which Django takes for async code and
    other tests' loops for their rival: so it ends with the module.
    """
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        made = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield made
        made.close()


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
    contexts = []

    def opened(path: str = "", **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda message: _note(violations, message))
        page.on("pageerror", lambda error: violations.append(str(error)))
        page.goto(f"{site}/admin/dsn/{path}")
        page.fill("#id_username", "boss")
        page.fill("#id_password", PASSWORD)
        page.press("#id_password", "Enter")
        page.wait_for_url(f"{site}/admin/dsn/{path}")
        return page

    yield opened
    for context in contexts:
        context.close()


def _note(violations: list[str], message: ConsoleMessage) -> None:
    if message.type == "error" and not message.location["url"].endswith("/favicon.ico"):
        violations.append(message.text)
