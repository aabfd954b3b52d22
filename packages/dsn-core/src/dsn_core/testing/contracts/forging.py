"""Webhooks that are not the service's, and signatures that notice how they are compared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dsn_core.contract.report import Webhook


def forgeries(webhook: Webhook, *, signed: bool) -> Iterator[tuple[str, Webhook]]:
    """How ``webhook`` may be forged; where it is ``signed``, also by changing what it says."""
    yield "without its headers and query", replace(webhook, headers={}, query={})
    for how, word in (("blank", ""), ("foreign", "señal")):
        headers = dict.fromkeys(webhook.headers, word)
        query = dict.fromkeys(webhook.query, (word,))
        yield f"with {how} headers and query", replace(webhook, headers=headers, query=query)
    for what, body in (("an empty object", b"{}"), ("no JSON", b"<p>Hello</p>")):
        bare = replace(webhook, headers={}, query={}, form={}, body=body)
        yield f"that is unsigned and holds {what}", bare
    if not signed:
        return
    if webhook.form:
        more = {**webhook.form, "forged": ("1",)}
        yield "with a changed form", replace(webhook, form=more, body=webhook.body + b"&forged=1")
    else:
        yield "with a changed body", replace(webhook, body=webhook.body + b" ")


class Watched(str):
    """A text that notices when ``==`` or ``!=`` finds it equal to another."""

    __slots__ = ("compared",)
    compared: bool

    def __new__(cls, text: str) -> Watched:
        made = super().__new__(cls, text)
        made.compared = False
        return made

    def __eq__(self, other: object) -> bool:
        equal = str.__eq__(self, other)
        self.compared = self.compared or equal is True
        return equal

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def proofs(webhook: Webhook) -> Iterator[tuple[str, Webhook, Webhook, Watched]]:
    """For each header and query value: its name, the webhook without it, and with it watched."""
    for name, value in webhook.headers.items():
        seen = Watched(value)
        others = {each: word for each, word in webhook.headers.items() if each != name}
        without, watching = (replace(webhook, headers=h) for h in (others, {**others, name: seen}))
        yield name, without, watching, seen
    for name, values in webhook.query.items():
        seen = Watched(values[-1])
        rest = {each: words for each, words in webhook.query.items() if each != name}
        more = {**rest, name: (*values[:-1], seen)}
        without, watching = (replace(webhook, query=q) for q in (rest, more))
        yield name, without, watching, seen
