"""Stored templates reach nothing, call nothing, reveal nothing and run away nowhere."""

from __future__ import annotations

import datetime as dt
import time
import tracemalloc

import pytest
from django.contrib.auth.models import User
from django.template import Context

from dsn_core.contract.occurrence import Occurrence
from dsn_core.exceptions import TemplateRefused
from dsn_core.rendering.composing import Scene
from dsn_core.rendering.locked import compile_locked, render_locked
from dsn_core.rendering.sealed import SealedMapping, SealedObject, seal
from tests.host.models import Order, Ticket

pytestmark = pytest.mark.django_db


def rendered(source: str, **values: object) -> str:
    context = Context({name: seal(value) for name, value in values.items()}, autoescape=True)
    return render_locked(compile_locked(source), context)


@pytest.fixture
def order():
    """An order with relations of all kinds."""
    ada = User.objects.create(username="ada", first_name="Ada")
    ada.set_password("s3cr3t-password")
    ada.save()
    order = Order.objects.create(number="A-7", status="paid", customer=ada, data={"a": [1, {}]})
    order.watchers.add(ada)
    Ticket.objects.create(title="Late", order=order)
    return order


TAGS = ["load", "include", "extends", "debug", "lorem", "csrf_token", "autoescape", "block", "url"]


@pytest.mark.parametrize("tag", TAGS)
def test_a_tag_that_reaches_out_is_not_available(tag):
    with pytest.raises(TemplateRefused, match=rf"Line 2: {{% {tag} %}} is not available in a st"):
        compile_locked(f"\n{{% {tag} x %}}")


FILTERS = ["safe", "safeseq", "center", "ljust", "rjust", "stringformat", "pprint", "json_script"]


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_that_runs_away_is_not_available(name):
    with pytest.raises(TemplateRefused, match=rf"\|{name} is not available in a stored template"):
        compile_locked(f"{{{{ x|{name}:'1' }}}}")


@pytest.mark.parametrize("source", ["{% nonsense %}", "{{ x|nonsense }}", "{% if %}", "{{ _x }}"])
def test_what_is_wrong_is_refused_with_the_reason(source):
    with pytest.raises(TemplateRefused):
        compile_locked(source)


def test_ordinary_words_work(order):
    source = (
        "{% for name, change in changes.items %}{{ name }}: {{ change.0 }} → {{ change.1 }}\n"
        "{% endfor %}{% if order.customer == user %}{{ user.first_name|upper }}{% endif %} "
        "{{ order.number }} {{ order.get_status_display }} {{ order.data.a.0 }} {{ order }} "
        "{% for one in order.watchers %}{{ one.username }}{% endfor %} "
        "{% for one in order.tickets %}{{ one.title }}{% empty %}none{% endfor %} "
        "{{ order.total|add:1|floatformat:2 }} {{ words|join:', ' }} {{ order.customer_id }}"
        "{{ changes|length }}"
    )
    words = rendered(
        source,
        order=order,
        user=order.customer,
        changes={"status": ("new", "paid")},
        words=["a", "<b>"],
    )
    assert words == (
        "status: new → paid\nADA A-7 Paid 1 Order A-7 ada Late 1.00 a, &lt;b&gt; "
        f"{order.customer_id}1"
    )


@pytest.mark.parametrize(
    "path",
    [
        "data.clear",
        "data.pop",
        "data.update",
        "data.a.append",
        "data.a.clear",
        "order.delete",
        "order.save",
        "order.refresh_from_db",
        "order.objects",
        "order.watchers.clear",
        "order.watchers.0.delete",
        "order.customer.delete",
        "order.customer.set_password",
        "order.customer.get_username",
        "order.customer.check_password",
        "order.tickets.all",
        "order.get_next_by_placed_at",
        "order.pk.real",
    ],
)
def test_nothing_can_be_called(order, path):
    before = dict(order.data)
    data = {"a": [1]}
    given = rendered("[{{ " + path + " }}]", order=order, data=data)
    assert given in ("[]", f"[{order.pk}]")
    assert data == {"a": [1]}
    order.refresh_from_db()
    assert order.data == before
    assert order.watchers.count() == 1


@pytest.mark.parametrize(
    "path", ["order.access_token", "order.customer.password", "order.blob", "data.x"]
)
def test_no_secret_is_there(order, path):
    assert rendered("[{{ " + path + " }}]", order=order, data={}) == "[]"


