"""The actions of a message: what they say, where they lead, and who named them."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.urls import clear_script_prefix, set_script_prefix

from dsn_core.contract.message import Action
from dsn_core.contract.template import MessageTemplate
from dsn_core.exceptions import TemplateRefused
from dsn_core.models import StoredTemplate, Subscription, Trigger
from dsn_core.rendering.action_lines import MOST_ACTIONS, compiled_lines
from dsn_core.rendering.destinations import absolute, destination
from dsn_core.rendering.locked import LONGEST_SOURCE
from dsn_core.rendering.notes import Rule
from dsn_core.rendering.previewing import previews
from dsn_core.states import State
from tests.core.delivery.conftest import Pager, backend_of, event_of
from tests.core.rendering.speaking import stored
from tests.host.models import Order

pytestmark = pytest.mark.django_db

SITE = {"BASE_URL": "https://shop.example/"}
BUTTONS = {"supports_actions": True}


@pytest.fixture(autouse=True)
def at_home(settings):
    """The site has a public address."""
    settings.DSN = SITE


class Sent(MessageTemplate):
    """Installed words with an action."""

    key = "shop.sent"
    label = "Sent"
    text = "On its way"
    actions = (
        Action(label="Track {{ action_object.number }}", url="https://post.example/{{ code }}/"),
    )

    def get_context(self, context):
        return {**context, "code": "a&b", "live": Live()}


class Live:
    """Has a method that only words of the project's own may call."""

    def path(self):
        return "/live/"


def template(*actions: Action) -> type[MessageTemplate]:
    """Sent, with these actions."""
    return type("Other", (Sent,), {"actions": actions})


def said(send, source: str, *, language: str = "", **more) -> list[tuple[str, str]]:
    """Labels and URLs that this source of a stored template gives."""
    stored("Words", actions=source, language=language)
    envelope, row = send(None, messenger=BUTTONS, **more)
    assert envelope is not None, row.reason
    return [(action.label, action.url) for action in envelope.message.actions]


# ── What they say ───────────────────────────────────────────────────────────────────────


def test_an_installed_template_names_its_actions_in_template_source(send):
    envelope, _ = send(Sent, messenger=BUTTONS, action_object=Order.objects.create(number="<7>"))
    track = Action(label="Track <7>", url="https://post.example/a&b/")
    assert envelope.message.actions == (track,)


def test_a_stored_template_names_one_on_each_line(send):
    source = (
        "Your order = /orders/{{ action_object.number }}/\r\n\r\n"
        "  Write to us = mailto:{{ note }}@shop.example\n"
    )
    given = said(send, source, action_object=Order(pk=7, number="7"), values={"note": "help"})
    assert given == [
        ("Your order", "https://shop.example/orders/7/"),
        ("Write to us", "mailto:help@shop.example"),
    ]


def test_neither_a_comparison_nor_a_query_parts_label_and_address(send):
    source = "{% if note == 'x' %}Yes{% else %}No{% endif %} = https://a.example/?a=b&c = d"
    assert said(send, source, values={"note": "x"}) == [("Yes", "https://a.example/?a=b&c%20=%20d")]


def test_neither_is_escaped_and_each_is_one_line(send):
    given = said(
        send, "{{ note }} = https://a.example/{{ note }}", values={"note": "<a> &\r\n\u2028b"}
    )
    assert given == [("<a> & b", "https://a.example/<a>%20&%0D%0A%E2%80%A8b")]


@pytest.mark.parametrize(
    "source",
    [
        "{% if late %}Call us{% endif %} = tel:+4930",
        "Call us = {% if late %}tel:+4930{% endif %}",
        "Call us = tel:{{ user.phone }}",
        "Look = https://{{ host }}/",
        "{% if late %}Look{% endif %} = javascript:alert(1)",
    ],
)
def test_an_action_of_which_one_half_is_empty_is_left_out(send, source):
    assert said(send, source) == []


def test_actions_are_read_in_the_readers_language(send, settings):
    settings.DSN = {**SITE, "USER_LANGUAGE": "last_name"}
    stored("Words", actions="Look = /en/")
    ada = User.objects.create(username="ada", last_name="de")
    assert said(send, "Ansehen = /de/", language="de", user=ada) == [
        ("Ansehen", "https://shop.example/de/")
    ]


def test_stored_actions_run_in_the_locked_engine(send):
    StoredTemplate.objects.create(key="shop.sent", text="W", actions="A{{ live.path }} = /a/")
    envelope, _ = send(Sent, messenger=BUTTONS)
    assert envelope.message.actions == (Action(label="A", url="https://shop.example/a/"),)


# ── Whose they are ──────────────────────────────────────────────────────────────────────


