"""Server-sent events: each hears of her own, and one query a second serves all who listen."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import suppress

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import AsyncClient
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dsn_inbox import streaming
from dsn_inbox.models import InboxMessage
from dsn_inbox.streaming import hang_up, look, watcher
from dsn_inbox.views import streams
from dsn_inbox.views.api import standing

pytestmark = pytest.mark.django_db(transaction=True)

STREAM = "/inbox/api/stream/"
PATIENCE = 30


@pytest.fixture(autouse=True)
async def hurried(monkeypatch):
    """A look is due at once; and no thread keeps the database busy after the test."""
    monkeypatch.setattr(streaming, "LOOK_SECONDS", 0.02)
    yield
    await sync_to_async(hang_up)()
    await watcher().ask(lambda user: hang_up(), None)


async def put(user, **fields):
    return await sync_to_async(InboxMessage.objects.create)(user=user, text="Hi", **fields)


async def stream_of(user):
    client = AsyncClient()
    await client.aforce_login(user)
    response = await client.get(STREAM)
    assert response.status_code == 200
    return response, aiter(response.streaming_content)


async def next_data(events):
    async for part in events:
        if part.startswith(b"data: "):
            return json.loads(part[6:])
    return None


async def test_it_says_how_it_stands_and_then_what_changes(ada):
    response, events = await stream_of(ada)
    assert response["Content-Type"] == "text/event-stream"
    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Accel-Buffering"] == "no"
    assert await anext(events) == b"retry: 2000\n\n"
    assert (await next_data(events))["unread"] == 0
    message = await put(ada)
    seen = await asyncio.wait_for(_until(events, unread=1), PATIENCE)
    assert seen == {"unread": 1, "unseen": 1, "latest": str(message.key)}
    await sync_to_async(InboxMessage.objects.for_user(ada).mark_read)()
    assert (await asyncio.wait_for(_until(events, unread=0), PATIENCE))["unseen"] == 0
    await events.aclose()


async def _until(events, *, unread):
    while (data := await next_data(events))["unread"] != unread:
        pass
    return data


async def test_what_is_anothers_wakes_nobody(ada, eve, monkeypatch):
    monkeypatch.setattr(streaming, "HEARTBEAT_SECONDS", 0.2)
    with watcher().listening(ada.pk) as hers, watcher().listening(eve.pk) as theirs:
        for listener in (hers, theirs):
            while await listener.has_changed():
                pass
        await put(eve)
        async with asyncio.timeout(PATIENCE):
            while not await theirs.has_changed():
                pass
        assert not await hers.has_changed()


async def test_who_hangs_up_during_a_look_takes_nobody_along(ada, eve, monkeypatch):
    looking, go_on = threading.Event(), threading.Event()

    def slow(users):
        looking.set()
        go_on.wait(PATIENCE)
        return {eve.pk: (1, 1, 1)}

    monkeypatch.setattr(streaming, "look", slow)
    with watcher().listening(eve.pk) as stays:
        with watcher().listening(ada.pk):
            await asyncio.to_thread(looking.wait, PATIENCE)
        assert await stays.has_changed()
        go_on.set()
        assert await asyncio.wait_for(stays.has_changed(), PATIENCE)


async def test_whoever_knows_how_it_stands_is_not_told_again_and_again(ada):
    await put(ada)
    now = timezone.now()
    for gone in ({"read_at": now, "seen_at": now}, {"expires_at": now}, {"deleted_at": now}):
        await put(ada, **gone)
    _, events = await stream_of(ada)
    told = []
    with suppress(TimeoutError):
        async with asyncio.timeout(0.5):
            while True:
                told.append((await next_data(events))["unread"])
    # Once more by the first look, which cannot know what she was told before it.
    assert told in ([1], [1, 1])


async def test_whoever_is_not_logged_in_is_refused(db):
    answer = await AsyncClient().get(STREAM)
    assert (answer.status_code, answer.json()) == (401, {"error": "Log in first."})
    assert answer["Cache-Control"] == "private, no-store"


def test_a_wsgi_server_says_that_there_is_no_stream(browser):
    answer = browser.get(STREAM)
    assert (answer.status_code, answer["Cache-Control"]) == (204, "private, no-store")


async def test_a_stream_is_only_asked_for(ada):
    client = AsyncClient()
    await client.aforce_login(ada)
    assert (await client.post(STREAM)).status_code == 405


async def test_a_stream_ends_so_that_it_is_asked_again_who_listens(ada, monkeypatch):
    monkeypatch.setattr(streams, "LONGEST_SECONDS", 0.0)
    _, events = await stream_of(ada)
    parts = [part async for part in events]
    assert len(parts) == 2


async def test_whoever_listens_keeps_no_connection_of_her_own(ada, monkeypatch):
    asked_in = set()

    def noted(user):
        asked_in.add(threading.current_thread().name)
        return standing(user)

    monkeypatch.setattr(streams, "standing", noted)
    _, events = await stream_of(ada)
    assert (await next_data(events))["unread"] == 0
    assert {name.rpartition("_")[0] for name in asked_in} == {"dsn-inbox-watcher"}
    left = await sync_to_async(lambda: connection.connection)()
    assert left is None


async def test_nobody_is_looked_for_once_nobody_listens(ada):
    with watcher().listening(ada.pk) as listener:
        assert await listener.has_changed()
    await asyncio.sleep(0.1)
    assert watcher()._task.done()


async def test_who_was_told_of_what_is_gone_again_hears_of_it(ada):
    with watcher().listening(ada.pk) as listener:
        assert await listener.has_changed()
        # Written and read between two looks: the mark was never another.
        listener.told = (1, 1)
        assert await asyncio.wait_for(listener.has_changed(), PATIENCE)


async def test_silence_is_broken_by_a_sign_of_life(ada, monkeypatch):
    monkeypatch.setattr(streaming, "HEARTBEAT_SECONDS", 0.05)
    _, events = await stream_of(ada)
    async with asyncio.timeout(PATIENCE):
        while await anext(events) != b":\n\n":
            pass


async def test_a_look_that_fails_is_tried_again(ada, monkeypatch, caplog):
    answers = iter([RuntimeError("away"), {ada.pk: (1, 1, 1)}])

    def failing(users):
        answer = next(answers, {ada.pk: (1, 1, 1)})
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(streaming, "look", failing)
    with watcher().listening(ada.pk) as listener:
        assert await listener.has_changed()
        assert await asyncio.wait_for(listener.has_changed(), PATIENCE)
    assert "could not be looked at" in caplog.text


def test_one_query_looks_for_many(ada, eve, monkeypatch):
    users = get_user_model().objects.bulk_create(
        get_user_model()(username=f"u{number}") for number in range(50)
    )
    for user in users:
        InboxMessage.objects.create(user=user, text="Hi")
    InboxMessage.objects.create(user=eve, text="Eve does not listen")
    listening = [ada.pk, *(user.pk for user in users)]
    with CaptureQueriesContext(connection) as one:
        marks = look(listening)
    assert set(marks) == {user.pk for user in users}
    monkeypatch.setattr(streaming, "MOST_IN_QUERY", 20)
    with CaptureQueriesContext(connection) as many:
        assert look(listening) == marks
    # A connection to MariaDB that is made anew is told its isolation level.
    asked = [[query for query in found if "SELECT" in query["sql"]] for found in (one, many)]
    assert list(map(len, asked)) == [1, 3]


def test_one_that_is_read_as_another_comes_in_is_a_change(ada):
    first = InboxMessage.objects.create(user=ada, text="Hi")
    before = look([ada.pk])
    InboxMessage.objects.filter(pk=first.pk).mark_read()
    InboxMessage.objects.create(user=ada, text="Hi again")
    assert look([ada.pk])[ada.pk][:2] == before[ada.pk][:2]
    assert look([ada.pk]) != before