def test_nor_is_one_by_sorting_or_grouping(order):
    source = (
        "{% regroup order.watchers by password as groups %}"
        "[{% for group in groups %}{{ group.grouper }}{% endfor %}]"
        "[{{ order.watchers|dictsort:'password' }}]"
    )
    assert "md5" not in rendered(source, order=order)


def test_a_sealed_object_is_not_iterable_and_has_no_dict(order):
    sealed = SealedObject(order)
    with pytest.raises(TypeError):
        iter(sealed)
    assert not hasattr(sealed, "__dict__")
    assert [name for name in dir(sealed) if not name.startswith("_")] == []
    assert [name for name in dir(SealedMapping({})) if not name.startswith("_")] == []


def test_relations_are_read_only_when_they_are_asked_for(order, django_assert_num_queries):
    order = Order.objects.get(pk=order.pk)
    with django_assert_num_queries(0):
        Scene(Occurrence(verb="v", at=order.placed_at, action_object=order))
        rendered("{{ order.number }}", order=order)
    with django_assert_num_queries(1):
        rendered("{{ order.customer.username }}{{ order.customer.email }}", order=order)


def test_at_most_a_thousand_are_related(order):
    Ticket.objects.bulk_create([Ticket(order=order) for _ in range(1005)])
    assert rendered("{{ order.tickets|length }}", order=order) == "1000"


def test_a_relation_that_leads_nowhere_is_nothing(order):
    rush = Order.objects.create()
    assert rendered("[{{ order.customer.username }}{{ order.rushorder }}]", order=rush) == "[None]"


def test_strange_objects_are_the_text_of_their_type():
    class Strange:
        def __str__(self):
            raise RuntimeError

        def secret(self):
            raise RuntimeError

    given = rendered("{{ x }}{{ x.secret }}{{ y }}", x=Strange(), y=lambda: 1)
    assert given == "&lt;Strange&gt;&lt;function&gt;"


BOMBS = [
    "{% with a='xxxxxxxxxxxxxxxx' %}"
    + "{% with a=a|add:a %}" * 40
    + "{{ a }}"
    + "{% endwith %}" * 41,
    "{{ big|join:big }}",
    "{{ word|make_list|join:big }}",
    "{{ 1|floatformat:99999999 }}",
    "{{ 1|floatformat:'-99999999g' }}",
    "{% for a in big %}{% for b in big %}{% for c in big %}x{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in big %}{% for b in word %}{{ big }}{% endfor %}{% endfor %}",
    "{% for a in rows %}{% for b in rows %}{% for c in rows %}{% endfor %}{% endfor %}{% endfor %}",
    "{{ big }}" * 10,
    "{% filter linebreaks %}{{ lines }}{{ lines }}{{ lines }}{{ lines }}{% endfilter %}",
    "{% with a='rrrr' %}" + "{% with a=when|date:a %}" * 60 + "{{ a }}" + "{% endwith %}" * 61,
    "{% if x %}" * 5000 + "{% endif %}" * 5000,
    "{{ x" + "|upper" * 100_000 + " }}",
]


@pytest.mark.parametrize("source", BOMBS, ids=range(len(BOMBS)))
def test_a_bomb_is_refused_before_it_explodes(source):
    values = {
        "big": "x" * 60_000,
        "word": "x" * 1000,
        "rows": list(range(1000)),
        "lines": "x\n" * 30_000,
        "when": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        "x": "a",
    }
    started = time.monotonic()
    with pytest.raises(TemplateRefused):
        rendered(source, **values)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("tag", ["{{ big }}", "{% firstof big %}", "{% cycle big 1 as x %}"])
@pytest.mark.parametrize("around", ["", "{% with a=1 %}", "{% if 1 %}", "{% for a in word %}"])
def test_what_is_too_long_is_never_put_together(around, tag):
    word = around.split("{% ")[-1].split()[0] if around else ""
    source = around + tag * 1000 + (f"{{% end{word} %}}" if word else "")
    tracemalloc.start()
    try:
        with pytest.raises(TemplateRefused, match="gives more than 262144 characters"):
            rendered(source, big="x" * 60_000, word="x")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_value_that_is_too_long_is_refused():
    with pytest.raises(TemplateRefused, match="300000 characters"):
        seal("x" * 300_000)


def test_html_cannot_be_smuggled_past_the_escaping():
    evil = "<script>alert(1)</script>"
    for source in (
        "{{ x }}",
        "{{ x|lower }}",
        "{{ x|linebreaks }}",
        "{{ l|join:x }}",
        "{{ x|add:x }}",
    ):
        assert "<script>" not in rendered(source, x=evil, l=[evil, evil])