def test_stored_words_without_actions_keep_those_of_the_installed_template(send):
    StoredTemplate.objects.create(key="shop.sent", text="{{ live }}", actions="\n ")
    live = Action(label="Look", url="{{ live.path }}")
    envelope, _ = send(template(live), messenger=BUTTONS)
    assert envelope.message.text == "<Live>"
    assert envelope.message.actions == (Action(label="Look", url="https://shop.example/live/"),)


def test_stored_actions_take_the_place_of_the_installed_ones(send):
    StoredTemplate.objects.create(key="shop.sent", text="W", actions="Mine = /mine/")
    envelope, _ = send(Sent, messenger=BUTTONS)
    assert [action.label for action in envelope.message.actions] == ["Mine"]


def test_stored_words_can_do_without_any(send):
    StoredTemplate.objects.create(key="shop.sent", text="W", actions="{# none #} = {# none #}")
    envelope, _ = send(Sent, messenger=BUTTONS)
    assert envelope.message.actions == ()


# ── Where they lead ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("rendered", "leads_to"),
    [
        (" https://a.example/x ", "https://a.example/x"),
        ("HTTP://A.example", "HTTP://A.example"),
        ("tel:+49 30", "tel:+49%2030"),
        ("/orders/", "/orders/"),
        ("//evil.example/", "//evil.example/"),
        ("mailto:", ""),
        ("https://", ""),
        ("https:///", ""),
        (" \n", ""),
        ("https://a.example/\ud800", "https://a.example/%3F"),
    ],
)
def test_a_harmless_address_is_kept(rendered, leads_to):
    assert destination(rendered) == leads_to


@pytest.mark.parametrize(
    ("rendered", "says"),
    [
        ("javascript:alert(1)", "begins with 'javascript:'"),
        ("JaVaScRiPt:alert(1)", "begins with 'JaVaScRiPt:'"),
        ("java\nscript:alert(1)", "names no scheme"),
        ("\x01javascript:alert(1)", "names no scheme"),
        ("data:text/html,x", "begins with 'data:'"),
        ("file:///etc/passwd", "begins with 'file:'"),
        ("ftp://a.example/", "begins with 'ftp:'"),
        ("a" * 500 + ":x", f"begins with '{'a' * 20}'"),
        ("shop.example/orders/", "names no scheme"),
        ("?a=b", "names no scheme"),
        ("https:///orders/", "names no host"),
        ("https:\\\\a.example", "names no host"),
        ("https://[a.example/", "names no host"),
    ],
)
def test_any_other_is_refused_in_clear_words(rendered, says):
    with pytest.raises(TemplateRefused, match="leads to http://, https://, mailto:, tel:") as told:
        destination(rendered)
    assert says in str(told.value)


def test_a_path_that_looks_like_a_host_stays_at_this_site():
    assert absolute("//evil.example/") == "https://shop.example//evil.example/"
    assert absolute("mailto:ada@example.org") == "mailto:ada@example.org"


@pytest.mark.parametrize("base", ["https://shop.example/sub", "https://shop.example"])
def test_the_prefix_of_a_site_stands_there_once(settings, base):
    settings.DSN = {"BASE_URL": base}
    set_script_prefix("/sub/")
    try:
        assert absolute("/sub/orders/") == "https://shop.example/sub/orders/"
    finally:
        clear_script_prefix()


def test_a_value_that_leads_elsewhere_refuses_the_message_and_names_the_action(send):
    stored("Words", actions="Fine = /\n\nLook = {{ note }}")
    envelope, row = send(None, values={"note": "javascript:steal()"})
    assert envelope is None
    assert (row.state, row.code) == (State.FAILED, "template")
    assert "The URL of the action in line 3 of 'shop.stored' cannot be had: it begins" in row.reason
    assert "steal" not in row.reason


def test_an_installed_action_that_leads_elsewhere_is_named_by_its_number(send):
    good, bad = Action(label="A", url="/"), Action(label="B", url="data:,x")
    _, row = send(template(good, bad))
    assert "The URL of action 2 of 'shop.sent'" in row.reason


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (Action(label="{% if %}", url="/"), "action 1 of 'shop.sent' cannot be compiled"),
        (Action(label="A", url="{{ x|nonsense }}"), "action 1 of 'shop.sent' cannot be compiled"),
        (Action(label="{% cycle %}", url="/"), "action 1 of 'shop.sent' cannot be compiled"),
        (
            Action(label="A", url="{% url 'no' %}"),
            "The URL of action 1 of 'shop.sent' cannot be had",
        ),
        (Action(label="{% widthratio 1 1 x %}", url="/"), "The label of action 1 of 'shop.sent'"),
    ],
)
def test_an_action_that_cannot_be_rendered_fails_with_the_reason(send, broken, says):
    _, row = send(template(broken), messenger=BUTTONS)
    assert row.state == State.FAILED
    assert says in row.reason


