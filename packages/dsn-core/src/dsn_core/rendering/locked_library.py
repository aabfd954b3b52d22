"""The tags and filters of a stored template: Django's own, less those that reach out or run away.

Loaded by the locked engine as its only built-in library.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

from django.template import Library, TemplateSyntaxError, defaultfilters, defaulttags, loader_tags
from django.template.base import Node, NodeList

from dsn_core.exceptions import TemplateRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.template.base import Parser, Token
    from django.template.context import Context
    from django.template.defaulttags import ForNode
    from django.utils.safestring import SafeString

LONGEST_VALUE = 65_536
"""No filter gives a longer text."""
MOST_ROUNDS = 20_000
"""How often the bodies of all loops of one template may run together."""
LARGEST_OUTPUT = 262_144
MOST_LOOPED = 4 * LARGEST_OUTPUT
"""What loops may write; the text of an inner one counts again in each outer one.

So much may all that is written out give, too, before anything of it is put together.
"""
MOST_DIGITS = 50

TAGS = (
    "comment",
    "cycle",
    "filter",
    "firstof",
    "for",
    "if",
    "ifchanged",
    "now",
    "regroup",
    "resetcycle",
    "spaceless",
    "templatetag",
    "verbatim",
    "widthratio",
    "with",
)
REFUSED_FILTERS = (
    "center",
    "json_script",
    "ljust",
    "pprint",
    "rjust",
    "safe",
    "safeseq",
    "stringformat",
    "truncatechars_html",
    "truncatewords_html",
    "urlize",
    "urlizetrunc",
)
BUDGET = "_dsn_budget"
"""Where a context holds its ``Budget``: under a name that no template can write."""

P = ParamSpec("P")
R = TypeVar("R")

register = Library()


class Budget:
    """How much the loops of one rendering may still do."""

    __slots__ = ("given", "rounds", "written")

    def __init__(self) -> None:
        self.rounds = self.written = self.given = 0

    def spend(self, written: int) -> None:
        """Note one round. Raises ``TemplateRefused`` when it is one too many."""
        self.rounds += 1
        self.written += written
        if self.rounds > MOST_ROUNDS or self.written > MOST_LOOPED:
            raise TemplateRefused("Its loops run too often, or write too much.")

    def give(self, written: int) -> None:
        """Note what one variable or tag gives. Raises ``TemplateRefused`` when it is too much."""
        self.given += written
        if self.given > MOST_LOOPED:
            raise TemplateRefused(f"It gives more than {LARGEST_OUTPUT} characters.")


def make_pay(nodes: NodeList) -> None:
    """Let all of these that hold no others pay for what they give, however often they stand."""
    for node in nodes.get_nodes_by_type(Node):
        if not any(hasattr(node, name) for name in node.child_nodelists):
            node.render_annotated = _paying(node.render_annotated)  # type: ignore[assignment, method-assign]


def _paying(render: Callable[[Context], int | str]) -> Callable[[Context], int | str]:
    def paying(context: Context) -> int | str:
        text = render(context)
        context[BUDGET].give(len(str(text)))
        return text

    return paying


class LoopBody(Node):
    """The body of a loop, which pays for each round."""

    child_nodelists = ("body",)

    def __init__(self, body: NodeList) -> None:
        self.body = body

    def render(self, context: Context) -> SafeString:
        """As the body's own, unless the budget is spent."""
        text: SafeString = self.body.render(context)
        context[BUDGET].spend(len(text))
        return text


def bounded_for(parser: Parser, token: Token) -> ForNode:
    """Django's ``for``, with a budget."""
    node = defaulttags.do_for(parser, token)
    body = NodeList([LoopBody(cast("NodeList", node.nodelist_loop))])
    node.nodelist_loop = body
    return node


def refused_tag(name: str) -> Callable[[Parser, Token], Node]:
    """What compiles a tag that is not to be had: it says so."""

    def refuse(parser: Parser, token: Token) -> Node:
        raise TemplateSyntaxError(f"{{% {name} %}} is not available in a stored template.")

    return refuse


def bounded(filter_func: Callable[P, R]) -> Callable[P, R]:
    """The filter, unless it gives a text that is too long."""

    @wraps(filter_func)
    def filtered(*arguments: P.args, **flags: P.kwargs) -> R:
        result = filter_func(*arguments, **flags)
        if isinstance(result, (str, list, tuple)) and len(result) > LONGEST_VALUE:
            name = filter_func.__name__
            raise TemplateRefused(f"|{name} gives more than {LONGEST_VALUE} characters.")
        return result

    return filtered


def small_floatformat(text: object, arg: object = -1) -> object:
    """Django's, with a sensible number of digits."""
    digits = str(arg).rstrip("gu").lstrip("-") or "0"
    if digits.isdigit() and (len(digits) > 3 or int(digits) > MOST_DIGITS):
        raise TemplateRefused(f"|floatformat gives at most {MOST_DIGITS} digits.")
    return cast("Callable[..., object]", defaultfilters.floatformat)(text, arg)


def small_join(value: object, arg: object, autoescape: bool = True) -> object:
    """Django's, with a joint of a sensible length."""
    if isinstance(value, (str, list, tuple)) and len(value) * len(str(arg)) > LONGEST_VALUE:
        raise TemplateRefused(f"|join gives more than {LONGEST_VALUE} characters.")
    join = cast("Callable[..., object]", defaultfilters.join)
    return join(value, arg, autoescape=autoescape)


def _fill() -> None:
    for source in (defaulttags.register, loader_tags.register):
        for name, compiler in source.tags.items():
            register.tag(name, compiler if name in TAGS else refused_tag(name))
    register.tag("for", bounded_for)
    for name, filter_func in defaultfilters.register.filters.items():
        if name not in REFUSED_FILTERS:
            register.filters[name] = bounded(filter_func)
    register.filter("floatformat", bounded(small_floatformat), is_safe=True)
    register.filter("join", bounded(small_join), is_safe=True, needs_autoescape=True)


_fill()
