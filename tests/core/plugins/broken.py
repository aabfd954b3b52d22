"""Everything that can be wrong with a plugin, as distributions, and what must be said of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.core.plugins.installing import HEAD, Distribution, messengers, working


@dataclass(frozen=True, kw_only=True)
class Case:
    """A broken distribution, the words of its fault and hint, and the keys it still brings."""

    distribution: Distribution
    says: str
    hint: str = ""
    brings: tuple[str, ...] = ()


def case(
    name: str, plugin: str, says: str, *, hint: str = "", brings: tuple[str, ...] = ()
) -> Case:
    return Case(
        distribution=Distribution(name=name, plugin=plugin), says=says, hint=hint, brings=brings
    )


def hooks(source: str) -> str:
    """A plugin with one good messenger class, ``Good``, to be returned by its hooks or not."""
    good = "\nclass Good(Working):\n    key = {key!r}\n"
    return HEAD + good + source


def returning(name: str, value: str, says: str) -> Case:
    source = hooks(f"@hookimpl\ndef dsn_messengers():\n    return {value}\n")
    return case(f"dsn-gives-{name}", source.format(key="unused"), says)


def of_class(name: str, body: str, says: str, *, before: str = "") -> Case:
    """A messenger class that does not fulfil the contract, beside one that does."""
    key = name.replace("-", "_")
    bad = f"class Bad(Working):\n    key = '{key}'\n" if "class " not in body else ""
    good = f"class Good(Working):\n    key = 'beside_{key}'\n"
    source = messengers(bad + body, good, before=before)
    return case(f"dsn-class-{name}", source, says, brings=(f"beside_{key}",))


MEND = "Mend or uninstall"

IMPORTS = [
    case("dsn-lacks-sdk", "import no_such_sdk.client", "No module named 'no_such_sdk'",
         hint="Install what provides the module 'no_such_sdk"),
    case("dsn-old-sdk", "from json import no_such_name", "cannot import name 'no_such_name'",
         hint="Install a version of 'json'"),
    case("dsn-own-bug", "from dsn_own_bug import nothing", "import name 'nothing'", hint=MEND),
    case("dsn-own-gap", "import dsn_own_gap.missing", "dsn_own_gap.missing", hint=MEND),
    case("dsn-syntax", "def broken(:\n", "SyntaxError", hint=MEND),
    case("dsn-exits", "raise SystemExit(3)", "raised SystemExit: 3", hint=MEND),
    case("dsn-stops", "class Stop(BaseException): pass\nraise Stop('now')", "Stop: now", hint=MEND),
    case("dsn-silent-error",
         "class Odd(Exception):\n    def __str__(self): raise ValueError\nraise Odd",
         "raised Odd.", hint=MEND),
    case("dsn-mutable-default", HEAD + "class Account(Fields):\n    a: list[str] = []\n",
         "mutable default", hint=MEND),
    case("dsn-named-as-text", HEAD + "class Bad(Messenger['Account', Fields]): key = 'x'\n",
         "name the two classes themselves", hint=MEND),
]  # fmt: skip

TEMPLATE_TOO = """
class Words(MessageTemplate):
    key = "{words}.words"
    label = "Words"
    text = "Hello"

@hookimpl
def dsn_message_templates():
    return [Words]
"""

HOOKS = [
    case("dsn-raises",
         HEAD + "@hookimpl\ndef dsn_messengers():\n    raise RuntimeError('at once')\n"
         + TEMPLATE_TOO.format(words="raises"),
         "dsn_messengers() raised RuntimeError: at once", hint=MEND, brings=("raises.words",)),
    case("dsn-raises-midway",
         hooks("@hookimpl\ndef dsn_messengers():\n"
               "    yield Good\n    raise RuntimeError('midway')\n").format(key="midway"),
         "raised RuntimeError: midway", hint=MEND, brings=("midway",)),
    case("dsn-exits-in-hook",
         HEAD + "@hookimpl\ndef dsn_messengers():\n    raise SystemExit\n"
         + TEMPLATE_TOO.format(words="exits"),
         "dsn_messengers() raised SystemExit.", brings=("exits.words",)),
    returning("none", "None", "returned None."),
    returning("text", "'pager'", "returned an object of str."),
    returning("number", "3", "returned an object of int."),
    returning("class", "Good", "returned dsn_gives_class.plugin.Good."),
    returning("instances", "[Good(account=Fields(), options=Fields())]",
              "an object of dsn_gives_instances.plugin.Good from dsn_messengers() is not a"),
    returning("words", "['pager']", "an object of str from dsn_messengers() is not a subclass"),
    returning("strangers", "[dict]", "dict from dsn_messengers() is not a subclass of Messenger"),
    case("dsn-endless",
         HEAD + "@hookimpl\ndef dsn_messengers():\n"
         "    n = 0\n    while True:\n        n += 1\n"
         "        yield type('Endless', (Working,), {'key': f'endless_{n}'})\n",
         "gave more than 1000 items",
         brings=tuple(f"endless_{n}" for n in range(1, 1001))),
    case("dsn-asks-too-much",
         HEAD + "@hookimpl\ndef dsn_messengers(request):\n    return []\n"
         + TEMPLATE_TOO.format(words="asks"),
         "Registering dsn_messengers raised PluginValidationError", brings=("asks.words",)),
    case("dsn-typo", HEAD + "@hookimpl\ndef dsn_mesengers():\n    return []\n",
         "There is no hook 'dsn_mesengers'.", hint="dsn_messengers"),
    case("dsn-wraps", HEAD + "@hookimpl(wrapper=True)\ndef dsn_messengers():\n    return (yield)\n",
         "dsn_messengers is a hook wrapper."),
    case("dsn-wraps-the-old-way",
         HEAD + "@hookimpl(hookwrapper=True)\ndef dsn_messengers():\n    yield\n",
         "dsn_messengers is a hook wrapper."),
    case("dsn-unmarked", HEAD + "def dsn_messengers():\n    return []\n",
         "dsn_messengers is not marked.", hint="Put @hookimpl above it."),
]  # fmt: skip

LAZY = """
from django.utils.functional import lazy