# ── Lines ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("A = /\nnothing", "Line 2: Write a label, an equals sign"),
        ("A=/", "Line 1: Write a label"),
        ("A = ", "Line 1: Write a label"),
        (" = /a/", "Line 1: Write a label"),
        ("A = /\n\n{% if %} = /", "Line 3: "),
        ("A = /\nB = {% load x %}", "Line 2: {% load %} is not available"),
        ("A = /\nB = {{ x|safe }}", "Line 2: The filter |safe is not available"),
        ("A = /\nB = {% nonsense %}", "line 2: 'nonsense'"),
        ("A = /\n{% if a %}B = /", "line 2: 'if'"),
        ("A = /\n" * (MOST_ACTIONS + 1), f"There are 21; at most {MOST_ACTIONS}"),
        ("A = /" + "x" * LONGEST_SOURCE, "Line 1: It is longer than"),
    ],
)
def test_a_line_that_is_wrong_is_named(source, says):
    with pytest.raises(TemplateRefused) as told:
        compiled_lines(source)
    assert says in str(told.value)
    assert "Line 2: Line" not in str(told.value)


def test_lines_that_are_wrong_in_the_database_fail_the_message_with_the_reason(send):
    stored("Words", actions="nothing")
    _, row = send(None)
    assert (row.state, row.code) == (State.FAILED, "template")
    assert "An action of 'shop.stored' cannot be compiled: Line 1: Write a label" in row.reason


def test_a_row_of_which_only_the_actions_are_written_counts_for_nothing(send):
    StoredTemplate.objects.create(key="shop.sent", actions="A = /")
    envelope, _ = send(Sent, messenger=BUTTONS)
    assert envelope.message.text == "On its way"
    assert envelope.message.actions[0].label.startswith("Track")


# ── A site without an address, and the preview ──────────────────────────────────────────


def preview(install, **attributes):
    install(type("Pager", (Pager,), {"sent": [], **attributes}))
    backend = backend_of("pager", message_template="shop.stored")
    return previews([backend], event_of())[0]


def test_a_path_is_left_out_and_told_where_the_site_has_no_address(install, settings):
    settings.DSN = {}
    stored("Words", actions="Yours = /orders/\nOurs = https://a.example/\nMine = /mine/")
    shown = preview(install, **BUTTONS)
    ours = Action(label="Ours", url="https://a.example/")
    assert shown.whole.actions == shown.fitted.actions == (ours,)
    assert [(note.rule, note.lost) for note in shown.notes] == [
        (Rule.ACTIONS_WITHOUT_SITE, "Yours: /orders/\nMine: /mine/")
    ]


def test_both_notes_are_told_where_there_are_no_buttons_either(install, settings):
    settings.DSN = {}
    stored("Words", actions="Yours = /orders/\nOurs = https://a.example/")
    shown = preview(install)
    assert shown.fitted.text == "Words\n\nOurs: https://a.example/"
    rules = [Rule.ACTIONS_WITHOUT_SITE, Rule.ACTIONS_AS_LINKS]
    assert [note.rule for note in shown.notes] == rules


def test_what_is_left_out_is_told_although_nothing_would_go_out(install, settings):
    settings.DSN = {}
    stored("{{ nothing }}", actions="Yours = /orders/")
    shown = preview(install)
    assert "nothing to send" in shown.problem
    assert [note.rule for note in shown.notes] == [Rule.ACTIONS_WITHOUT_SITE]


def test_a_message_goes_out_without_the_path_where_the_site_has_no_address(send, settings):
    settings.DSN = {}
    assert said(send, "Yours = /orders/") == []


# ── End to end ──────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_a_save_sends_buttons_to_one_messenger_and_links_to_the_other(install, settings):
    settings.DSN = {**SITE, "ENGINE": "dsn_core.engines.worker.WorkerEngine"}
    with_buttons = type("Buttons", (Pager,), {"key": "buttons", "sent": [], **BUTTONS})
    without = type("Plain", (Pager,), {"key": "plain", "sent": [], "supports_html": False})
    install(with_buttons, without)
    stored("Paid", actions="Your order = /orders/{{ action_object.number }}/")
    paid = Trigger.objects.watch("post_save", Order, name="Paid")
    ways = [backend_of(key, message_template="shop.stored") for key in ("buttons", "plain")]
    Subscription.objects.subscribe(paid, *ways, addresses=["ada"])

    Order.objects.create(number="7")
    call_command("dsn_worker", "--once")

    (button,), (link,) = with_buttons.sent, without.sent
    url = "https://shop.example/orders/7/"
    assert button.message.text == "Paid"
    assert button.message.actions == (Action(label="Your order", url=url),)
    assert link.message.text == f"Paid\n\nYour order: {url}"
    assert link.message.actions == ()
