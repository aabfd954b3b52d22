"""How a text is cut into what is paid for."""

# ruff: noqa: RUF001 - letters that look like others

from __future__ import annotations

import pytest

from dsn_sms import count_segments, cut_to_segments, smart_encode, split_segments
from dsn_sms.segments import BASIC, EXTENSION

ASTRONAUT = "👩🏽‍🚀"


@pytest.mark.parametrize(
    ("text", "encoding", "units", "count"),
    [
        ("", "GSM-7", 0, 1),
        ("x" * 160, "GSM-7", 160, 1),
        ("x" * 161, "GSM-7", 161, 2),
        ("x" * 306, "GSM-7", 306, 2),
        ("x" * 307, "GSM-7", 307, 3),
        ("€" * 80, "GSM-7", 160, 1),
        ("€" * 81, "GSM-7", 162, 2),
        ("Ж" * 70, "UCS-2", 70, 1),
        ("Ж" * 71, "UCS-2", 71, 2),
        ("Ж" * 134, "UCS-2", 134, 2),
        ("Ж" * 135, "UCS-2", 135, 3),
        ("🎉" * 35, "UCS-2", 70, 1),
        ("🎉" * 36, "UCS-2", 72, 2),
        ("x" * 69 + "Ж", "UCS-2", 70, 1),
        ("x" * 70 + "Ж", "UCS-2", 71, 2),
        ("ההזמנה שולמה", "UCS-2", 12, 1),
        ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ ¤¡ÄÖÑÜ§¿äöñüà", "GSM-7", 45, 1),
        ("\f^{}\\[~]|€", "GSM-7", 20, 1),
        ("ç", "UCS-2", 1, 1),
        ("\t", "UCS-2", 1, 1),
        ("`", "UCS-2", 1, 1),
    ],
)
def test_places_and_segments_are_those_of_the_standard(text, encoding, units, count):
    found = split_segments(text)

    assert (found.encoding, found.units, found.count) == (encoding, units, count)
    assert count_segments(text) == count
    assert "".join(found.parts) == text


def test_the_alphabet_has_the_size_of_the_standards():
    assert (len(BASIC), len(EXTENSION)) == (127, 10)


def test_what_takes_two_places_is_not_divided():
    escaped = split_segments("x" * 152 + "€" + "x" * 10)
    paired = split_segments("Ж" * 66 + "🎉" + "Ж" * 10)

    assert [len(part) for part in escaped.parts] == [152, 11]
    assert [len(part) for part in paired.parts] == [66, 11]


def test_a_place_that_is_left_over_may_cost_a_segment():
    even, odd = "🎉" * 67, "x" + "🎉" * 66 + "x"

    assert split_segments(even).units == split_segments(odd).units == 134
    assert (count_segments(even), count_segments(odd)) == (3, 2)


def test_the_characters_that_cost_are_named_once():
    assert split_segments("Ж, Ж и Ю").foreign == "ЖиЮ"
    assert split_segments("Just € and ü").foreign == ""


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("“Paid” – it’s done…", '"Paid" - it\'s done...'),
        ("„Bezahlt“ — ‚ja‘", '"Bezahlt" - ,ja\''),
        ("« Payé »", '" Payé "'),
        ("½ kg • ¼ l", "1/2 kg - 1/4 l"),
        ("a\u00a0b", "a  b"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("Ж🎉€ü", "Ж🎉€ü"),
    ],
)
def test_smart_encoding_writes_plain_characters(text, plain):
    assert smart_encode(text) == plain


def test_smart_encoding_saves_segments():
    text = "„" + "x" * 150 + "“"

    assert (count_segments(text), count_segments(text, smart_encoded=True)) == (3, 1)
    assert split_segments("…" * 60, smart_encoded=True).units == 180


@pytest.mark.parametrize(
    ("text", "most", "smart", "kept"),
    [
        ("x" * 160, 1, False, "x" * 160),
        ("x" * 161, 1, False, "x" * 157 + "..."),
        ("x" * 400, 2, False, "x" * 303 + "..."),
        ("Ж" * 71, 1, False, "Ж" * 69 + "…"),
        ("Ж" * 200, 2, False, "Ж" * 133 + "…"),
        ("€" * 81, 1, False, "€" * 78 + "..."),
        ("„" + "x" * 170, 1, True, "„" + "x" * 156 + "..."),
        ("„" + "x" * 170, 1, False, "„" + "x" * 68 + "…"),
        ("x" * 150 + " " * 30 + "y", 1, False, "x" * 150 + "..."),
        ("  " + "x" * 200, 1, False, "  " + "x" * 155 + "..."),
        ("x" * 180 + "Ж", 1, False, "x" * 157 + "..."),
    ],
)
def test_a_cut_text_takes_what_it_may_and_no_more(text, most, smart, kept):
    cut = cut_to_segments(text, most, smart_encoded=smart)

    assert cut == kept
    assert count_segments(cut, smart_encoded=smart) <= most


@pytest.mark.parametrize("before", range(60, 70))
def test_no_sign_is_cut_in_two(before):
    emoji = cut_to_segments("Ж" * before + ASTRONAUT + "Ж" * 70, 1)
    accent = cut_to_segments("Ж" * before + "e\u0301" * 40, 1)

    assert emoji.rstrip("…").endswith(("Ж", "🚀"))
    assert accent.rstrip("…").endswith(("Ж", "\u0301"))
    assert count_segments(emoji) == count_segments(accent) == 1
