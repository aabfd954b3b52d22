"""The words of a message: an installed template's, or those that somebody has stored instead."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Engine, Template, TemplateDoesNotExist, TemplateSyntaxError

from dsn_core.exceptions import NotInstalled, TemplateRefused
from dsn_core.models import StoredTemplate
from dsn_core.models.alias import alias
from dsn_core.plugins.catalog import catalog
from dsn_core.rendering.action_lines import compiled_lines
from dsn_core.rendering.locked import compile_locked, render_locked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from django.db.models import QuerySet

    from dsn_core.contract.template import MessageTemplate

PARTS = ("subject", "text", "html")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Some words, compiled. ``locked``: somebody stored them. ``html``: values are escaped."""

    template: Template
    locked: bool
    html: bool = False

    def render(self, context: Mapping[str, object]) -> str:
        """Them as text. Raises what the template raises."""
        values = Context(dict(context), autoescape=self.html)
        if self.locked:
            return str(render_locked(self.template, values))
        return str(self.template.render(values))


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionWords:
    """What an action says and where it leads. ``name`` is how complaints call it."""

    name: str
    label: Phrase
    url: Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The three parts, of which an empty one is None, and the actions."""

    parts: Mapping[str, Phrase | None]
    actions: tuple[ActionWords, ...]

    @property
    def engines(self) -> set[bool]:
        """Whether a locked engine runs them: True, False, or some each."""
        phrases = [*self.parts.values(), *(action.label for action in self.actions)]
        return {phrase.locked for phrase in phrases if phrase is not None}


class Book(Protocol):
    """Where the words of each template are found."""

    def template(self, key: str) -> type[MessageTemplate] | None:
        """The installed template; None where there are stored words only."""

    def words(self, key: str, language: str) -> Words:
        """Its words in a language. Raises ``NotInstalled`` or ``TemplateRefused``."""


class Phrasebook:
    """The words that some deliveries need, read from the database once."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._stored: dict[str, dict[str, StoredTemplate]] = {}
        for row in with_words().filter(key__in=set(keys)):
            self._stored.setdefault(row.key, {})[row.language.lower().replace("_", "-")] = row
        self._made: dict[tuple[str, str], Words] = {}

    def has(self, key: str) -> bool:
        """Are there any words of this key, so that ``words`` finds some in every language?"""
        return key in self._stored or key in catalog().offers["message_template"]

    def template(self, key: str) -> type[MessageTemplate] | None:
        """The installed template, whose ``get_context`` counts; None where it is only stored."""
        if key not in catalog().offers["message_template"]:
            return None
        return catalog().message_template(key)

    def words(self, key: str, language: str) -> Words:
        """The words for readers of ``language``.

        They are those stored for it, for its base, for any language; else the installed
        template's; else, where words are only stored, those of a close language, of the
        project's, or whichever there are. Stored words that name no action keep those of the
        installed template. Raises ``NotInstalled`` or ``TemplateRefused``.
        """
        made = self._made.get((key, language))
        if made is None:
            made = self._made[key, language] = self._words(key, language)
        return made

    def _words(self, key: str, language: str) -> Words:
        rows = self._stored.get(key, {})
        stored = _first(rows, (*_bases(language), ""))
        template = self.template(key)
        if stored is None and template is not None:
            return installed_words(key, template)
        stored = stored or _first(rows, _instead_of(language, rows))
        if stored is None:
            raise NotInstalled(f"There is no message template {key!r} with any words.")
        return _stored_words(key, stored, template)


def with_words() -> QuerySet[StoredTemplate]:
    """What is stored; a row of which no part is written counts for nothing."""
    return StoredTemplate.objects.using(alias()).exclude(**dict.fromkeys(PARTS, ""))


def known_keys() -> set[str]:
    """The keys of which there are words, installed or stored: none of them is waited for."""
    stored = with_words().order_by().values_list("key", flat=True).distinct()
    return {*stored, *catalog().offers["message_template"]}


