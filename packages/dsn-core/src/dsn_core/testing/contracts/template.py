"""The contract of a message template."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from dsn_core.exceptions import TemplateRefused
from dsn_core.plugins.complaints import complaints
from dsn_core.testing.contracts.barely import need_django
from dsn_core.testing.contracts.faults import demand, does_not_apply, fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pytest

    from dsn_core.contract.message import Message
    from dsn_core.contract.occurrence import Occurrence
    from dsn_core.contract.template import MessageTemplate
    from dsn_core.rendering.words import Words

HOSTILE = "<script>alert(1)</script>"


class MessageTemplateContract:
    """Subclass it, and say what happens: the words are rendered and looked at.

    Example::

        class TestOrderPaid(MessageTemplateContract):
            template = OrderPaid

            def occurrences(self):
                order = Order(number="7", total=Decimal("9.90"))
                return [Occurrence(verb="post_save", at=timezone.now(), action_object=order)]
    """

    template: ClassVar[type[MessageTemplate]]
    languages: ClassVar[Sequence[str]] = ("en",)
    """In each of these it is rendered."""
    user: ClassVar[object] = None
    """Who reads it."""
    may_be_missing: ClassVar[Sequence[str]] = ()
    """Names in its words that need not be there, such as ``{% if coupon %}`` asks for."""

    def occurrences(self) -> Sequence[Occurrence]:
        """What the message may be about: at least one."""
        raise NotImplementedError

    def test_it_fulfils_the_contract(self) -> None:
        found = list(complaints("message_template", self.template, core=False))
        demand(not found, f"{self._name} {'; '.join(found)}.", "templates")

    def test_it_has_words_for_each_occurrence(self) -> None:
        for message, language in self._messages():
            demand(
                message.text or message.html or message.subject,
                f"{self._name} says nothing in {language!r}.",
                "templates",
            )

    def test_every_name_in_its_words_is_provided(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG, "django.template"):
            list(self._messages())
        missing = {
            str(record.args[0])
            for record in caplog.records
            if record.name == "django.template" and isinstance(record.args, tuple) and record.args
        }
        missing = {name for name in missing if name not in self.may_be_missing}
        demand(
            not missing,
            f"{self._name} uses {', '.join(sorted(missing))}, which nobody provides: an empty "
            "place in the message.",
            "templates",
        )

    def test_what_it_requires_is_provided(self) -> None:
        for occurrence in self._occurrences():
            lacking = [name for name in self.template.requires if name not in occurrence.values]
            demand(
                not lacking,
                f"{self._name} requires {', '.join(lacking)}, which an occurrence does not have.",
                "templates",
            )

    def test_values_are_escaped_in_html_alone(self) -> None:
        if not (self.template.html or self.template.html_file):
            does_not_apply("The template has no HTML.")
        for occurrence in self._occurrences():
            message = self._rendered(_hostile(occurrence), self.languages[0])
            demand(
                HOSTILE not in message.html,
                f"A value stands in the HTML of {self._name} unescaped: what somebody typed "
                "becomes code.",
                "templates",
            )
            demand(
                "&lt;script&gt;" not in message.text + message.subject,
                f"A value is escaped in the plain text of {self._name}.",
                "templates",
            )

    def test_get_context_gives_a_mapping(self) -> None:
        found: object = self.template().get_context({"user": None})
        demand(
            isinstance(found, Mapping),
            f"get_context() of {self._name} gave {found!r}: return what it was given, and more.",
            "templates",
        )

    @property
    def _name(self) -> str:
        return self.template.__qualname__

    def _occurrences(self) -> Sequence[Occurrence]:
        found = self.occurrences()
        demand(found, f"{type(self).__name__}.occurrences() must give at least one.", "use")
        return found

    def _messages(self) -> Iterator[tuple[Message, str]]:
        for occurrence in self._occurrences():
            for language in self.languages:
                yield self._rendered(occurrence, language), language

    def _rendered(self, occurrence: Occurrence, language: str) -> Message:
        need_django()
        # Not before: they load models.
        from dsn_core.rendering.composing import Scene, render  # noqa: PLC0415
        from dsn_core.rendering.words import installed_words  # noqa: PLC0415

        try:
            book = _Book(self.template, installed_words(self.template.key, self.template))
            scene = Scene(occurrence)
            return render(book, self.template.key, scene, user=self.user, language=language)
        except TemplateRefused as error:
            fault(f"{error}", "templates")


def _hostile(occurrence: Occurrence) -> Occurrence:
    """The same, with what somebody may have typed in each place that holds a text."""
    typed = {name: _typed(value) for name, value in occurrence.values.items()}
    return replace(
        occurrence,
        actor=_typed(occurrence.actor),
        action_object=_typed(occurrence.action_object),
        target=_typed(occurrence.target),
        values=typed,
    )


def _typed(value: object) -> object:
    return HOSTILE if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class _Book:
    """One template, as it is installed."""

    installed: type[MessageTemplate]
    its_words: Words

    def template(self, key: str) -> type[MessageTemplate] | None:
        return self.installed

    def words(self, key: str, language: str) -> Words:
        return self.its_words
