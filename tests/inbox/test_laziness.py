"""Finding the messenger costs nothing, and asks nothing of a site that does not use it."""

from __future__ import annotations

import sys
from subprocess import run

import pytest

LOADED = """
import sys
import {module}
print(*[name for name in ("django", "nh3", "asyncio") if name in sys.modules])
"""


@pytest.mark.parametrize(
    "module", ["dsn_inbox.plugin", "dsn_inbox.messenger", "dsn_inbox.grouping"]
)
def test_importing_it_loads_neither_django_nor_the_sanitiser(module):
    code = LOADED.format(module=module)
    done = run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)

    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr


def test_starting_the_app_does_not_load_the_sanitiser():
    code = """
import sys
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes",
                                   "dsn_core", "dsn_inbox"])
django.setup()
print("nh3" in sys.modules)
"""
    done = run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)

    assert done.stdout.strip() == "False", done.stderr


def test_the_plugin_brings_the_messenger():
    from dsn_inbox.messenger import Inbox
    from dsn_inbox.plugin import dsn_messengers

    assert list(dsn_messengers()) == [Inbox]
