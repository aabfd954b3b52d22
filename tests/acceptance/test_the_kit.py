"""A messenger by ``startmessenger``, and that of the guide: installed, proven, in the chooser.

In one clean environment, from wheels, as an author has them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.environments import Environment, Project, run
from tests.core.testing.pigeons import guide_files, write_guide
from tests.services import take_time

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.conftest import Wheels

SETTINGS = """
INSTALLED_APPS += ["dsn_core"]
ALLOWED_HOSTS = ["testserver"]
"""
CHOOSER = """
from django.contrib.auth.models import User
from django.test import Client

boss = User.objects.create_superuser("boss")
client = Client()
client.force_login(boss)
answer = client.get("/admin/dsn/backend/add/").content.decode()
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, wheels: Wheels) -> Environment:
    """Core from its wheel, with what its testing kit needs."""
    take_time("installs wheels by pip")
    made = Environment.make(tmp_path_factory.mktemp("environment"))
    made.install(f"{wheels['dsn-core']}[testing]")
    return made


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, environment: Environment) -> Project:
    home = tmp_path_factory.mktemp("site") / "project"
    made = Project.start(home, environment.python, settings=SETTINGS)
    made.manage("migrate", "--verbosity", "0")
    return made


@pytest.fixture(scope="module")
def acme(project: Project, environment: Environment) -> Path:
    """What ``startmessenger acme`` writes, installed."""
    said = project.manage("startmessenger", "acme")
    assert "pytest dsn-acme" in said
    environment.install(str(project.home / "dsn-acme"))
    return project.home / "dsn-acme"


@pytest.fixture(scope="module")
def pigeon(project: Project, environment: Environment) -> Path:
    """What the guide lets its reader write, installed."""
    home = write_guide(project.home)
    environment.install(str(home))
    return home


def proven(environment: Environment, home: Path) -> str:
    said = run(environment.python, "-m", "pytest", "-q", "-rs", home.name, cwd=home.parent)
    return said.splitlines()[-1]


def test_what_startmessenger_writes_keeps_the_contract(environment, acme):
    assert re.fullmatch(r"[34]\d passed, \d skipped in .*", proven(environment, acme))


def test_what_the_guide_writes_keeps_the_contract(environment, pigeon):
    assert re.fullmatch(r"4\d passed, 4 skipped in .*", proven(environment, pigeon))


def test_both_are_tested_in_one_run(environment, acme, pigeon):
    found = run(
        environment.python,
        "-m",
        "pytest",
        "-q",
        "--collect-only",
        acme.name,
        pigeon.name,
        cwd=acme.parent,
    )
    assert "TestAcme::" in found
    assert "TestPigeon::" in found


def test_a_fault_is_explained_by_what_the_wheel_has(environment, project):
    ask = "from dsn_core.testing.contracts.faults import explained; print(explained('retry-after'))"
    said = run(environment.python, "-c", ask, cwd=project.home)
    assert "Where the service says how long to wait" in said


def test_both_stand_in_the_chooser(project, acme, pigeon):
    page = project.ask(CHOOSER)
    assert "Acme" in page
    assert "Letters" in page or "Pigeon" in page
    listed = project.manage("dsn_plugins")
    assert "dsn-acme 0.1.0" in listed
    assert "dsn-pigeon 0.1.0" in listed
    assert "messenger acme" in listed or "acme" in listed
    project.manage("check", "--fail-level", "WARNING")


def test_what_is_written_is_short(acme):
    files = [*acme.rglob("*.py")]
    lines = sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)
    assert 60 < lines < 120


def test_the_guides_messenger_is_short():
    files = guide_files()
    package = "dsn-pigeon/src/dsn_pigeon"
    of_the_author = [files[f"{package}/{name}.py"] for name in ("messenger", "plugin")]
    assert sum(len(text.splitlines()) for text in of_the_author) <= 80