def _bases(language: str) -> tuple[str, ...]:
    """``zh-hant-hk``, ``zh-hant``, ``zh``."""
    parts = language.lower().split("-")
    return tuple("-".join(parts[:count]) for count in range(len(parts), 0, -1))


def _instead_of(language: str, rows: Iterable[str]) -> Iterator[str]:
    """The languages in which somebody reads what is not written in hers, the best first."""
    base = _bases(language)[-1]
    yield from sorted(row for row in rows if row.startswith(f"{base}-"))
    yield from _bases(settings.LANGUAGE_CODE)
    yield from sorted(rows)


def _first(rows: Mapping[str, StoredTemplate], languages: Iterable[str]) -> StoredTemplate | None:
    return next((rows[language] for language in languages if language in rows), None)


def installed_words(key: str, template: type[MessageTemplate]) -> Words:
    """The words that a template class brings itself. Raises ``TemplateRefused``."""
    parts = _parts(key, lambda part: _from_project(template, part), locked=False)
    return Words(parts=parts, actions=_installed_actions(key, template))


def _stored_words(key: str, row: StoredTemplate, template: type[MessageTemplate] | None) -> Words:
    parts = _parts(key, lambda part: _from_storage(row, part), locked=True)
    actions = _stored_actions(key, row)
    if not actions and template is not None:
        actions = _installed_actions(key, template)
    return Words(parts=parts, actions=actions)


def _parts(
    key: str, compiled: Callable[[str], Template | None], *, locked: bool
) -> Mapping[str, Phrase | None]:
    parts: dict[str, Phrase | None] = {}
    for part in PARTS:
        with _naming(f"The {part} of {key!r}"):
            template = compiled(part)
        html = part == "html"
        parts[part] = (
            None if template is None else Phrase(template=template, locked=locked, html=html)
        )
    return parts


def _installed_actions(key: str, template: type[MessageTemplate]) -> tuple[ActionWords, ...]:
    actions = []
    for number, action in enumerate(template.actions, start=1):
        name = f"action {number}"
        with _naming(f"The {name} of {key!r}"):
            label, url = (_compile(project_engine(), each) for each in (action.label, action.url))
        actions.append(_action_words(name, label, url, locked=False))
    return tuple(actions)


def _stored_actions(key: str, row: StoredTemplate) -> tuple[ActionWords, ...]:
    with _naming(f"An action of {key!r}"):
        lines = compiled_lines(row.actions)
    return tuple(
        _action_words(f"the action in line {line.number}", line.label, line.url, locked=True)
        for line in lines
    )


def _action_words(name: str, label: Template, url: Template, *, locked: bool) -> ActionWords:
    return ActionWords(
        name=name,
        label=Phrase(template=label, locked=locked),
        url=Phrase(template=url, locked=locked),
    )


@contextmanager
def _naming(what: str) -> Iterator[None]:
    """Says of what cannot be compiled in the block that it is ``what``."""
    try:
        yield
    except (TemplateRefused, TemplateSyntaxError, RecursionError) as error:
        raise TemplateRefused(f"{what} cannot be compiled: {error}") from error
    except TemplateDoesNotExist as error:
        raise TemplateRefused(f"{what} is in no file {error}.") from error


def _from_storage(row: StoredTemplate, part: str) -> Template | None:
    source: str = getattr(row, part)
    return compile_locked(source) if source else None


def _from_project(template: type[MessageTemplate], part: str) -> Template | None:
    source: str = getattr(template, part)
    if source:
        return _compile(project_engine(), source)
    name: str = getattr(template, f"{part}_file")
    return project_engine().get_template(name) if name else None


def project_engine() -> Engine:
    """The project's own template engine; a plain one where it has none of Django's."""
    try:
        return Engine.get_default()
    except ImproperlyConfigured:
        return _plain_engine()


@lru_cache(maxsize=1)
def _plain_engine() -> Engine:
    return Engine(app_dirs=True)


@lru_cache(maxsize=512)
def _compile(engine: Engine, source: str) -> Template:
    return engine.from_string(source)
