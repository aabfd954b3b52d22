"""Makes a message fit what a messenger can carry: nothing is lost in silence or sent broken.

===========  ==================================  =================================================
part         the messenger has no place for it   it is longer than ``max_length``
===========  ==================================  =================================================
subject      stands before the text, and before  is cut last, as it stands first
             the HTML; once, where the text
             begins with it
text         (every messenger takes it) is made  is cut at a word, with an ellipsis; with
             of the HTML where there is none     ``REFUSE`` nothing is sent, with ``SPLIT`` it is
                                                 left to the messenger
HTML         is left out: the text says it       is left out: HTML that is cut is broken
attachments  are left out                        are not measured
actions      stand at the end as links, of the   are kept, and the text before them is cut; those
             text and of the HTML                that leave no room for any word are left out
===========  ==================================  =================================================

What has no word left, and no file, is not sent. Each rule that is applied is told to whoever
listens, by the code that applies it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dsn_core.contract.message import Message
from dsn_core.contract.messenger import Overflow
from dsn_core.exceptions import TemplateRefused
from dsn_core.rendering.cutting import Cut, cut
from dsn_core.rendering.markup import with_links, with_subject
from dsn_core.rendering.notes import Note, Rule, unheard
from dsn_core.rendering.plaintext import text_from_html

if TYPE_CHECKING:
    from dsn_core.contract.message import Action
    from dsn_core.contract.messenger import Messenger
    from dsn_core.rendering.notes import Listener

BETWEEN = "\n\n"


class Unfit(TemplateRefused):
    """Nothing can be sent; the message says why."""


class TooLong(Unfit):
    """The text is longer than the messenger takes, and may not be cut or not so far."""


class NothingToSend(Unfit):
    """No words are left, and no file."""


def fit(message: Message, messenger: Messenger, note: Listener = unheard) -> Message:
    """``message`` as ``messenger`` can carry it; ``note`` is told each rule that was applied.

    Raises ``TooLong``, ``NothingToSend``, or ``TemplateRefused`` where ``measure`` gives nonsense.
    """
    links: tuple[Action, ...] = ()
    carried = message
    if message.html or message.actions or message.attachments or message.subject:
        links = () if messenger.supports_actions else message.actions
        carried = _carried(message, links, messenger, note)
    if messenger.max_length is None:
        fitted = _with_links(carried, links)
    else:
        fitted = _within(carried, links, messenger, messenger.max_length, note)
    if not (fitted.text or fitted.html or fitted.subject or fitted.attachments):
        raise NothingToSend(f"There is nothing to send: no words are left for {messenger.key}.")
    return fitted


def measured(messenger: Messenger, text: str) -> int:
    """Its length as the messenger finds it. Raises ``TemplateRefused`` where that is none."""
    length: object = messenger.measure(text)
    if not isinstance(length, int) or length < 0:
        raise TemplateRefused(f"measure() of {messenger.key} gave {length!r}, which is no length.")
    return length


def _carried(
    message: Message, links: tuple[Action, ...], messenger: Messenger, note: Listener
) -> Message:
    """Without what has no place, and with the subject and the links where they have one.

    The links of the text are still missing: what is cut is cut before them.
    """
    if message.attachments and not messenger.supports_attachments:
        note(Note(rule=Rule.ATTACHMENTS_LEFT_OUT, lost=_names(message)))
    if links:
        note(Note(rule=Rule.ACTIONS_AS_LINKS))
    subject = message.subject if messenger.supports_subject else ""
    text = message.text
    if not text and message.html:
        note(Note(rule=Rule.TEXT_MADE))
        text = text_from_html(message.html)
    html = _html(message, links, messenger, note)
    if message.subject and not subject:
        text = _headed(message.subject, text, note)
    if (text, html, subject) == (message.text, message.html, message.subject) and not (
        message.actions or message.attachments
    ):
        return message
    return Message(
        subject=subject,
        text=text,
        html=html,
        attachments=message.attachments if messenger.supports_attachments else (),
        actions=message.actions if messenger.supports_actions else (),
    )


def _names(message: Message) -> str:
    return ", ".join(attachment.name for attachment in message.attachments)


def _headed(subject: str, text: str, note: Listener) -> str:
    if begins_with(text, subject):
        note(Note(rule=Rule.SUBJECT_SAID))
        return text
    note(Note(rule=Rule.SUBJECT_MOVED))
    return subject + BETWEEN + text if text else subject


def begins_with(text: str, subject: str) -> bool:
    """Are the first words of ``text`` those of ``subject``? “Order 71 …” is not about order 7."""
    return text.startswith(subject) and not text[len(subject) : len(subject) + 1].isalnum()


def _html(message: Message, links: tuple[Action, ...], messenger: Messenger, note: Listener) -> str:
    html = message.html
    if not html:
        return ""
    if not messenger.supports_html:
        note(Note(rule=Rule.HTML_LEFT_OUT))
        return ""
    if message.subject and not messenger.supports_subject:
        said = begins_with(text_from_html(html), message.subject)
        html = html if said else with_subject(html, message.subject)
    return with_links(html, links) if links else html


def _with_links(message: Message, links: tuple[Action, ...]) -> Message:
    return replace(message, text=_joined(message.text, links)) if links else message


def _joined(text: str, links: tuple[Action, ...]) -> str:
    lines = "\n".join(f"{action.label}: {action.url}" for action in links)
    return text + BETWEEN + lines if text and lines else text or lines


def _within(
    message: Message,
    links: tuple[Action, ...],
    messenger: Messenger,
    longest: int,
    note: Listener,
) -> Message:
    """``message`` with its links, each form of it no longer than ``longest``."""
    text = _joined(message.text, links)
    whole = message if text is message.text else replace(message, text=text)
    length = measured(messenger, text)
    if messenger.overflow is Overflow.SPLIT:
        if length > longest:
            note(Note(rule=Rule.LEFT_TO_SPLIT))
        return whole
    if whole.html and measured(messenger, whole.html) > longest:
        note(Note(rule=Rule.HTML_TOO_LONG))
        whole = replace(whole, html="")
    if length <= longest:
        return whole
    if messenger.overflow is Overflow.REFUSE:
        raise TooLong(f"Its text measures {length}; {messenger.key} takes {longest}.")
    return replace(whole, text=_shortened(message.text, links, messenger, longest, note))


def _shortened(
    text: str, links: tuple[Action, ...], messenger: Messenger, longest: int, note: Listener
) -> str:
    """As much of ``text`` as there is room for before its links, of which the first count most."""
    for count in range(len(links), -1, -1):
        kept = links[:count]

        def fits(beginning: str, kept: tuple[Action, ...] = kept) -> bool:
            return measured(messenger, _joined(beginning, kept)) <= longest

        found = Cut(text=text, rest="") if fits(text) else cut(text, fits)
        if found is None or not (found.text or kept):
            continue
        if kept != links:
            note(Note(rule=Rule.ACTIONS_LEFT_OUT, lost=_joined("", links[count:])))
        if found.rest:
            note(Note(rule=Rule.TEXT_CUT, lost=found.rest))
        return _joined(found.text, kept)
    raise TooLong(f"{messenger.key} takes {longest}: not one word of the text fits.")
