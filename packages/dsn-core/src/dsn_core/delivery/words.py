"""The words of a message: an installed template's, or those that somebody has stored instead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured
from django.template import Context, Engine, Template, TemplateDoesNotExist, TemplateSyntaxError

from dsn_core.delivery.locked import compile_locked, render_locked
from dsn_core.exceptions import NotInstalled, TemplateRefused
from dsn_core.models import StoredTemplate
from dsn_core.models.alias import alias
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from dsn_core.contract.template import MessageTemplate

PARTS = ("subject", "text", "html")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The three parts, compiled; one that is empty is None. ``locked``: somebody stored them."""

    parts: Mapping[str, Template | None]
    locked: bool

    def render(self, part: str, context: Mapping[str, object]) -> str:
        """One part as text; only HTML is escaped. Raises what the template raises."""
        template = self.parts[part]
        if template is None:
            return ""
        values = Context(dict(context), autoescape=part == "html")
        if self.locked:
            return str(render_locked(template, values))
        return str(template.render(values))


class Phrasebook:
    """The words that some deliveries need, read from the database once."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._stored: dict[str, dict[str, StoredTemplate]] = {}
        wanted = StoredTemplate.objects.using(alias()).filter(key__in=set(keys))
        for row in wanted:
            self._stored.setdefault(row.key, {})[row.language.lower()] = row

    def has(self, key: str) -> bool:
        """Is there any template of this key?"""
        return key in self._stored or key in catalog().offers["message_template"]

    def template(self, key: str) -> type[MessageTemplate] | None:
        """The installed template, whose ``get_context`` counts; None where it is only stored."""
        if key not in catalog().offers["message_template"]:
            return None
        return catalog().message_template(key)

    def words(self, key: str, language: str) -> Words:
        """The words for readers of ``language``: exactly it, its base, any; else the installed.

        Raises ``NotInstalled`` or ``TemplateRefused``.
        """
        stored = self._in_language(key, language)
        if stored is not None:
            return _compiled(key, stored, _from_storage, locked=True)
        template = self.template(key)
        if template is None:
            raise NotInstalled(f"There is no message template {key!r} for {language!r}.")
        return _compiled(key, template, _from_project, locked=False)

    def _in_language(self, key: str, language: str) -> StoredTemplate | None:
        rows = self._stored.get(key, {})
        for candidate in (language, language.partition("-")[0], ""):
            if candidate in rows and any(getattr(rows[candidate], part) for part in PARTS):
                return rows[candidate]
        return None


Compiler = Callable[[object, str], Template | None]


def _compiled(key: str, source: object, compiler: Compiler, *, locked: bool) -> Words:
    parts: dict[str, Template | None] = {}
    for part in PARTS:
        try:
            parts[part] = compiler(source, part)
        except (TemplateRefused, TemplateSyntaxError, RecursionError) as error:
            raise TemplateRefused(f"The {part} of {key!r} cannot be compiled: {error}") from error
        except TemplateDoesNotExist as error:
            raise TemplateRefused(f"The {part} of {key!r} is in no file {error}.") from error
    return Words(parts=parts, locked=locked)


def _from_storage(row: object, part: str) -> Template | None:
    source: str = getattr(row, part)
    return compile_locked(source) if source else None


def _from_project(template: object, part: str) -> Template | None:
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