def explode():
    raise RuntimeError("no catalogue")
"""

CLASSES = [
    of_class("abstract", "class Bad(Messenger):\n    key = 'abstract'\n    label = 'x'\n"
             "    channel = 'push'\n", "does not define send()"),
    of_class("blank-label", "    label = '  '\n", "has no label"),
    of_class("number-label", "    label = 3\n", "neither a str nor a lazy text"),
    of_class("lazy-label", "    label = lazy(explode, str)()\n",
             "has a label that cannot be shown (RuntimeError)", before=LAZY),
    of_class("bad-key", "    key = 'Bad-Key'\n", "has the key 'Bad-Key'; it must look like"),
    of_class("dotted-key", "    key = 'bad.key'\n", "has the key 'bad.key'"),
    of_class("no-key", "class Bad(Working):\n    pass\n", "has the key None"),
    of_class("channel", "    channel = 'pigeon'\n", "has the channel 'pigeon'; it must be one of"),
    of_class("rate", "    rate = 'fast'\n", "has the rate 'fast'; it must be like 30/second"),
    of_class("address-rate", "    rate_per_address = '0/day'\n", "the rate_per_address '0/day'"),
    of_class("max-length", "    max_length = 0\n", "has the max_length 0"),
    of_class("flag", "    supports_html = 'yes'\n", "has the supports_html 'yes'"),
    of_class("audience", "    audience = 'public'\n", "it must be an Audience"),
    of_class("init", "    def __init__(self): pass\n", "overrides __init__"),
    of_class("required-option",
             "class Bad(Working, Messenger[Fields, Options]):\n    key = 'bad'\n",
             "has the option 'mode' without a default",
             before="class Options(Fields):\n    mode: str\n"),
    of_class("secret-option",
             "class Bad(Working, Messenger[Fields, Options]):\n    key = 'bad'\n",
             "has the secret option 'pin'",
             before="class Options(Fields):\n    pin: str = option(default='', secret=True)\n"),
    of_class("odd-default",
             "class Bad(Working, Messenger[Fields, Options]):\n    key = 'bad'\n",
             "has the option 'size' with the default 'big', which does not fit",
             before="class Options(Fields):\n    size: int = 'big'\n"),
    of_class("mapping-option",
             "class Bad(Working, Messenger[Fields, Options]):\n    key = 'bad'\n",
             "a mapping, which no form can draw",
             before="from collections.abc import Mapping\nclass Options(Fields):\n"
             "    more: Mapping[str, object] = option(default_factory=dict)\n"),
    of_class("unresolved",
             "class Bad(Working, Messenger[Account, Fields]):\n    key = 'bad'\n",
             "cannot be read (name 'Decimal' is not defined)",
             before="class Account(Fields):\n    limit: 'Decimal'\n"),
    of_class("odd-type",
             "class Bad(Working, Messenger[Account, Fields]):\n    key = 'bad'\n",
             "a field is str, int, float",
             before="class Account(Fields):\n    limit: complex\n"),
]  # fmt: skip


def others(name: str, hook: str, body: str, says: str) -> Case:
    source = f"{HEAD}\n{body}\n\n@hookimpl\ndef {hook}():\n    return [Thing]\n"
    return case(f"dsn-other-{name}", source, says)


OTHERS = [
    others("template-plain-key", "dsn_message_templates",
           "class Thing(MessageTemplate):\n    key = 'paid'\n    label = 'x'\n    text = 'x'\n",
           "has the key 'paid'; it must look like shop.order_paid"),
    others("template-empty", "dsn_message_templates",
           "class Thing(MessageTemplate):\n    key = 'a.b'\n    label = 'x'\n", "has no words"),
    others("template-both", "dsn_message_templates",
           "class Thing(MessageTemplate):\n    key = 'a.b'\n    label = 'x'\n    text = 'x'\n"
           "    text_file = 'x.txt'\n", "gives both text and text_file"),
    others("template-requires", "dsn_message_templates",
           "class Thing(MessageTemplate):\n    key = 'a.b'\n    label = 'x'\n    text = 'x'\n"
           "    requires = 'order'\n", "has a requires that is no tuple of str"),
    others("template-actions", "dsn_message_templates",
           "class Thing(MessageTemplate):\n    key = 'a.b'\n    label = 'x'\n    text = 'x'\n"
           "    actions = 'Look = /'\n", "has actions that are no tuple of Action"),
    others("template-action", "dsn_message_templates",
           "class Thing(MessageTemplate):\n    key = 'a.b'\n    label = 'x'\n    text = 'x'\n"
           "    actions = (('Look', '/'),)\n", "has an action 1 that is no Action"),
    others("template-action-url", "dsn_message_templates",
           "class Thing(MessageTemplate):\n    key = 'a.b'\n    label = 'x'\n    text = 'x'\n"
           "    from dsn_core import Action\n    actions = (Action(label='Look', url=7),)\n",
           "has an action 1 whose label and url are not both a str with words"),
    others("source-abstract", "dsn_recipient_sources",
           "class Thing(RecipientSource):\n    key = 'a.b'\n    label = 'x'\n",
           "does not define recipients()"),
    others("gate-key", "dsn_gates",
           "class Thing(Gate):\n    key = 'gate'\n    def screen(self, candidates): return []\n",
           "has the key 'gate'"),
    others("verb-key", "dsn_verbs", "Thing = Verb(key='paid')", "has the key 'paid'"),
    others("verb-signal", "dsn_verbs", "Thing = Verb(key='a.b', signal='paid')",
           "has a signal that is no Signal"),
    others("verb-provides", "dsn_verbs", "Thing = Verb(key='a.b', provides={'order': 3})",
           "provides 'order', which is neither a type nor a model's label"),
    others("verb-words", "dsn_verbs", "Thing = 'a.b'", "is not a Verb"),
]  # fmt: skip


def packed(name: str, says: str, *, brings: tuple[str, ...] = (), **metadata: Any) -> Case:
    key = name.replace("-", "_")
    distribution = Distribution(name=f"dsn-packed-{name}", plugin=working(key), **metadata)
    return Case(distribution=distribution, says=says, brings=brings)


METADATA = [
    packed("no-version", "no name or no version", brings=("no_version",), version=""),
    packed("no-attribute", "has no attribute 'nothing'",
           entry_points="[dsn]\nx = dsn_packed_no_attribute.plugin:nothing\n"),
    packed("no-reference", "Invalid object reference", entry_points="[dsn]\nx = not a module!!\n"),
    packed("no-module", "No module named 'dsn_packed_no_module.gone'",
           entry_points="[dsn]\nx = dsn_packed_no_module.gone\n"),
    packed("no-sense", "Reading its entry points raised", entry_points="[dsn]\nnot an entry\n"),
]  # fmt: skip

CASES = [*IMPORTS, *HOOKS, *CLASSES, *OTHERS, *METADATA]

TWINS = [Distribution(name=f"dsn-twin-{letter}", plugin=working("twin")) for letter in ("a", "b")]
PRETENDER = Distribution(name="dsn-pretender", plugin=working("console"))
NAMELESS = Distribution(name="dsn-nameless", plugin=working("nameless"), metadata="")
UNREADABLE = Distribution(name="unreadable", entry_points="[dsn]\nx = \xff\xfe\n")
PROXY = Distribution(
    name="dsn-proxy",
    plugin="""
    class Unready:
        @property
        def __class__(self): raise RuntimeError("outside of a request")
        def __getattr__(self, name): raise RuntimeError("outside of a request")

    request = Unready()
    """
    + working("proxied").replace("\n", "\n    "),
)
SIX = [
    item.distribution
    for item in CASES
    if item.distribution.name
    in {
        "dsn-lacks-sdk",
        "dsn-syntax",
        "dsn-exits",
        "dsn-raises-midway",
        "dsn-gives-none",
        "dsn-class-abstract",
    }
]
FINE = Distribution(name="dsn-fine", plugin=working("fine"))
