"""For the type checker: the suite's project with the example's app, so that it knows both."""

from __future__ import annotations

from tests import settings
from tests.settings import *  # noqa: F403

INSTALLED_APPS = [*settings.INSTALLED_APPS, "shop"]
