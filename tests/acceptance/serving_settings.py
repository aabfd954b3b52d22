"""The suite's project as a server of its own process sees it: with pages, and a kept connection."""

from __future__ import annotations

from tests import settings
from tests.settings import *  # noqa: F403

ROOT_URLCONF = "tests.acceptance.serving"
# A new connection would look for edits by itself; a kept one is the harder case.
DATABASES = {"default": {**settings.DATABASES["default"], "CONN_MAX_AGE": None}}
