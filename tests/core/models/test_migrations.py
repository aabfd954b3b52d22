"""Migrations: complete on every Django, for any user model, and without a plugin's name."""

from __future__ import annotations

from pathlib import Path

import pytest

import dsn_core
from dsn_core.plugins.catalog import catalog
from tests.core.plugins.installing import Distribution, Project, working

USERS = """
import uuid
from django.db import models
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager

class Person(AbstractBaseUser):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    badge = models.CharField(max_length=20, unique=True)
    USERNAME_FIELD = "badge"
    objects = BaseUserManager()

    def has_perm(self, perm, obj=None):
        return True

    has_module_perms = is_staff = has_perm
"""
SETTINGS = """
INSTALLED_APPS.insert(0, "people")
AUTH_USER_MODEL = "people.Person"
"""


@pytest.fixture(scope="module")
def swapped(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose users have a UUID for a key, no username and no e-mail."""
    home = tmp_path_factory.mktemp("swapped")
    project = Project.make(home, settings=SETTINGS)
    (home / "people" / "migrations").mkdir(parents=True)
    for name in ("__init__.py", "migrations/__init__.py"):
        (home / "people" / name).write_text("")
    (home / "people" / "models.py").write_text(USERS)
    made = project.manage("makemigrations", "people")
    assert made.returncode == 0, made.stderr
    return project


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_migration_is_missing(tmp_path: Path, language: str):
    project = Project.make(tmp_path, settings=f"\nLANGUAGE_CODE = {language!r}\n")
    made = project.manage("makemigrations", "--check", "--dry-run", "dsn")
    assert made.returncode == 0, made.stdout + made.stderr


def test_no_migration_is_missing_with_another_user_model(swapped: Project):
    made = swapped.manage("makemigrations", "--check", "--dry-run", "dsn")
    assert made.returncode == 0, made.stdout + made.stderr


def test_a_plugin_that_comes_or_goes_asks_for_no_migration(tmp_path: Path):
    project = Project.make(tmp_path)
    project.install(Distribution(name="dsn-new", plugin=working("brand_new")))
    made = project.manage("makemigrations", "--check", "--dry-run", "dsn")
    assert made.returncode == 0, made.stdout + made.stderr


def test_another_user_model_can_be_subscribed(swapped: Project):
    migrated = swapped.manage("migrate", "--verbosity=0")
    assert migrated.returncode == 0, migrated.stderr
    shown = swapped.script(
        """
        from django.contrib.auth import get_user_model
        from dsn_core.models import Backend, Subscription, Trigger

        Person = get_user_model()
        ada = Person.objects.create(badge="A-1")
        watched = Trigger.objects.watch("post_save", ada)
        log = Backend.objects.create(name="Log", messenger="log")
        told = Subscription.objects.subscribe(watched, log, users=[ada], sources=["dsn.staff"])
        print(watched.action_object_pk == str(ada.pk), list(told.recipient_users.all()) == [ada])
        """
    )
    assert shown.split() == ["True", "True"]


def test_no_plugins_key_stands_in_a_migration():
    folder = Path(dsn_core.__file__).parent / "migrations"
    text = "".join(path.read_text() for path in folder.glob("0*.py"))
    assert text
    keys = list(catalog().offers["messenger"])
    assert [key for key in keys if f'"{key}"' in text] == []
