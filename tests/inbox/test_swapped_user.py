"""A site whose users are of another model, with keys that are no numbers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services import take_time

ROOT = Path(__file__).parents[2]
MEMBER = """
import uuid
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models

{before}
class Member({base}):
    {key}
    handle = models.CharField(max_length=40, unique=True)
    USERNAME_FIELD = "handle"
"""
STORY = """
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "dsn_core", "members",
                    "dsn_inbox"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": FILE}},
    AUTH_USER_MODEL="members.Member", USE_TZ=True, SECRET_KEY="x", ROOT_URLCONF="",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
django.setup()
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
from dsn_core.models import Backend, Delivery, Event, Subscription, Trigger
from dsn_inbox.models import InboxMessage
from members.models import Member
ada, eve = [Member.objects.create(handle=f"m{n}", **given) for n, given in enumerate(KEYS)]
trigger = Trigger.objects.create(name="t", verb="post_save")
backend = Backend.objects.create(name="b", messenger="inbox")
Subscription.objects.subscribe(trigger, backend, users=[ada], addresses=[str(eve.pk).upper(), *BAD])
Event.objects.create(verb="post_save", trigger_ids=[trigger.pk])
call_command("dsn_worker", "--once")
told = {row.address: (row.state, row.code) for row in Delivery.objects.all()}
assert told.pop(str(ada.pk)) == ("delivered", ""), told
assert told.pop(TOLD or str(eve.pk)) == TOLD_AS, told
assert set(told.values()) <= {("suppressed", "invalid_address")}, told
assert InboxMessage.objects.for_user(ada).counts().unread == 1
assert InboxMessage.objects.for_user(eve).count() == (TOLD_AS[0] == "delivered")
assert len(InboxMessage.objects.all().entries(ada, limit=9)) == 1
ada.delete()
assert not InboxMessage.objects.filter(user_id=ada.pk).exists()
"""
UUIDS = 'BAD = ["7", "ops@example.org"]; KEYS = [{}, {}]; TOLD = ""; TOLD_AS = ("delivered", "")'
TEXTS = """
BAD = ["x" * 41]
KEYS = [{"id": "Ä b"}, {"id": "e/v"}]
TOLD, TOLD_AS = "E/V", ("failed", "no_such_user")
"""
KEY = "id = models.{}(primary_key=True, {})"
PERSON = f"class Person(AbstractBaseUser):\n    {KEY.format('UUIDField', 'default=uuid.uuid4')}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "base", "key", "facts"),
    [
        ("", "AbstractBaseUser", KEY.format("UUIDField", "default=uuid.uuid4"), UUIDS),
        ("", "AbstractBaseUser", KEY.format("CharField", "max_length=40"), TEXTS),
        (PERSON, "Person", "", UUIDS),
    ],
    ids=["uuid", "text", "inherited"],
)
def test_users_of_another_model_have_inboxes(tmp_path, before, base, key, facts):
    if facts is TEXTS or before:
        take_time("makes a site for each kind of user")
    package = tmp_path / "members"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "models.py").write_text(MEMBER.format(before=before, base=base, key=key))
    script = f"FILE = {str(tmp_path / 'db.sqlite3')!r}\n{facts}\n{STORY}"
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        env={**os.environ, "PYTHONPATH": path},
        cwd=ROOT,
        capture_output=True,
    )
    assert ended.returncode == 0, ended.stderr.decode()
