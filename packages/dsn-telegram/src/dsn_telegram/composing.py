"""From a message to what is asked of Telegram: one part, or several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dsn_telegram import counting, links, splitting
from dsn_telegram.rich import Rich, bold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dsn_core import Action, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message of Telegram's. ``html`` is empty where the words go out alone."""

    text: str
    html: str = ""
    buttons: tuple[Action, ...] = ()


def compose(message: Message, *, as_html: bool) -> tuple[Part, ...]:
    """The parts of ``message``, the buttons under the last; none where there are no words."""
    buttons = [action for action in message.actions if links.is_fit(action.url)]
    body = _with_subject(_body(message, as_html=as_html), message.subject, as_html=as_html)
    if not body.text.strip():
        buttons = []  # Telegram takes no buttons without words: they are the words.
    lines = [_line(action) for action in message.actions if action not in buttons]
    return _parts(body.then(Rich(text="\n".join(lines))), buttons, as_html=as_html)


def _body(message: Message, *, as_html: bool) -> Rich:
    if message.html and (as_html or not message.text):
        from dsn_telegram.reading import read

        rich = read(counting.whole(message.html))
        if rich.text.strip() or not message.text:
            return rich if as_html else Rich(text=rich.text)
    return Rich(text=_clean(message.text))


def _with_subject(body: Rich, subject: str, *, as_html: bool) -> Rich:
    """The subject as a first line of its own, unless the words begin with it."""
    title = " ".join(_clean(subject).split())
    if not title or body.text.lstrip().startswith(title):
        return body
    return (bold(title) if as_html else Rich(text=title)).then(body)


def _line(action: Action) -> str:
    return _clean(f"{action.label}: {action.url}" if action.label.strip() else action.url)


def _parts(rich: Rich, buttons: Sequence[Action], *, as_html: bool) -> tuple[Part, ...]:
    cuts = list(splitting.split(rich))
    return tuple(
        Part(
            text=rich.text[start:end],
            html=rich.html(start, end) if as_html else "",
            buttons=tuple(buttons) if (start, end) == cuts[-1] else (),
        )
        for start, end in cuts
    )


def _clean(text: str) -> str:
    return counting.whole(text).replace("\r\n", "\n").replace("\r", "\n")
