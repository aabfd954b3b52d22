"""Six broken distributions at once: the site serves, and what the others bring is delivered."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from dsn_email.testing import SMTPServer
from tests.acceptance.sites import Site
from tests.core.plugins.broken import FINE, SIX
from tests.core.plugins.installing import Project

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.fault, pytest.mark.slow]

SETTINGS = """
DSN = {{"MESSENGERS": {{"email": {{"default": {{
    "options": {options}, "from_email": "shop@example.org",
}}}}}}}}
"""
HAPPEN = """
import json
from django.contrib.auth.models import Group
from dsn_core.models import Backend, Delivery, Subscription, Trigger

made = Trigger.objects.watch("post_save", Group)
backends = [
    Backend.objects.create(name=key, messenger=key)
    for key in ("console", "log", "email", "fine", "midway")
]
Subscription.objects.subscribe(made, *backends, addresses=["ops@example.org"])
Group.objects.create(name="Everybody")
print(json.dumps(dict(Delivery.objects.values_list("messenger", "state"))))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[SMTPServer]:
    with SMTPServer() as server:
        yield server


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, server: SMTPServer) -> Project:
    project = Project.make(
        tmp_path_factory.mktemp("project"), settings=SETTINGS.format(options=server.options)
    )
    project.install(*SIX, FINE)
    migrated = project.manage("migrate", "--verbosity=0")
    assert migrated.returncode == 0, migrated.stderr
    return project


def test_whatever_the_others_bring_delivers(project, server):
    states = json.loads(project.script(HAPPEN).splitlines()[-1])
    assert states == {
        "console": "delivered",
        "log": "delivered",
        "email": "sent",
        "fine": "sent",
        "midway": "sent",
    }
    assert [mail.recipients for mail in server.mail] == [("ops@example.org",)]


def test_the_site_starts_and_serves(project, tmp_path):
    path = os.pathsep.join((str(project.home), str(project.site)))
    with Site(settings="project_settings", path=path, log=tmp_path / "log.txt") as site:
        assert "Log in" in site.get("/admin/login/")
