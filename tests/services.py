"""Services that a test may need and a machine may lack."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest

LACKING = "not on this machine: "
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """The path of a browser that Playwright can drive, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def lack(what: str) -> NoReturn:
    """Skip the running test for want of `what`; fail it under `DSN_REQUIRE_SERVICES=1`."""
    if os.environ.get("DSN_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{LACKING}{what}, and DSN_REQUIRE_SERVICES=1 asks for it", pytrace=False)
    pytest.skip(f"{LACKING}{what}")


def take_time(what: str) -> None:
    """Skip the running test where nobody asks for all: `what` takes too long for every run."""
    if os.environ.get("DSN_REQUIRE_SERVICES") != "1":
        pytest.skip(f"{what}; DSN_REQUIRE_SERVICES=1 asks for it")


def need_the_machine(what: str) -> None:
    """Skip the running test beside others: `what` is about moments, which they would disturb."""
    take_time(what)
    if "PYTEST_XDIST_WORKER" in os.environ:
        pytest.skip(f"{what}; it is run by itself")
