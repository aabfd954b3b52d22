"""What became of the parts of a message that a messenger cannot carry, and by which rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.utils.functional import _StrPromise


class Rule(Enum):
    """One for each row of the table in ``fitting``, and what rendering leaves out."""

    SUBJECT_MOVED = "subject_moved"
    SUBJECT_SAID = "subject_said"
    TEXT_MADE = "text_made"
    HTML_LEFT_OUT = "html_left_out"
    HTML_TOO_LONG = "html_too_long"
    ATTACHMENTS_LEFT_OUT = "attachments_left_out"
    ACTIONS_AS_LINKS = "actions_as_links"
    ACTIONS_LEFT_OUT = "actions_left_out"
    TEXT_CUT = "text_cut"
    LEFT_TO_SPLIT = "left_to_split"
    ACTIONS_WITHOUT_SITE = "actions_without_site"


WORDS: Mapping[Rule, _StrPromise] = {
    Rule.SUBJECT_MOVED: _("It has no subject of its own here: the subject stands first."),
    Rule.SUBJECT_SAID: _("It has no subject here, and the text begins with the same words."),
    Rule.TEXT_MADE: _("The template has no text: it is made of the HTML."),
    Rule.HTML_LEFT_OUT: _("HTML cannot be shown here: the text goes alone."),
    Rule.HTML_TOO_LONG: _("The HTML is too long and cannot be cut: the text goes alone."),
    Rule.ATTACHMENTS_LEFT_OUT: _("Files cannot go with it and are left out:"),
    Rule.ACTIONS_AS_LINKS: _("There are no buttons here: they stand as links at the end."),
    Rule.ACTIONS_LEFT_OUT: _("There is no room for these links:"),
    Rule.TEXT_CUT: _("The text is too long. This is cut off:"),
    Rule.LEFT_TO_SPLIT: _("It is longer than one message: it is sent in parts."),
    Rule.ACTIONS_WITHOUT_SITE: _(
        'A path of this site leads nowhere while DSN["BASE_URL"] is not set. Left out:'
    ),
}
"""The rule as a person reads it; after a colon stands what is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One rule that was applied; ``lost`` are the words or names that do not go out."""

    rule: Rule
    lost: str = ""


Listener = Callable[[Note], object]
"""Who is told of each rule while it is applied."""


def unheard(note: Note) -> None:
    """Nobody listens."""
