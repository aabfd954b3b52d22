"""The inbox does what DSN expects of a messenger. Its service is the site's own database."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection, connections
from django.test import override_settings

from dsn_core import Refusal
from dsn_core.testing import Arrived, MessengerContract
from dsn_inbox.messenger import Inbox
from dsn_inbox.models import InboxMessage

ADA, BOB, EVE = "1001", "1002", "1003"


class Site:
    """What the inbox finds in its database, for as long as the ``with`` block lasts."""

    def __enter__(self):
        for key in (ADA, BOB, EVE):
            get_user_model().objects.create(pk=key, username=key)
        self._changes = []
        return self

    def __exit__(self, *error):
        for undo in reversed(self._changes):
            undo()

    def lose_user(self, key):
        get_user_model().objects.filter(pk=key).delete()

    def lose_table(self, key):
        table = InboxMessage._meta.db_table
        _rename(table, "mislaid")
        self._changes.append(lambda: _rename("mislaid", table))

    def lose_app(self, key):
        others = [app.name for app in apps.get_app_configs() if app.name != "dsn_inbox"]
        change = override_settings(INSTALLED_APPS=others)
        change.enable()
        self._changes.append(change.disable)

    def stop(self):
        """Each thread has a connection of its own; from now on none comes about."""
        settings = connections.settings["default"]
        name = settings["NAME"]
        settings["NAME"] = "/nowhere/at.all"
        self._changes.append(lambda: settings.update(NAME=name))


def _rename(old, new):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {old} RENAME TO {new}")


class TestInbox(MessengerContract):
    messenger = Inbox
    addresses = (ADA, BOB, EVE)
    spellings = {f" {ADA} ": ADA, "01002": BOB}
    not_addresses = ("", "ada", "1_001", "1.5")
    refusals = {
        "a person who has gone": (Site.lose_user, Refusal.ADDRESS),
        "a table that was not made": (Site.lose_table, Refusal.ACCOUNT),
        "an app that is not installed": (Site.lose_app, Refusal.ACCOUNT),
    }
    throttled = unreadable = hangs = drops = None

    @pytest.fixture
    def server(self, transactional_db):
        with Site() as site:
            yield site

    def arrived(self, server):
        return [
            Arrived(address=str(row.user_id), text=row.text, key=str(row.key), id=str(row.key))
            for row in InboxMessage.objects.order_by("id")
        ]

    def say(self, server, reply, *, about=None):
        reply(server, about.address if about else ADA)

    def leave_thread(self):
        connections.close_all()
