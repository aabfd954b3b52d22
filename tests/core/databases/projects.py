"""Projects with more than one database, and the shop that lives in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.core.plugins.installing import Project

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = """
import sys
from importlib.util import find_spec
sys.path.insert(0, {root!r})
INSTALLED_APPS += ["tests.host", *(["dsn_inbox"] if find_spec("dsn_inbox") else [])]
DATABASES = {{
    name: {{
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": HERE / f"{{name}}.sqlite3",
        "OPTIONS": {{"timeout": 20, "init_command": "PRAGMA synchronous=OFF;"}},
    }}
    for name in {names!r}
}}
DATABASE_ROUTERS = ["routing.Router"]
DSN = {{"ENGINE": "dsn_core.engines.worker.WorkerEngine"}}
"""
SCENE = """
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connections, transaction
from dsn_core.models import Address, Backend, Delivery, Event, StoredTemplate, Subscription, Trigger
from tests.host.models import Country, Order, Ticket
"""


def project(home: Path, router: str, *names: str) -> Project:
    """A project with these databases, whose reads and writes ``router`` directs."""
    made = Project.make(home, settings=SETTINGS.format(root=str(ROOT), names=names))
    (made.site / "routing.py").write_text(router)
    return made


def found(made: Project, source: str) -> Mapping[str, str]:
    """What a script printed, as ``name value`` by lines."""
    lines = made.script(SCENE + source).splitlines()
    return dict(line.split(" ", 1) for line in lines if " " in line)
