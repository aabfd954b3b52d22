"""Headless Chromium, its pages, and what it says against them."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

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
PATIENCE_MS = 15_000


@contextmanager
def launched(chromium: str) -> Iterator[Browser]:
    """The browser at this path, for as long as the ``with`` block lasts.

    Playwright keeps an event loop running in this thread, which Django takes for async code and
    other tests' loops for their rival: so it must end with the module that needs it.
    """
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def blank_pages(browser: Browser, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Makes pages, each with cookies of its own; what the browser says against one is added.

    It complains of what the page's policy refuses and of scripts that fail. Keyword arguments are
    those of Playwright's ``new_context``.
    """
    with ExitStack() as contexts:

        def blank_page(**options: Any) -> Page:
            context = browser.new_context(**options)
            contexts.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(PATIENCE_MS)
            page.on("console", lambda message: _note(complaints, message))
            page.on("pageerror", lambda error: complaints.append(str(error)))
            return page

        yield blank_page


def _note(complaints: list[str], message: ConsoleMessage) -> None:
    if message.type == "error" and not message.location["url"].endswith("/favicon.ico"):
        complaints.append(message.text)
