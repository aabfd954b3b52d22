"""A page that is used by keyboard alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page


def press_until(page: Page, key: str, selector: str, most: int = 80) -> None:
    """Press `key` until the element of `selector` has the focus."""
    for _ in range(most):
        if page.evaluate("(css) => document.activeElement.matches(css)", selector):
            return
        page.keyboard.press(key)
    pytest.fail(f"{key} never reaches {selector}")
