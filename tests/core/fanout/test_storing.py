"""Rows written and looked up as a page: by PostgreSQL's own way and by the portable one alike."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from django.db import DataError, connection
from django.utils import timezone

from dsn_core.contract.gate import Postpone, Suppress
from dsn_core.fanout.columns import Column, columns_of
from dsn_core.fanout.pages import Place
from dsn_core.fanout.planning import Planner
from dsn_core.fanout.storing import holders, insert, stored
from dsn_core.models import Delivery
from tests.core.fanout.plugins import Phone, Post, judging
from tests.core.fanout.scene import (
    deliveries,
    fan_out,
    happen,
    make_backend,
    make_trigger,
    make_users,
    subscribe,
)

if TYPE_CHECKING:
    from dsn_core.fanout.drafts import Draft

pytestmark = pytest.mark.django_db


def drafts_of(event) -> list[Draft]:
    """The first page of the event's recipients, settled."""
    planner = Planner.of(event)
    page = next(planner.pages.after(Place()))
    planner.settle(page.drafts)
    return page.drafts


def test_rows_that_differ_in_everything_are_stored_as_they_were_planned(install):
    tomorrow = timezone.now().replace(microsecond=7) + timedelta(days=1)
    crowd = make_users(4)

    def judge(candidate):
        if candidate.user == crowd[0]:
            return Suppress(reason="It said \"no\", {she}, 'has', NULL \\ and %s")
        return Postpone(until=tomorrow, reason="Nacht") if candidate.user == crowd[1] else None

    install(Post, Phone, judging(judge))
    short = make_trigger("short", expires_after=timedelta(hours=1))
    post, other = make_backend(), make_backend(name="other", account="second")
    first = subscribe(short, post, users=crowd[:3])
    second = subscribe(make_trigger("long"), other, users=crowd[1:])
    event = happen(short, second.trigger)
    rows = {(row.backend.name, row.user_pk): row for row in fan_out(event)}
    assert len(rows) == 6
    no, later = rows["post", str(crowd[0].pk)], rows["post", str(crowd[1].pk)]
    assert (no.state, no.code) == ("suppressed", "gate")
    assert no.reason == "shop.gate: It said \"no\", {she}, 'has', NULL \\ and %s"
    assert no.finished_at is not None
    assert no.created_at == no.finished_at
    assert (later.state, later.next_at, later.reason) == ("queued", tomorrow, "shop.gate: Nacht")
    assert later.finished_at is None
    assert later.expires_at == event.captured_at + timedelta(hours=1)
    third = rows["other", str(crowd[3].pk)]
    assert (third.subscription, third.messenger, third.account) == (second, "post", "second")
    assert (third.address, third.expires_at) == ("user3@example.org", None)
    assert {row.subscription for row in rows.values()} == {first, second}
    assert (third.lane, third.attempts, third.detail, third.lease) == (1, 0, {}, None)
    assert len({row.key for row in rows.values()}) == 6
    assert isinstance(third.key, UUID)


def test_a_row_that_is_there_stays_as_it_is():
    trigger = make_trigger()
    subscribe(trigger, make_backend(), users=make_users(3))
    event = happen(trigger)
    drafts = drafts_of(event)
    insert(columns_of(event, drafts[:1]))
    Delivery.objects.update(state="sent", provider_id="7")
    insert(columns_of(event, drafts))
    assert [row.provider_id for row in deliveries(event)] == ["7", "", ""]


def test_where_all_are_left_out_there_is_nothing_to_insert():
    trigger = make_trigger()
    subscribe(trigger, make_backend(), users=make_users(1))
    event = happen(trigger)
    drafts = drafts_of(event)
    drafts[0].left_out = True
    assert columns_of(event, drafts) == []


@pytest.mark.postgres
def test_what_is_too_long_is_refused_and_not_cut():
    trigger = make_trigger()
    subscribe(trigger, make_backend(), users=make_users(2))
    event = happen(trigger)
    columns = columns_of(event, drafts_of(event))
    field = Delivery._meta.get_field("code")
    longer = Column(field=field, values=["x" * 101, ""])
    with pytest.raises(DataError):
        insert([longer if column.field == field else column for column in columns])


def test_who_has_an_address_and_who_has_a_row_is_told_by_backend():
    trigger, crowd = make_trigger(), make_users(3)
    post, other = make_backend(), make_backend(name="other")
    subscribe(trigger, post, users=crowd[:2])
    subscribe(trigger, other, users=crowd[1:])
    event, earlier = happen(trigger), happen(trigger)
    fan_out(earlier)
    Delivery.objects.filter(event=event, user_pk=str(crowd[0].pk)).update(state="suppressed")
    addresses = [user.email for user in crowd]
    asked = {(backend.pk, address) for backend in (post, other) for address in addresses}
    assert holders(event, asked) == {
        (post.pk, crowd[1].email): f"user:{crowd[1].pk}",
        (other.pk, crowd[1].email): f"user:{crowd[1].pk}",
        (other.pk, crowd[2].email): f"user:{crowd[2].pk}",
    }
    keys = {(post.pk, f"user:{user.pk}") for user in crowd}
    assert stored(event, keys) == {(post.pk, f"user:{user.pk}") for user in crowd[:2]}
    assert (stored(event, set()), holders(event, set())) == (set(), {})


def test_one_who_was_suppressed_first_hides_nobody_with_her_address():
    trigger = make_trigger()
    post = make_backend()
    subscribe(trigger, post, users=make_users(5))
    event = happen(trigger)
    fan_out(event)
    Delivery.objects.update(address="family@example.org", state="suppressed")
    last = deliveries(event)[-1]
    Delivery.objects.filter(pk=last.pk).update(state="unknown")
    pair = post.pk, "family@example.org"
    assert holders(event, {pair}) == {pair: last.recipient_key}


@contextmanager
def explained(plans: list[dict[str, object]]):
    """Collect how PostgreSQL runs each look-up."""

    def execute(run, sql, params, many, context):
        if "unnest" in sql and sql.lstrip().startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
                found = cursor.fetchone()[0]
                plans.extend(json.loads(found) if isinstance(found, str) else found)
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield


@pytest.mark.postgres
@pytest.mark.parametrize("statistics", ["none", "of an empty table", "of another event"])
def test_a_look_up_reads_a_few_pages_whatever_the_statistics_say(statistics):
    trigger, crowd = make_trigger(), make_users(3000)
    post = make_backend()
    subscribe(trigger, post, users=crowd)
    if statistics == "of another event":
        fan_out(happen(trigger))
    if statistics != "none":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE dsn_delivery")
    event = happen(trigger)
    fan_out(event)
    plans: list[dict] = []
    with explained(plans):
        assert len(holders(event, {(post.pk, user.email) for user in crowd[-100:]})) == 100
        assert len(stored(event, {(post.pk, f"user:{user.pk}") for user in crowd[-100:]})) == 100
    for plan, index in zip(plans, ("dsn_delivery_address", "dsn_delivery_once"), strict=True):
        assert f"'Index Name': '{index}'" in str(plan)
        read = plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
        assert read < 100 * 12, plan
