"""The actions of stored words are a field like the other parts."""

from __future__ import annotations

import pytest
from django.core import serializers

from dsn_core.models import StoredTemplate

pytestmark = pytest.mark.django_db

LINES = "Ihre Bestellung = /bestellungen/{{ action_object.number }}/\nHilfe = tel:+4930"


def test_actions_are_carried_with_the_words_of_their_language():
    for language, lines in (("", "Your order = /"), ("de", LINES)):
        StoredTemplate.objects.create(key="shop.paid", language=language, text="x", actions=lines)
    dumped = serializers.serialize(
        "json", StoredTemplate.objects.all(), use_natural_primary_keys=True
    )
    StoredTemplate.objects.filter(language="").delete()
    StoredTemplate.objects.update(actions="")
    for row in serializers.deserialize("json", dumped):
        row.save()
    carried = dict(StoredTemplate.objects.values_list("language", "actions"))
    assert carried == {"": "Your order = /", "de": LINES}


def test_words_need_no_actions():
    assert StoredTemplate.objects.create(key="shop.paid", text="x").actions == ""
