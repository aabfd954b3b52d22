"""Six broken distributions at once: the site, the admin and every command go on."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.core.plugins.broken import FINE, SIX
from tests.core.plugins.installing import Project

if TYPE_CHECKING:
    import subprocess

pytestmark = pytest.mark.fault

NAMES = [distribution.name for distribution in SIX]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project.make(tmp_path_factory.mktemp("project"))
    project.install(*SIX, FINE)
    assert len(SIX) == 6
    return project


@pytest.fixture(scope="module")
def migrated(project: Project) -> subprocess.CompletedProcess[str]:
    return project.manage("migrate", "--verbosity=0")


def test_migrate_runs(migrated: subprocess.CompletedProcess[str]):
    assert migrated.returncode == 0, migrated.stderr


def test_check_passes_and_names_each(project: Project):
    checked = project.manage("check")
    assert checked.returncode == 0
    for name in NAMES:
        assert re.search(rf"\(dsn\.W001\) {name} 1\.0: .+\n\tHINT: .+", checked.stderr), name
    assert "ERRORS" not in checked.stderr


def test_dsn_plugins_names_each_for_people_and_for_programs(project: Project):
    shown, report = project.manage("dsn_plugins"), project.report()
    assert shown.returncode == 0
    faulty = {plugin["distribution"] for plugin in report["plugins"] if plugin["faults"]}
    assert faulty == set(NAMES)
    for name in NAMES:
        assert re.search(rf"^{name} 1\.0 .*\n(  messenger .*\n)?  wrong: .+\n", shown.stdout, re.M)


def test_every_other_messenger_works(project: Project):
    sent = project.script(
        """
        from dsn_core import Envelope, Fields, Message
        from dsn_core.plugins.catalog import catalog

        for key in ("console", "fine", "midway"):
            with catalog().messenger(key)(account=Fields(), options=Fields()) as messenger:
                envelope = Envelope(key="1", address="ada", message=Message(text="Hello"))
                print(key, *[type(outcome).__name__ for outcome in messenger.send_many([envelope])])
        """
    )
    for key in ("console", "fine", "midway"):
        assert f"{key} Accepted" in sent


def test_the_admin_opens_every_page(project: Project, migrated: subprocess.CompletedProcess[str]):
    pages = project.script(
        """
        import json
        from django.contrib.auth import get_user_model
        from django.test import Client

        root, _ = get_user_model().objects.get_or_create(
            username="root", defaults={"is_staff": True, "is_superuser": True}
        )
        client = Client()
        client.force_login(root)
        names = ["", "dsn/", "dsn/backend/", "dsn/backend/add/", "dsn/trigger/add/",
                 "dsn/subscription/add/", "dsn/delivery/"]
        print(json.dumps({name: client.get(f"/admin/{name}").status_code for name in names}))
        """
    )
    assert set(json.loads(pages.splitlines()[-1]).values()) == {200}
