"""The revision: rewritten by every edit of a trigger, on every path, in the edit's transaction."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from django.core import serializers
from django.db import transaction

from dsn_core.models import Condition, Revision, Trigger
from tests.host.models import Order

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

pytestmark = pytest.mark.django_db(transaction=True)


def _revision() -> UUID | None:
    return Revision.objects.values_list("value", flat=True).first()


@pytest.fixture
def trigger() -> Trigger:
    return Trigger.objects.watch(
        "post_save", Order, name="Paid", conditions=[("status", "is", "paid")]
    )


def _save(trigger: Trigger) -> None:
    trigger.enabled = False
    trigger.save()


def _save_condition(trigger: Trigger) -> None:
    condition = trigger.conditions.get()
    condition.value = "new"
    condition.save(update_fields=["value"])


def _bulk_update(trigger: Trigger) -> None:
    trigger.enabled = False
    Trigger.objects.bulk_update([trigger], ["enabled"])


def _load(trigger: Trigger) -> None:
    fixture = json.dumps(
        [{"model": "dsn.trigger", "pk": trigger.pk, "fields": {"name": "Paid", "verb": "pre_save"}}]
    )
    for loaded in serializers.deserialize("json", fixture):
        with transaction.atomic():
            loaded.save()


EDITS: dict[str, Callable[[Trigger], object]] = {
    "save": _save,
    "create": lambda _: Trigger.objects.create(name="Other", verb="post_save"),
    "watch": lambda _: Trigger.objects.watch("pre_save", Order, name="Paid"),
    "delete": lambda trigger: trigger.delete(),
    "update": lambda _: Trigger.objects.update(enabled=False),
    "update of what a filter finds": lambda _: Trigger.objects.filter(name="Paid").update(verb="x"),
    "bulk_create": lambda _: Trigger.objects.bulk_create([Trigger(name="Other", verb="pre_save")]),
    "bulk_update": _bulk_update,
    "a queryset's delete": lambda _: Trigger.objects.all().delete(),
    "loaddata": _load,
    "a condition's save": _save_condition,
    "a condition's delete": lambda trigger: trigger.conditions.get().delete(),
    "a condition's create": lambda trigger: trigger.conditions.create(
        position=1, field="gift", operator="changed"
    ),
    "update of conditions": lambda trigger: trigger.conditions.update(value="new"),
    "bulk_create of conditions": lambda trigger: Condition.objects.bulk_create(
        [Condition(trigger=trigger, position=2, field="gift", operator="changed")]
    ),
    "delete of conditions": lambda trigger: trigger.conditions.all().delete(),
    "get_or_create": lambda _: Trigger.objects.get_or_create(name="New", verb="post_save"),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_every_edit_rewrites_the_revision(trigger: Trigger, edit: Callable[[Trigger], object]):
    before = _revision()
    edit(trigger)
    assert _revision() not in (before, None)


class Undone(Exception):
    """Nothing could be written."""


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_an_edit_that_is_rolled_back_takes_its_revision_with_it(
    trigger: Trigger, edit: Callable[[Trigger], object]
):
    before = _revision()
    with transaction.atomic():
        edit(trigger)
        assert _revision() != before
        transaction.set_rollback(True)
    assert _revision() == before


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_an_edit_whose_revision_cannot_be_written_is_not_made(
    trigger: Trigger, edit: Callable[[Trigger], object], monkeypatch: pytest.MonkeyPatch
):
    rows = list(Trigger.objects.values()), list(Condition.objects.values())

    def fail(using: str) -> None:
        raise Undone

    monkeypatch.setattr("dsn_core.models.revision.rewrite", fail)
    with pytest.raises(Undone):
        edit(trigger)
    assert (list(Trigger.objects.values()), list(Condition.objects.values())) == rows


def test_deleting_the_trigger_notes_the_conditions_that_go_with_it(trigger: Trigger):
    trigger.delete()
    assert not Condition.objects.exists()


def test_no_template_may_call_what_edits():
    assert Trigger.objects.all().update.alters_data
    assert Trigger.objects.all().bulk_create.alters_data
