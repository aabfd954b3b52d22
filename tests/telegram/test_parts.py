"""Long messages: where they are cut, and what happens when a part fails."""

from __future__ import annotations

import re

import pytest

from dsn_core import Action, Refusal
from dsn_telegram import resuming
from dsn_telegram.counting import boundary, length
from dsn_telegram.testing import DROP, refusal
from tests.telegram.posting import ADA, KEY, messenger, send

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
FLAG = "\U0001f1e9\U0001f1ea"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
THUMB = "\U0001f44d\U0001f3fd"
LONG = "\n\n".join(f"{number}. " + "words " * 300 for number in range(5))


def texts(server, **message):
    outcome = send(server, **message)
    assert outcome.detail.get("parts", [outcome.provider_id]) == [
        f"{ADA}:{sent.message_id}" for sent in server.messages
    ]
    assert all(0 < length(sent.text) <= 4096 for sent in server.messages)
    return [sent.text for sent in server.messages]


@pytest.mark.parametrize(("count", "parts"), [(4096, 1), (4097, 2), (8192, 2), (8193, 3)])
@pytest.mark.parametrize("mode", ["HTML", "text"])
def test_as_many_units_as_telegram_takes_make_a_part(server, count, parts, mode):
    found = texts(server, text="<" * count, options={"mode": mode})

    assert len(found) == parts
    assert "".join(found) == "<" * count


def test_an_emoji_counts_twice(server):
    assert [len(text) for text in texts(server, text="\U0001f600" * 4097)] == [2048, 2048, 1]
    assert messenger().measure("\U0001f600a") == 3


