"""Where a text is cut, what is left is whole."""

from __future__ import annotations

import unicodedata

import pytest

from dsn_core.rendering.cutting import cut

FAMILY = "👩\u200d👩\u200d👧"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
LINK = "https://x.example/orders/7"


def shortened(text: str, longest: int) -> str:
    found = cut(text, lambda part: len(part) <= longest)
    return found.text if found else ""


@pytest.mark.parametrize(
    "sign",
    [
        "e\u0301\u0323",
        FAMILY,
        "👍🏽",
        "❤\ufe0f",
        "1\ufe0f\u20e3",
        "🇩🇪",
        ENGLAND,
        "क्षि",
        "\u1112\u1161\u11ab",
        "\r\n",
    ],
    ids=ascii,
)
def test_a_sign_stays_whole_or_goes_whole(sign):
    text = "x" * 30 + sign * 4
    for longest in range(20, len(text)):
        kept = shortened(text, longest)[:-1]
        assert kept == text[: len(kept)]
        rest = kept[30:].rstrip()
        assert rest in {(sign * count).rstrip() for count in range(4)}


def test_flags_are_pairs_counted_from_their_first():
    assert shortened("🇩🇪🇫🇷🇮🇹", 4) == "🇩🇪…"
    assert shortened("🇩🇪🇫🇷🇮🇹", 5) == "🇩🇪🇫🇷…"


def test_the_cut_is_between_words_where_one_ends_near():
    assert shortened("Thank you for your order", 16) == "Thank you for…"
    assert shortened("Thank you for your order", 19) == "Thank you for your…"


def test_a_long_word_is_cut_in_itself():
    assert shortened("a " + "b" * 100, 50) == "a " + "b" * 47 + "…"
    assert shortened("ขอบคุณสำหรับคำสั่งซื้อของคุณ" * 3, 20).endswith("…")


@pytest.mark.parametrize("longest", range(12, 12 + len(LINK)))
def test_an_address_is_kept_whole_or_not_at_all(longest):
    assert shortened(f"Track it: {LINK} and so on", longest) in (
        "Track it:…",
        "Track…",
        f"Track it: {LINK} …",
    )


def test_an_address_that_is_kept_stays_apart_from_the_ellipsis():
    assert shortened(f"See {LINK} for more", 31 + 1) == f"See {LINK} …"
    assert shortened(f"See {LINK} for more", 31) == "See…"


def test_a_bracket_before_an_address_goes_with_it():
    assert shortened(f"Track it ({LINK}) soon", 25) == "Track it…"


def test_a_sentence_after_an_address_ends_the_address():
    assert shortened(f"{LINK}. Thank you very much", 36).startswith(f"{LINK}.")


def test_words_right_after_an_address_in_a_script_without_spaces_are_no_part_of_it():
    assert shortened(f"見て({LINK})。ありがとうございます。", 40).startswith(f"見て({LINK})。あ")


def test_an_address_that_is_all_there_is_is_not_sent_broken():
    assert cut(LINK, lambda part: len(part) < len(LINK)) is None


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("\u2067שדגם עדגם abc", "\u2069"),
        ("\u202bשדגם עדגם abc", "\u202c"),
        ("\u2067\u202aab cd ef gh ij", "\u202c\u2069"),
        ("\u2067שדגם\u2069 עדגם abc def", ""),
        ("\u2067\u202aab\u2069 cd ef gh ij", ""),
        ("\u2067ab\ncd ef gh ij kl", ""),
        ("\u202cab\u2069 cd ef gh ij", ""),
    ],
    ids=ascii,
)
def test_directions_that_are_open_are_closed(text, closed):
    kept = shortened(text, 12)
    assert kept.endswith("…" + closed)
    assert len(kept) <= 12


def test_right_to_left_words_are_cut_as_they_are_read():
    assert shortened("שלום לכם עולם", 10) == "שלום לכם…"


def test_what_is_lost_is_the_rest():
    found = cut("Thank you for your order", lambda part: len(part) <= 16)
    assert found is not None
    assert found.rest == "your order"


def test_a_text_of_marks_alone_comes_to_an_end():
    text = "e" + "\u0301" * 50_000
    assert unicodedata.combining(text[-1])
    assert cut(text, lambda part: len(part) <= 10) is None
