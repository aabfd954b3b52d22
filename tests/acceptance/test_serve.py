"""``make serve``: everything starts, what is sent is printed, Ctrl-C ends all of it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest

from tests.acceptance.environments import clean_environment
from tests.repo.tree import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

PATIENCE = 30.0


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log.txt"


@pytest.fixture
def served(tmp_path: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "example/serve.py", "--port", "0"],
            cwd=ROOT,
            env=clean_environment(
                SHOP_DATABASE=str(tmp_path / "shop.sqlite3"), PYTHONIOENCODING="utf-8"
            ),
            stdout=output,
            stderr=subprocess.STDOUT,
            # A shell's background job ignores Ctrl-C, and so would all that it starts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)


def _until(found: Callable[[], str | None]) -> str:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        if (text := found()) is not None:
            return text
        time.sleep(0.1)
    raise AssertionError("That took too long.")


def _printed(log: Path, pattern: str) -> Callable[[], str | None]:
    def find() -> str | None:
        found = re.search(pattern, log.read_text(encoding="utf-8"))
        return found[0] if found else None

    return find


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


def test_serve_shows_the_shop_prints_what_it_sends_and_ends_with_ctrl_c(served, log):
    home = _until(_printed(log, r"http://127\.0\.0\.1:\d+/"))
    assert "login admin, password admin" in log.read_text(encoding="utf-8")
    browser = Browser(home)
    assert "ليلى 🦉" in _until(browser.open)
    browser.press("be/ada/")
    browser.press("orders/")
    browser.press("orders/1004/pay/", card="4242")
    _until(_printed(log, r"email for ada@example\.org\n│ Thanks, Ada: order 1004 is paid"))

    served.send_signal(signal.SIGINT)
    assert served.wait(PATIENCE) == 0
    assert browser.open() is None
    assert "Traceback" not in log.read_text(encoding="utf-8")
