"""Where the words come from, and that a batch makes them once."""

from __future__ import annotations

import pytest

from dsn_core.models import StoredTemplate
from dsn_core.rendering.words import Phrasebook

pytestmark = pytest.mark.django_db


@pytest.fixture
def book():
    for language, text in (("", "Paid."), ("de", "Bezahlt.")):
        StoredTemplate.objects.create(key="shop.paid", language=language, text=text)
    return Phrasebook(["shop.paid"])


def test_all_readers_of_one_language_share_the_words_that_were_made_once(book):
    assert book.words("shop.paid", "en") is book.words("shop.paid", "en")


def test_readers_of_another_language_have_words_of_their_own(book):
    texts = [book.words("shop.paid", one).parts["text"].render({}) for one in ("en", "de", "en")]
    assert texts == ["Paid.", "Bezahlt.", "Paid."]
