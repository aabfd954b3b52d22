"""A set-up is carried from one project to another by ``dumpdata`` and ``loaddata``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.core.plugins.installing import Project
from tests.services import take_time

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = """
from django.contrib.auth.models import Group, User

for name in {names}:
    User.objects.create_user(name)
    Group.objects.create(name=f"friends of {{name}}")
"""
SET_UP = """
from django.contrib.auth.models import Group, User
from dsn_core.models import Backend, StoredTemplate, Subscription, Trigger

StoredTemplate.objects.create(key="shop.mine", language="de", text="Hallo")
joined = Trigger.objects.watch("post_save", User, name="Joined", conditions=[
    ("is_active", "is", True), ("email", "changed")])
console = Backend.objects.create(name="Console", messenger="console", message_template="shop.mine")
log = Backend.objects.create(name="Log", messenger="log", options={"level": "error"})
Subscription.objects.subscribe(joined, console, log, users=[User.objects.get(username="ada")],
    groups=[Group.objects.get(name="friends of ada")], sources=["dsn.staff"], name="Ada")
"""
SHOW = """
import json
from dsn_core.models import Backend, Condition, StoredTemplate, Subscription, Trigger

def rows(model):
    kept = [field.attname for field in model._meta.concrete_fields
            if not field.primary_key and not field.is_relation]
    return list(model.objects.values(*kept))

ada = Subscription.objects.get(name="Ada")
print(json.dumps({
    "rows": [rows(model) for model in (Trigger, Condition, Backend, StoredTemplate, Subscription)],
    "of": [str(condition.trigger) for condition in Condition.objects.all()],
    "ada": [str(ada.trigger), *map(str, ada.backends.all()), *map(str, ada.recipient_users.all()),
            *map(str, ada.recipient_groups.all())],
}))
"""


def _project(home: Path, *names: str) -> Project:
    home.mkdir()
    project = Project.make(home)
    migrated = project.manage("migrate", "--verbosity=0")
    assert migrated.returncode == 0, migrated.stderr
    project.script(PEOPLE.format(names=names))
    return project


@pytest.mark.slow
def test_a_set_up_is_carried_into_another_database_twice_without_doubling(tmp_path: Path):
    take_time("carries a set-up through ten processes")
    staging = _project(tmp_path / "staging", "ada")
    production = _project(tmp_path / "production", "zoe", "ada")
    staging.script(SET_UP)
    fixture = str(tmp_path / "set-up.json")
    dumped = staging.manage(
        "dumpdata", "dsn", "--natural-primary", "--natural-foreign", "--output", fixture
    )
    assert dumped.returncode == 0, dumped.stderr

    for _ in range(2):
        loaded = production.manage("loaddata", fixture)
        assert loaded.returncode == 0, loaded.stderr
        assert json.loads(production.script(SHOW)) == json.loads(staging.script(SHOW))
