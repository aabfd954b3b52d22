"""What X turns into a link: addresses with http:// or https://, and bare names such as shop.com.

The rules are those of twitter-text 3, which X publishes. For names in ASCII letters they are kept
to the letter. A bare name with other letters in it is found, and counted for more than X may count.
https://docs.x.com/fundamentals/counting-characters
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dsn_twitter.top_level_domains import IN_OTHER_LETTERS, NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_LABEL = 63
LONGEST_LINK = 4096
LONGEST_SHORT_LINK = 40

SPACES = "\t-\r \x85\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
NEVER = "\ufffe\ufeff\uffff"
"""What no post may contain."""
NOT_IN_NAME = rf"{SPACES}{DIRECTIONS}{NEVER}!'#%&()*+,\\./:;<=>?@\[\]^{{|}}~$"
NAME = rf"[^\-_{NOT_IN_NAME}]"
"""A character of a name; hyphens and underscores may stand between two."""
SCHEME = "[Hh][Tt][Tt][Pp][Ss]?://"
LATIN = "À-ÖØ-öø-ɏɓɔɖɗəɛɣɨɯɲʉʋʻ\u0300-\u036f\u1e00-\u1eff"
IN_PATH = rf"A-Za-z0-9Ѐ-ӿ{LATIN}!*';:=+,.$/%#\[\]\-\u2013_~@|&"
AT_END_OF_PATH = rf"A-Za-z0-9Ѐ-ӿ{LATIN}+\-=_#/"
IN_BRACKETS = rf"\((?:[{IN_PATH}]+|[{IN_PATH}]*\([{IN_PATH}]+\)[{IN_PATH}]*)\)"
IN_QUERY = r"A-Za-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|"
AT_END_OF_QUERY = r"A-Za-z0-9\-_&=#/"

CANDIDATE = re.compile(
    rf"({SCHEME})?((?:[^Hh{NOT_IN_NAME.replace('.', '')}]+|[Hh](?![Tt][Tt][Pp][Ss]?://))+)"
)
"""A scheme or none, and letters, dots, hyphens and underscores."""
REST = re.compile(
    rf"(?::[0-9]+)?"
    rf"(?:/(?:(?:[{IN_PATH}]|{IN_BRACKETS})*(?:[{AT_END_OF_PATH}]|{IN_BRACKETS}))?)?"
    rf"(?:\?[{IN_QUERY}]*[{AT_END_OF_QUERY}])?"
)
"""A port, a path, a query: what of it belongs to a link. Always matches."""
ASCII_NAME = re.compile(r"[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+\.?")
SUBDOMAIN = re.compile(rf"{NAME}(?:(?:{NAME}|[-_])*{NAME})?")
DOMAIN = re.compile(rf"{NAME}(?:(?:{NAME}|-)*{NAME})?")
TOP_LEVEL = re.compile(r"[0-9A-Za-z]+(?![0-9A-Za-z@+\-])")
PUNYCODE = re.compile(r"[Xx][Nn]--[\-0-9A-Za-z]+")
GOES_ON = re.compile(r"[0-9A-Za-z@+\-]")
NOT_BEFORE = re.compile(rf"[A-Za-z0-9@\uff20$#\uff03{NEVER}]")
BEFORE_TOP_LEVEL = re.compile(rf"[\-0-9A-Za-z{LATIN}]\.")
BARE_NAME = re.compile(
    rf"(?:[\-0-9A-Za-z{LATIN}]+\.)+(?:[Xx][Nn]--[\-0-9A-Za-z]+|[A-Za-z]+|\w+)(?:{REST.pattern})"
)
"""A bare name and what follows it, where one is known to be."""
SHORT = re.compile(rf"{SCHEME}[Tt]\.[Cc][Oo]/([A-Za-z0-9]+)(?:\?[{IN_QUERY}]*[{AT_END_OF_QUERY}])?")
"""X's own shortened links end after the first part of their path."""


@dataclass(frozen=True, slots=True)
class Link:
    """A part of a text that X shows as a link, or may.

    ``extra`` is None where it certainly is one link. Else the part counts as it is written and for
    so many links beside, since X may find them in it; with 0 it is one link or none.
    """

    start: int
    end: int
    extra: int | None = None


@dataclass(frozen=True, slots=True)
class _Look:
    """What a look at a candidate gave, and where to look on.

    Up to ``taken`` the text may belong to what X took for a link, be it that it then thought
    better of it: whether another one may begin there is not certain.
    """

    end: int
    link: Link | None = None
    taken: int = 0


def find_links(text: str) -> Iterator[Link]:
    """The links of ``text`` in order, each as long as X takes it. ``text`` is in NFC."""
    at = taken = 0
    while found := CANDIDATE.search(text, at):
        look = _look(text, found, taken)
        at, taken = look.end, max(taken, look.taken)
        if look.link is not None:
            yield look.link


def _look(text: str, found: re.Match[str], taken: int) -> _Look:
    start, end = found.span(2)
    if "." not in found[2].strip("."):
        return _Look(end)
    if found[1]:
        return _look_after_scheme(text, found, taken)
    if found[2].isascii() and "_" not in found[2]:
        return _look_at_bare_name(text, start, end, taken)
    return _doubtful(text, start, end)


