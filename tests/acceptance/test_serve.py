"""``make serve``: everything starts, what is sent is printed, Ctrl-C ends all of it."""

from __future__ import annotations

import signal
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from tests.acceptance.shops import PATIENCE, Shop, open_shop, until
from tests.services import take_time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    take_time("opens the whole shop")
    with open_shop(tmp_path) as opened:
        yield opened


class Browser:
    """Presses buttons."""

    def __init__(self, home: str) -> None:
        self.home = home
        self.jar = CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(self.jar))

    def open(self) -> str | None:
        try:
            return str(self._opener.open(self.home, timeout=PATIENCE).read().decode())
        except URLError:
            return None

    def press(self, path: str, **form: str) -> None:
        token = next(str(cookie.value) for cookie in self.jar if cookie.name == "csrftoken")
        data = urlencode({"csrfmiddlewaretoken": token, **form}).encode()
        self._opener.open(self.home + path, data, timeout=PATIENCE).read()


def test_serve_shows_the_shop_prints_what_it_sends_and_ends_with_ctrl_c(shop):
    home = shop.home()
    assert "login admin, password admin" in shop.printed()
    browser = Browser(home)
    assert "ليلى 🦉" in until(browser.open)
    browser.press("be/ada/")
    browser.press("orders/")
    browser.press("orders/1004/pay/", card="4242")
    shop.wait_for(r"email for ada@example\.org\n│ Thanks, Ada: order 1004 is paid")

    shop.process.send_signal(signal.SIGINT)
    assert shop.process.wait(PATIENCE) == 0
    assert browser.open() is None
    assert "Traceback" not in shop.printed()
