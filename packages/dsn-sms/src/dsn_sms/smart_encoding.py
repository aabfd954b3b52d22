"""What Twilio's smart encoding replaces, so that a text still fits into GSM-7.

A subset of the published list: what a word processor, a keyboard or a web page brings in. Twilio
replaces a few more, mostly ornaments and fullwidth letters, so that a text may turn out shorter
than it is counted here, never longer.
https://www.twilio.com/docs/messaging/services/smart-encoding-char-list
"""

# ruff: noqa: RUF001, RUF002 - letters that look like others are what this is about

from __future__ import annotations

DOUBLE_QUOTES = "«»“”„‟〝〞ʺˮ❝❞＂"
SINGLE_QUOTES = "‘’‛`´ʹʻʼʽˈˊˋ❛❜＇‗"
DASHES = "‐–—―⁃•－﹣"
SLASHES = "÷⁄∕／"
COMMAS = "‚，､、﹐"
STOPS = "。．｡﹒"
SPACES = "\u00a0\u2000\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
SEPARATORS = "\u2001\u2028\u2029"
INVISIBLE = "\u200b\u2060\ufeff"
OTHERS = {
    "…": "...",
    "‼": "!!",
    "‹": ">",
    "›": "<",
    "¼": "1/4",
    "½": "1/2",
    "¾": "3/4",
    "！": "!",
    "？": "?",
    "：": ":",
    "；": ";",
    "（": "(",
    "）": ")",
    "＊": "*",
    "＋": "+",
    "＠": "@",
    "＃": "#",
    "％": "%",
    "＆": "&",
    "～": "~",
    "˜": "~",
    "ˆ": "^",
    "\t": " " * 7,
}

REPLACEMENTS = str.maketrans(
    {
        **dict.fromkeys(DOUBLE_QUOTES, '"'),
        **dict.fromkeys(SINGLE_QUOTES, "'"),
        **dict.fromkeys(DASHES, "-"),
        **dict.fromkeys(SLASHES, "/"),
        **dict.fromkeys(COMMAS, ","),
        **dict.fromkeys(STOPS, "."),
        # Twilio writes two where one stood.
        **dict.fromkeys(SPACES, "  "),
        **dict.fromkeys(SEPARATORS, " "),
        **dict.fromkeys(INVISIBLE, ""),
        **OTHERS,
    }
)


def smart_encode(text: str) -> str:
    """``text`` as Twilio sends it where ``SmartEncoded`` is set.

    Example: ``smart_encode("“Paid” – thanks…") == '"Paid" - thanks...'``
    """
    return text.translate(REPLACEMENTS)
