"""What may stand in a message: harmless HTML, and links that only lead somewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMES = frozenset({"http", "https", "mailto"})
TAGS = frozenset(
    {
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "blockquote",
        "br",
        "caption",
        "cite",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "details",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "time",
        "tr",
        "u",
        "ul",
        "var",
        "wbr",
    }
)
"""No images: they would tell a stranger's server who reads a message, and when."""
ATTRIBUTES: dict[str, set[str]] = {
    "*": {"dir", "lang", "title"},
    "a": {"href", "hreflang"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"datetime"},
    "details": {"open"},
    "ins": {"datetime"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
}
"""No ``style``, ``class``, ``id`` or ``name``: a message can neither dress up as the page nor
stand in for a part of it."""
UNFIT_FOR_A_URL = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\\<>\"]")


def clean_html(html: str) -> str:
    """``html`` without all that could act: scripts, styles, forms, frames, images, handlers."""
    import nh3

    return nh3.clean(
        storable(html),
        tags=set(TAGS),
        attributes=ATTRIBUTES,
        url_schemes=set(SCHEMES),
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


def is_safe_url(url: str) -> bool:
    """Is it an address of the web, of mail, or a path of this site beginning with one slash?"""
    if not url or UNFIT_FOR_A_URL.search(url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if not parts.scheme:
        return url.startswith("/") and not url.startswith("//")
    if parts.scheme == "mailto":
        return bool(parts.path)
    return parts.scheme in SCHEMES and bool(parts.netloc)


def clean_actions(actions: Iterable[object]) -> list[dict[str, str]]:
    """The label and URL of each action that leads somewhere safely; the others are left out."""
    kept = []
    for action in actions:
        if not isinstance(action, dict):
            continue
        url = storable(str(action.get("url", ""))).strip()
        if is_safe_url(url):
            label = storable(str(action.get("label", ""))).strip()
            kept.append({"label": label or url, "url": url})
    return kept


def storable(text: str) -> str:
    """``text`` without what a database refuses: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
