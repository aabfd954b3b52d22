"""Really installed distributions, made on the fly, and a real project that meets them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from textwrap import dedent
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = """
from pathlib import Path

HERE = Path(__file__).parent
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "dsn_core",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": HERE / "db.sqlite3"}}
ROOT_URLCONF = "project_urls"
SECRET_KEY = "of a test"
ALLOWED_HOSTS = ["*"]
STATIC_URL = "static/"
USE_TZ = True
"""
URLS = """
from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
"""


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """What stands in ``site-packages`` after an installation: a package and its metadata."""

    name: str
    plugin: str = ""
    version: str = "1.0"
    metadata: str | None = None
    entry_points: str | None = None
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def module(self) -> str:
        return self.name.replace("-", "_")

    def install(self, site: Path) -> None:
        package = site / self.module
        package.mkdir()
        files = {"__init__.py": "", "plugin.py": self.plugin, **self.extra}
        for name, text in files.items():
            (package / name).write_text(dedent(text), encoding="utf-8")
        info = site / f"{self.module}-1.0.dist-info"
        info.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: {self.name}\nVersion: {self.version}\n"
        if self.metadata != "":
            (info / "METADATA").write_text(self.metadata or metadata, encoding="utf-8")
        entry = self.entry_points or f"[dsn]\n{self.module} = {self.module}.plugin\n"
        (info / "entry_points.txt").write_bytes(entry.encode("latin-1"))


@dataclass(frozen=True, kw_only=True)
class Project:
    """A Django project in a folder of its own, run as people run it."""

    home: Path
    site: Path
    python: str = sys.executable

    @classmethod
    def make(cls, home: Path, **others: Any) -> Project:
        site = home / "site"
        site.mkdir()
        (home / "project_settings.py").write_text(SETTINGS + others.pop("settings", ""))
        (home / "project_urls.py").write_text(URLS)
        return cls(home=home, site=site, **others)

    def install(self, *distributions: Distribution) -> None:
        for distribution in distributions:
            distribution.install(self.site)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        paths = [str(self.home), str(self.site), os.environ.get("PYTHONPATH", "")]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
            "DJANGO_SETTINGS_MODULE": "project_settings",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        return subprocess.run(
            [self.python, *arguments],
            cwd=self.home,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("-m", "django", *arguments)

    def script(self, source: str) -> str:
        """What a script prints that runs after ``django.setup()``."""
        ran = self.run("-c", "import django\ndjango.setup()\n" + dedent(source))
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def report(self) -> Any:
        """What ``dsn_plugins --json`` says."""
        ran = self.manage("dsn_plugins", "--json")
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)


HEAD = """
from collections.abc import Iterable, Iterator
from typing import Literal
from dsn_core import *
from dsn_core import Text

class Working(Messenger):
    label = "Working"
    channel = "push"

    def send(self, envelope):
        return Accepted(provider_id="1")
"""


def messengers(*classes: str, before: str = "") -> str:
    """The source of a plugin that brings these classes, each written as it would be."""
    names = ", ".join(text.split("class ")[1].split("(")[0].rstrip(":") for text in classes)
    bodies = "\n".join(dedent(text) for text in classes)
    hook = f"@hookimpl\ndef dsn_messengers():\n    return [{names}]\n"
    return f"{HEAD}{dedent(before)}\n{bodies}\n\n{hook}"


def working(key: str) -> str:
    """The source of a plugin that brings one good messenger."""
    return messengers(f"class Good(Working):\n    key = {key!r}\n")