@pytest.mark.parametrize("sign", [FAMILY, FLAG, SCOTLAND, THUMB, "e\u0301", "\u2764\ufe0f", "क्षि"])
@pytest.mark.parametrize("lead", range(4))
def test_no_sign_is_cut_in_two(server, sign, lead):
    words = "x" * lead + sign * (6000 // len(sign))
    found = texts(server, text=words)

    assert len(found) > 1
    assert "".join(found) == words
    for text in found:
        assert re.fullmatch(f"x*(?:{sign})+", text)


def test_a_sign_longer_than_a_message_is_cut_somewhere(server):
    found = texts(server, text="a" + "\u0301" * 9000)

    assert "".join(found) == "a" + "\u0301" * 9000


def test_a_boundary_is_found_among_flags():
    assert boundary(FLAG * 3, 3, 0) == 2
    assert boundary(FLAG * 3, 4, 0) == 4


def test_a_text_is_cut_at_a_paragraph_where_there_is_one(server):
    first, second, third = "a " * 999 + "a", "b " * 999 + "b", "c\n" * 499 + "c"

    assert texts(server, text="\n\n".join([first, second, third])) == [
        f"{first}\n\n{second}",
        third,
    ]


def test_else_at_a_line(server):
    lines = ["word " * 500] * 3
    assert texts(server, text="\n".join(lines)) == [lines[0].strip()] * 3


def test_else_between_words(server):
    found = texts(server, text="word " * 2000)

    assert all(re.fullmatch("(?:word )*word", text) for text in found)
    assert sum(text.count("word") for text in found) == 2000


def test_a_break_too_near_the_beginning_is_not_worth_it(server):
    assert len(texts(server, text="Hello\n\n" + "x" * 4090)) == 2
    assert len(server.messages[0].text) == 4096


def test_a_break_right_after_the_last_character_that_fits_is_used(server):
    first = "x" * 2047 + " " + "y" * 2048
    assert texts(server, text=f"{first} more") == [first, "more"]

    server.reset()
    assert texts(server, text=f"{first}\n\nmore") == [first, "more"]


def test_tags_are_closed_before_a_cut_and_opened_after_it(server):
    words = "word " * 1500
    texts(server, html=f'<b>Bold <i>{words}</i></b> <a href="https://x.example/?a&amp;b">end</a>')

    first, second = server.messages
    assert first.raw["text"].startswith("<b>Bold <i>word")
    assert first.raw["text"].endswith("word</i></b>")
    assert second.raw["text"].startswith("<b><i>word")
    assert second.raw["text"].endswith('</i></b> <a href="https://x.example/?a&amp;b">end</a>')
    assert [entity["type"] for entity in second.entities] == ["bold", "italic", "text_link"]


@pytest.mark.parametrize("lead", range(3))
def test_no_entity_and_no_tag_is_cut_in_two(server, lead):
    texts(
        server, html="x" * lead + "<b>" + "&amp;&lt;<i>&gt;</i>" * 50 + "&amp;&lt;" * 3000 + "</b>"
    )

    assert "".join(sent.text for sent in server.messages) == "x" * lead + "&<>" * 50 + "&<" * 3000


def test_a_part_has_at_most_a_hundred_entities(server):
    texts(server, html="".join(f"<b>{number}</b> " for number in range(250)))

    assert [len(sent.entities) for sent in server.messages] == [100, 100, 50]


def test_nested_entities_all_count(server):
    texts(server, html="<b>" + "".join(f"<i>{number}</i> " for number in range(150)) + "</b>")

    assert [len(sent.entities) for sent in server.messages] == [100, 52]


def test_the_subject_is_in_the_first_part_and_the_buttons_are_under_the_last(server):
    track = Action(label="Track", url="https://shop.example/7")
    found = texts(server, subject="Paid", text=LONG, actions=(track,))

    assert found[0].startswith("Paid\n\n0.")
    assert [sent.buttons for sent in server.messages] == [
        *[()] * (len(found) - 1),
        (("Track", track.url),),
    ]


def test_a_long_message_moves_with_its_group(server):
    server.migrate(-5, -1005)
    outcome = send(server, "-5", text=LONG)

    assert (outcome.moved_to, len(server.messages)) == ("-1005", 3)
    assert {sent.chat_id for sent in server.messages} == {-1005}


# ── A part that fails ───────────────────────────────────────────────────────────────────


def fail(server, answer, after=1, times=1):
    """Say `answer` to what comes after the first `after` parts, so many times."""
    server.script(answer, times=times, when=lambda call: len(server.messages) == after)


@pytest.mark.parametrize(
    "answer",
    [refusal(429, "Too Many Requests: retry after 3", {"retry_after": 3}), DROP, refusal(500, "x")],
    ids=["flood", "silence", "error"],
)
def test_what_was_begun_and_may_go_on_is_in_doubt(server, answer):
    fail(server, answer)
    outcome = send(server, text=LONG)

    assert outcome.refusal is Refusal.IN_DOUBT
    assert outcome.reason.startswith(f"1 of 3 parts have arrived ({ADA}:1), then: ")


def test_the_wait_that_telegram_asked_for_is_kept(server):
    fail(server, refusal(429, "Too Many Requests: retry after 3", {"retry_after": 3}))

    assert send(server, text=LONG).retry_after == 3


def test_an_account_that_is_lost_half_way_leaves_it_in_doubt(server):
    fail(server, refusal(401, "Unauthorized"))

    assert send(server, text=LONG).refusal is Refusal.IN_DOUBT


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(403, "Forbidden: bot was blocked by the user"), Refusal.ADDRESS),
        (refusal(400, "Bad Request: message is too long"), Refusal.MESSAGE),
    ],
)
def test_a_final_refusal_stays_one_as_nothing_is_sent_again(server, answer, expected):
    fail(server, answer)
    outcome = send(server, text=LONG)

    assert outcome.refusal is expected
    assert outcome.reason.startswith("1 of 3 parts have arrived")


def test_the_next_attempt_of_this_process_goes_on_with_the_part_that_failed(server):
    fail(server, refusal(429, "Too Many Requests"), after=2)
    send(server, text=LONG)
    outcome = send(server, text=LONG)

    assert outcome.detail["parts"] == [f"{ADA}:1", f"{ADA}:2", f"{ADA}:3"]
    assert len(server.messages) == 3


@pytest.mark.parametrize(
    "other", [{"key": "another"}, {"subject": "Changed since"}], ids=["key", "words"]
)
def test_nothing_is_left_out_of_another_message(server, other):
    fail(server, refusal(429, "Too Many Requests"))
    send(server, text=LONG)
    server.messages.clear()
    send(server, text=LONG, **other)

    assert len(server.messages) == 3


def test_a_message_that_arrived_is_remembered_no_longer(server):
    fail(server, refusal(429, "Too Many Requests"))
    send(server, text=LONG)
    send(server, text=LONG)
    send(server, text=LONG)

    assert len(server.messages) == 6


def test_only_so_many_messages_are_remembered(monkeypatch):
    monkeypatch.setattr(resuming, "MOST", 2)
    unfinished = resuming.Unfinished()
    for key in ("a", "b", "c"):
        unfinished.keep(key, (), (key,))

    assert [unfinished.take(key, ()) for key in ("a", "b", "c")] == [(), ("b",), ("c",)]


@pytest.fixture(autouse=True)
def forgotten():
    """No test goes on with another one's message."""
    yield
    resuming.UNFINISHED.take(KEY, ())
