"""A project whose users have no name and no e-mail address, and keys that are no numbers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MEMBER = """
import uuid
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models

class Member(AbstractBaseUser):
    id = {key}
    handle = models.CharField(max_length=40, unique=True)
    USERNAME_FIELD = "handle"

class Club(models.Model):
    members = models.ManyToManyField(Member)
"""
STORY = """
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "dsn_core", "members"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    AUTH_USER_MODEL="members.Member", USE_TZ=True, SECRET_KEY="x",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DSN={"ADDRESSES": {"log": "handle"}},
)
django.setup()
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
from dsn_core.fanout import fan_out_next, keys
from dsn_core.models import Backend, Delivery, Event, Subscription, Trigger
from dsn_core.models.payload import encode
from django.contrib.auth.models import Group
from members.models import Club, Member
keys.PAGE = 3
members = [Member.objects.create(handle=f"m{n}", **({"id": name} if TEXT else {}))
           for n, name in enumerate(["b", "A", "Ä", "a", "_", "ß", "Z"])]
club = Club.objects.create()
club.members.set(members[2:])
trigger = Trigger.objects.create(name="t", verb="post_save", action_object_model="members.club")
backend = Backend.objects.create(name="b", messenger="log")
made = Subscription.objects.create(
    name="s", trigger=trigger, recipient_paths=["members"], exclude_actor=True,
    recipient_sources=["dsn.staff", "dsn.actor"])
made.backends.add(backend)
made.recipient_users.set(members[:4])
made.recipient_groups.add(Group.objects.create(name="g"))
event = Event.objects.create(verb="post_save", trigger_ids=[trigger.pk], payload={
    "action_object": encode(club), "actor": encode(members[0])})
assert fan_out_next()
event.refresh_from_db()
assert (event.state, event.reason) == ("done", ""), event.reason
rows = {row.recipient_key: row for row in Delivery.objects.all()}
assert set(rows) == {f"user:{m.pk}" for m in members}, rows
for member in members:
    row = rows[f"user:{member.pk}"]
    assert (row.user_pk, row.address) == (str(member.pk), member.handle)
    assert row.code == ("actor_excluded" if member == members[0] else "")
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "key",
    [
        "models.UUIDField(primary_key=True, default=uuid.uuid4)",
        "models.CharField(max_length=40, primary_key=True)",
    ],
    ids=["uuid", "text"],
)
def test_users_of_another_model_are_told_by_their_own_keys(tmp_path, key):
    package = tmp_path / "members"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "models.py").write_text(MEMBER.format(key=key))
    script = f"TEXT = {'Char' in key}\n{STORY}"
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        env={**os.environ, "PYTHONPATH": path},
        cwd=ROOT,
        capture_output=True,
    )
    assert ended.returncode == 0, ended.stderr.decode()
