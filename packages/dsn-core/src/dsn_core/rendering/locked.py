"""The engine of stored templates: no loaders, few tags, a bounded output."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from django.template import Engine, TemplateSyntaxError
from django.template.defaultfilters import register as all_filters

from dsn_core.exceptions import TemplateRefused
from dsn_core.rendering.locked_library import (
    BUDGET,
    LARGEST_OUTPUT,
    REFUSED_FILTERS,
    Budget,
    make_pay,
)

if TYPE_CHECKING:
    from django.template import Context, Template

LONGEST_SOURCE = LARGEST_OUTPUT
UNKNOWN_FILTER = re.compile(r"Invalid filter: '(\w+)'")


class LockedEngine(Engine):
    """Django's engine with our library in place of its built-in ones."""

    default_builtins = ["dsn_core.rendering.locked_library"]


@cache
def locked_engine() -> LockedEngine:
    """The one engine; it knows nothing of the project."""
    loaders: list[tuple[str, dict[str, str]]] = [("django.template.loaders.locmem.Loader", {})]
    return LockedEngine(dirs=[], app_dirs=False, libraries={}, loaders=loaders)


@lru_cache(maxsize=512)
def compile_locked(source: str) -> Template:
    """``source`` compiled. Raises ``TemplateRefused``, which says why and in which line."""
    if len(source) > LONGEST_SOURCE:
        raise TemplateRefused(f"It is longer than {LONGEST_SOURCE} characters.")
    try:
        template = locked_engine().from_string(source)
        make_pay(template.nodelist)
    except TemplateSyntaxError as error:
        raise TemplateRefused(_explain(error)) from error
    except RecursionError as error:
        raise TemplateRefused("Its tags are nested too deeply.") from error
    return template


def _explain(error: TemplateSyntaxError) -> str:
    words = str(error)
    found = UNKNOWN_FILTER.search(words)
    if found and found[1] in REFUSED_FILTERS and found[1] in all_filters.filters:
        words = f"The filter |{found[1]} is not available in a stored template."
    token = getattr(error, "token", None)
    line = getattr(token, "lineno", None)
    return f"Line {line}: {words}" if line and not words.startswith("Invalid block") else words


def render_locked(template: Template, context: Context) -> str:
    """The text. Raises ``TemplateRefused`` where it, or what makes it, is too large."""
    context[BUDGET] = Budget()
    text = template.render(context)
    if len(text) > LARGEST_OUTPUT:
        raise TemplateRefused(f"It gives more than {LARGEST_OUTPUT} characters.")
    return text
