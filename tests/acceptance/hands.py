"""Three ways to use a page: with a mouse, with a keyboard alone, and with JavaScript off."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

MOST_KEYS = 250


class Hand(ABC):
    """Somebody at a page. What she touches is named by a CSS selector."""

    javascript = True

    def __init__(self, page: Page) -> None:
        self.page = page

    def write(self, css: str, text: str) -> None:
        """Write into an empty or filled field."""
        self._reach(css)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    @abstractmethod
    def choose(self, css: str, value: str) -> None:
        """Choose in a select."""

    @abstractmethod
    def tick(self, css: str) -> None:
        """Tick a box."""

    @abstractmethod
    def follow(self, css: str) -> None:
        """Follow a link or press a button, and see the page to which it leads."""

    @abstractmethod
    def _reach(self, css: str) -> None: ...


class Mouse(Hand):
    """Clicks where a thing is on the screen."""

    def choose(self, css: str, value: str) -> None:
        # The list of a select is drawn by the system, not in the page: only it is not clicked.
        self._reach(css)
        self.page.select_option(css, value)

    def tick(self, css: str) -> None:
        self._reach(css)

    def follow(self, css: str) -> None:
        with self.page.expect_navigation(wait_until="load"):
            self._reach(css)

    def _reach(self, css: str) -> None:
        # Playwright moves the mouse there, and sees that nothing lies above it.
        self.page.locator(css).first.click()


class Keyboard(Hand):
    """Goes from field to field, and never touches anything else."""

    def choose(self, css: str, value: str) -> None:
        self._reach(css)
        self.page.keyboard.press("Home")
        for _ in range(MOST_KEYS):
            if self.page.locator(css).first.input_value() == value:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{css} does not offer {value!r}")

    def tick(self, css: str) -> None:
        self._reach(css)
        self.page.keyboard.press("Space")

    def follow(self, css: str) -> None:
        self._reach(css)
        with self.page.expect_navigation(wait_until="load"):
            self.page.keyboard.press("Enter")

    def _reach(self, css: str) -> None:
        for _ in range(MOST_KEYS):
            if self.page.evaluate("(css) => document.activeElement.matches(css)", css):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never reaches {css}")


class WithoutScripts(Mouse):
    """Has switched JavaScript off."""

    javascript = False


HANDS = (Mouse, Keyboard, WithoutScripts)
