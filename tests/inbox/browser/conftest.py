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
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import blank_pages, launched
from tests.inbox.conftest import client_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def chrome(chromium: str, django_db_setup: None) -> Iterator[Browser]:
    """Headless Chromium; it ends with the module."""
    with launched(chromium) as made:
        yield made


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
def asked() -> list[str]:
    """The URLs that the pages asked for."""
    return []


@pytest.fixture
def visit(chrome, ada, complaints, asked):
    """Open a page of a site as Ada; its bell listens. With ``clock`` a test can let time pass."""
    with blank_pages(chrome, complaints) as blank_page:

        def opened(address: str, *, clock: bool = False, **options: Any) -> Any:
            page = blank_page(**options)
            page.on("request", lambda request: asked.append(request.url))
            name = project.SESSION_COOKIE_NAME
            session = client_of(ada).cookies[name].value
            page.context.add_cookies([{"name": name, "value": session, "url": address}])
            if clock:
                page.clock.install()
            if not options.get("java_script_enabled", True):
                page.goto(address)
                return page
            with page.expect_response("**/api/stream/"):
                page.goto(address)
            return page

        yield opened