def _look_after_scheme(text: str, found: re.Match[str], taken: int) -> _Look:
    start, (name, end) = found.start(), found.span(2)
    host = _end_of_host(text, name, end)
    if not host and not ASCII_NAME.fullmatch(found[2]):
        return _doubtful(text, name, end)
    after = _end_of_rest(text, host or end)
    if 0 < start <= taken:
        return _Look(after, Link(start, after, 1 + _count_names(text, name, after + 1)), after)
    if start and NOT_BEFORE.match(text[start - 1]):
        # Without the scheme it would begin after a slash, where X wants no bare name.
        return _Look(after, taken=after) if host else _Look(end, taken=after)
    if host:
        return _Look(after, _shortened(text, start, host, after), after)
    # A domain that X's list has not; one that came later would make a link of the whole.
    return _Look(after, Link(start, after, _count_names(text, end, after + 1)), after)


def _look_at_bare_name(text: str, start: int, end: int, taken: int) -> _Look:
    """A name in ASCII without a scheme is a link where it begins, or not at all."""
    first = end - len(text[start:end].lstrip(".-"))
    name = end - len(text[first:end].lstrip('"`'))
    if text[name:end].startswith((".", "-")):
        return _doubtful(text, start, end)
    host = _end_of_host(text, name, end)
    if not host:
        return _Look(end, taken=_end_of_rest(text, end, least=1))
    if not ASCII_NAME.fullmatch(text, name, host):
        return _doubtful(text, start, end)
    after = _end_of_rest(text, host)
    before = text[max(0, first - 1) : first]
    # Without a path, neither a port nor a query belongs to it.
    to = after if "/" in text[host:after].partition("?")[0] else host
    if 0 < first <= taken:
        return _Look(after, Link(name, to, 1), after)
    if before and before in "/.-":
        return _Look(after, taken=after)
    if first == name and NOT_BEFORE.match(before):
        return _Look(host, taken=_end_of_rest(text, host, least=3))
    return _Look(after, _sized(text, name, host, to), after)


def _doubtful(text: str, start: int, end: int) -> _Look:
    """A run with other letters, or an underscore: there may be a link in it, or several."""
    names = _count_names(text, start, end)
    taken = _end_of_rest(text, end, least=1)
    return _Look(end, Link(start, end, names) if names else None, taken)


def _count_names(text: str, start: int, end: int) -> int:
    """In how many places a bare name may be that X would link."""
    dots = BEFORE_TOP_LEVEL.finditer(text, start, min(end, len(text)))
    return sum(_end_of_top(text, dot.end()) > 0 for dot in dots)


def _end_of_host(text: str, start: int, end: int) -> int:
    """Where the longest name with a top-level domain ends that begins at ``start``; or 0."""
    dots = [at for at in range(start, end) if text[at] == "."]
    begins = [start, *(dot + 1 for dot in dots)]
    sound = 0
    while sound < len(dots) and SUBDOMAIN.fullmatch(text, begins[sound], dots[sound]):
        sound += 1
    for count in range(sound, 0, -1):
        top = _end_of_top(text, begins[count])
        if top and DOMAIN.fullmatch(text, begins[count - 1], dots[count - 1]):
            return top
    return 0


def _end_of_top(text: str, start: int) -> int:
    """Where the top-level domain that begins at ``start`` ends; or 0."""
    found = PUNYCODE.match(text, start) or TOP_LEVEL.match(text, start)
    if found:
        known = found[0].lower() in NAMES or PUNYCODE.match(found[0])
        return found.end() if known else 0
    if text[start : start + 1].isascii():
        return 0
    lowered = text[start : start + LONGEST_LABEL].lower()
    for name in IN_OTHER_LETTERS:
        if lowered.startswith(name) and not GOES_ON.match(text, start + len(name)):
            return start + len(name)
    return 0


def _end_of_rest(text: str, host: int, *, least: int = 0) -> int:
    """Where port, path and query after ``host`` end; 0 where they are shorter than ``least``."""
    rest = REST.match(text, host)
    after = rest.end() if rest else host
    return after if after - host >= least else 0


def _shortened(text: str, start: int, host: int, after: int) -> Link | None:
    short = SHORT.match(text, start, after)
    if short is None:
        return _sized(text, start, host, after)
    return Link(start, short.end()) if len(short[1]) <= LONGEST_SHORT_LINK else None


def _sized(text: str, start: int, host: int, after: int) -> Link:
    """A name that no domain can have is no link for X: it counts as it is written."""
    name = text[start:host].rpartition("/")[2]
    # In Punycode a label may be longer than it is here: four letters and some for each other one.
    lengths = (len(part) if part.isascii() else 4 + 6 * len(part) for part in name.split("."))
    fits = max(lengths) <= LONGEST_LABEL and after - start <= LONGEST_LINK // 2
    sound = name.isascii() or not name.startswith("xn--")
    return Link(start, after, None if fits and sound else 0)
