"""How ``dsn_fire`` says what a trigger found, who would be told, and what became of an event."""

from __future__ import annotations

from collections import Counter
from textwrap import indent
from typing import TYPE_CHECKING

from dsn_core.conf import INLINE, config
from dsn_core.fanout.rehearsing import LEFT_OUT, rehearse
from dsn_core.management.showing import preview_lines
from dsn_core.models import Delivery
from dsn_core.models.alias import alias
from dsn_core.records.holding import held_accounts
from dsn_core.rendering.previewing import previews
from dsn_core.states import FINAL, EventState, SuppressedBy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dsn_core.capture.explaining import Finding
    from dsn_core.capture.firing import Firing
    from dsn_core.fanout.rehearsing import Line, Part, Rehearsal
    from dsn_core.models import Event

OFF = "The trigger is switched off: nobody is told. Were it on:"
NOT_SAID = "cannot be said before its cause is mended"


def finding_lines(found: Iterable[Finding]) -> Iterator[str]:
    """What the trigger asks, and what it found."""
    for one in found:
        yield f"{'yes' if one.holds else 'NO ':3} {one.asked} (it is {one.found})"


def rehearsal_lines(firing: Firing, *, limit: int, full: bool) -> Iterator[str]:
    """Who would get what, by each backend."""
    event = firing.event()
    found = rehearse(event, lines=max(limit, 0), even_if_off=True)
    if not firing.trigger.enabled:
        yield OFF
    for part in found.parts:
        yield ""
        yield from _part_lines(part, event, full=full)
    yield from _remarks(found)
    yield ""
    yield "Nothing was stored, and nothing sent."


def _part_lines(part: Part, event: Event, *, full: bool) -> Iterator[str]:
    backend = part.backend
    through = f"{backend.messenger}, account {backend.account!r}"
    yield f"{backend.name} ({through}): {part.told} would get it{_others(part)}"
    for line in part.lines:
        yield f"  {_who(line)}: {_fate(line)}"
    more = part.looked_at - len(part.lines)
    if more:
        yield f"  … and {more} more; --limit lists them"
    if (backend.messenger, backend.account) in held_accounts():
        yield "  The account is held: it would wait until that is released."
    shown = [line for line in part.lines if line.is_told] if full else [part.first]
    for one in shown:
        if one is not None:
            yield from _message(one, part, event)


def _others(part: Part) -> str:
    others = {code: count for code, count in part.counts.items() if code}
    if not others:
        return ""
    said = ", ".join(f"{count} {code}" for code, count in sorted(others.items()))
    return f", {sum(others.values())} would not ({said})"


def _who(line: Line) -> str:
    return line.recipient_key if line.user is None else f"{line.recipient_key} {line.user}"


def _fate(line: Line) -> str:
    if line.is_told:
        until = f", not before {line.until:%Y-%m-%d %H:%M} ({line.reason})" if line.until else ""
        return f"{line.address or 'everybody'}{until}"
    if line.code == LEFT_OUT:
        return NOT_SAID
    label = SuppressedBy(line.code).label
    return f"{line.code}: {line.reason or label}"


def _message(line: Line, part: Part, event: Event) -> Iterator[str]:
    [preview] = previews([part.backend], event, user=line.user)
    yield f"  the message for {_who(line)}, in {preview.language!r}:"
    for text in preview_lines(preview):
        yield indent(text, "    ")


def _remarks(found: Rehearsal) -> Iterator[str]:
    for cause in found.causes:
        yield f"It would wait and be planned again: {cause}."
    for note in found.notes:
        yield f"Left out: {note}."
    if not any(part.told for part in found.parts):
        yield "So nobody would be told."


def aftermath_lines(event: Event) -> Iterator[str]:
    """What has become of an event that was just written."""
    yield f"Event {event.pk} is written."
    states = _states(event)
    if states:
        yield f"Its deliveries: {', '.join(_counted(states))}."
    if event.state == EventState.DONE and not states:
        yield f"Nobody is told{': ' + event.reason if event.reason else ''}."
    if event.state != EventState.DONE:
        yield f"It is not fanned out yet{': ' + event.reason if event.reason else ''}."
    if event.state != EventState.DONE or any(state not in FINAL for state, _code in states):
        yield _who_goes_on()


def _states(event: Event) -> Counter[tuple[str, str]]:
    rows = Delivery.objects.using(alias()).filter(event=event.pk).order_by()
    return Counter(rows.values_list("state", "code").iterator())


def _counted(states: Counter[tuple[str, str]]) -> Sequence[str]:
    return [
        f"{count} {state}{f' ({code})' if code else ''}"
        for (state, code), count in sorted(states.items())
    ]


def _who_goes_on() -> str:
    engine = config().engine
    if engine == INLINE:
        return "What is left goes on with the next save that counts; or run dsn_worker --once."
    return f"{engine.rpartition('.')[2]} goes on with it; or run dsn_worker --once."
