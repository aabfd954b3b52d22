"""The site under each kind of server, and a browser that is logged in."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from django.conf import settings as project
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application
from playwright.sync_api import sync_playwright
from pytest_django.live_server_helper import LiveServer

from tests.inbox.conftest import client_of

if TYPE_CHECKING:
    from collections.abc import Iterator

FLAGS = (
    "--no-sandbox",
    "--headless=new",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
)


@pytest.fixture(scope="module")
def chrome(chromium: str, django_db_setup: None) -> Iterator[Any]:
    """Headless Chromium; it ends with the module, as its event loop disturbs other tests."""
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        made = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield made
        made.close()


@pytest.fixture
def wsgi(transactional_db, settings) -> Iterator[str]:
    """The site's address under WSGI."""
    settings.ROOT_URLCONF = "tests.inbox.browser.pages"
    server = LiveServer("localhost")
    yield server.url
    server.stop()


@pytest.fixture
def asgi(transactional_db, settings) -> Iterator[str]:
    """The site's address under ASGI."""
    settings.ROOT_URLCONF = "tests.inbox.browser.pages"
    with socket.create_server(("127.0.0.1", 0)) as listening:
        application = ASGIStaticFilesHandler(get_asgi_application())
        config = uvicorn.Config(
            application, log_level="critical", lifespan="off", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


@pytest.fixture(params=["asgi", "wsgi"])
def site(request) -> str:
    """The site's address, under each in turn."""
    found: str = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def complaints() -> list[str]:
    """What the browser says against a page."""
    return []


@pytest.fixture
def visit(chrome, ada, complaints):
    """Open a page of a site as Ada."""
    contexts = []

    def opened(address: str, **options: Any) -> Any:
        context = chrome.new_context(**options)
        contexts.append(context)
        cookie = client_of(ada).cookies[project.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": project.SESSION_COOKIE_NAME, "value": cookie, "url": address}]
        )
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda said: _note(complaints, said))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()


def _note(complaints: list[str], said: Any) -> None:
    if said.type == "error" and not said.location["url"].endswith("/favicon.ico"):
        complaints.append(said.text)
