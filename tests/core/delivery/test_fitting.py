"""A message is made to fit what its messenger can carry."""

from __future__ import annotations

from typing import Any

import pytest

from dsn_core.contract.message import Action, Attachment, Message
from dsn_core.contract.messenger import Overflow
from dsn_core.delivery.fitting import fit
from tests.core.delivery.conftest import Pager


def sample(**attributes) -> Any:
    cls: Any = type(
        "Sample", (Pager,), {"supports_subject": False, "supports_html": False, **attributes}
    )
    return cls(account=cls.account_type(), options=cls.options_type())


def test_a_subject_stands_before_the_text_where_there_is_none():
    message = Message(subject="Paid", text="Order 7", html="<p>Order 7</p>")
    assert fit(message, sample()) == Message(text="Paid\n\nOrder 7")
    assert fit(message, sample(supports_subject=True, supports_html=True)) == message


def test_a_text_that_begins_with_its_subject_is_not_said_twice():
    message = Message(subject="Order 7", text="Order 7: paid")
    assert fit(message, sample()).text == "Order 7: paid"


def test_html_alone_becomes_text():
    message = Message(html="<p>1 &lt; 2</p>")
    assert fit(message, sample()) == Message(text="1 < 2")


def test_actions_become_lines_and_attachments_are_left_out():
    message = Message(
        text="Paid",
        attachments=(Attachment(name="a", content=b""),),
        actions=(Action(label="Track", url="https://x.example/7"),),
    )
    assert fit(message, sample()) == Message(text="Paid\n\nTrack: https://x.example/7")
    both = {"supports_actions": True, "supports_attachments": True}
    assert fit(message, sample(**both)) == message


def utf16(self, text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize("longest", range(1, 30))
def test_a_text_is_cut_where_no_sign_breaks(longest):
    text = "Zoë e\u0301 👩‍👩‍👧 👍🏽 שלום 12345678"
    messenger = sample(max_length=longest, measure=utf16)
    cut = fit(Message(text=text), messenger).text
    assert utf16(None, cut) <= longest
    assert cut.endswith("…")
    kept = cut[:-1]
    assert text.startswith(kept)
    rest = text[len(kept) :]
    assert not rest.startswith(("\u0301", "\u200d", "🏽"))
    assert not kept.endswith("\u200d")


def test_a_text_that_fits_is_not_cut():
    message = Message(text="12345", html="<b>1</b>")
    assert fit(message, sample(max_length=5)).text == "12345"


def test_html_that_is_too_long_gives_way_to_the_text():
    messenger = sample(max_length=10, supports_html=True)
    message = Message(text="short", html="<p>much longer</p>")
    assert fit(message, messenger) == Message(text="short")


def test_what_the_messenger_splits_is_left_whole():
    messenger = sample(max_length=3, overflow=Overflow.SPLIT)
    assert fit(Message(text="12345"), messenger).text == "12345"
