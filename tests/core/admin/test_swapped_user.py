"""The pages of a set-up where users have no username, no e-mail address, and other keys."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MODELS = """
import uuid
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import PermissionsMixin
from django.db import models

class Member(AbstractBaseUser, PermissionsMixin):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    handle = models.CharField(max_length=40, unique=True)
    is_staff = is_active = True
    USERNAME_FIELD = "handle"
"""
ADMIN = """
from django.contrib import admin
from members.models import Member

class MemberAdmin(admin.ModelAdmin):
    search_fields = ("handle",)

admin.site.register(Member, MemberAdmin)
"""
URLS = """
from django.contrib import admin
from django.urls import path

urlpatterns = [path("admin/", admin.site.urls)]
"""
STORY = """
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
                    "django.contrib.messages", "django.contrib.sessions", "dsn_core", "members"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware",
                "django.contrib.messages.middleware.MessageMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True,
                "OPTIONS": {"context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages"]}}],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    AUTH_USER_MODEL="members.Member", USE_TZ=True, SECRET_KEY="x", ROOT_URLCONF="members.urls",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", STATIC_URL="static/", ALLOWED_HOSTS=["*"],
    DSN={"ADDRESSES": {"log": "handle"}},
)
django.setup()
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
from django.contrib.admin.models import LogEntry
from django.test import Client
from dsn_core.models import Backend, StoredTemplate, Subscription, Trigger
from members.models import Member
ada = Member.objects.create(handle="ada", is_superuser=True)
client = Client()
client.force_login(ada)
home = "/admin/dsn/"
found = client.get(home + "trigger/objects/", {"model": "members.member", "term": "ad"}).json()
assert found["results"] == [{"id": str(ada.pk), "text": "ada"}], found
StoredTemplate.objects.create(key="a.b", text="{{ user.handle }} by {{ actor.handle }}")
backend = Backend.objects.create(name="Log", messenger="log", message_template="a.b")
rows = {"conditions": 0, "subscriptions": 0}
forms = {f"{name}-{part}_FORMS": "0" for name in rows for part in ("TOTAL", "INITIAL")}
answer = client.post(home + "trigger/add/", forms | {
    "name": "T", "verb": "post_save", "match": "all", "enabled": "on",
    "actor_object_model": "members.member", "actor_object_pk": str(ada.pk)})
assert answer.status_code == 302, answer.content.decode()
trigger = Trigger.objects.get()
made = Subscription.objects.create(name="S", trigger=trigger)
made.backends.add(backend)
made.recipient_users.add(ada)
page = client.get(f"{home}trigger/{trigger.pk}/change/").content.decode()
assert "ada. Empty: any." in page
assert f"done by member {ada.pk}. It tells: S, by Log." in page
page = client.get(f"{home}subscription/{made.pk}/change/").content.decode()
assert 'name="recipient_users"' in page
trial = f"{home}backend/{backend.pk}/trial/"
page = client.get(trial).content.decode()
assert "ada by ada" in page and 'value="ada"' in page
answer = client.post(trial, {"address": "ada", "event": f"sample-{trigger.pk}"}, follow=True)
assert "A test was sent to ada. The service took it." in answer.content.decode()
assert "A test was sent" in LogEntry.objects.first().get_change_message()
"""


@pytest.mark.slow
def test_all_is_set_up_and_tried_where_users_are_of_another_model(tmp_path):
    package = tmp_path / "members"
    package.mkdir()
    files = {"__init__": "", "models": MODELS, "admin": ADMIN, "urls": URLS}
    for name, text in files.items():
        (package / f"{name}.py").write_text(text)
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", STORY],
        env={**os.environ, "PYTHONPATH": path},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
