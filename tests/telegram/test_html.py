"""From any HTML to what Telegram can show."""

from __future__ import annotations

import time

import pytest

from dsn_telegram.reading import read
from tests.telegram.posting import send

MAIL = '<a href="mailto:ada@example.org">x</a> '


def html(source):
    """What is sent of it."""
    rich = read(source)
    return rich.html(0, len(rich.text)).strip()


@pytest.mark.parametrize(
    "kept",
    [
        "<b>a</b>",
        "<strong>a</strong>",
        "<i>a</i>",
        "<em>a</em>",
        "<u>a</u>",
        "<ins>a</ins>",
        "<s>a</s>",
        "<strike>a</strike>",
        "<del>a</del>",
        "<code>a</code>",
        "<pre>a\n  b</pre>",
        '<pre><code class="language-python">a</code></pre>',
        "<blockquote>a</blockquote>",
        "<blockquote expandable>a</blockquote>",
        "<tg-spoiler>a</tg-spoiler>",
        '<span class="tg-spoiler">a</span>',
        '<a href="https://shop.example/?a=1&amp;b=%22">a</a>',
        '<a href="tg://user?id=4711">a</a>',
        "<b>a <i>b</i> c</b>",
        "a &lt;b&gt; &amp;amp; c",
        "first\nsecond\n\n  third",
    ],
)
def test_what_telegram_shows_is_kept(kept, server):
    assert html(kept) == kept

    send(server, html=kept)
    assert server.messages[0].raw["text"] == kept


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<p>One</p>\n\n\n<p>Two\n  words</p>", "One\n\nTwo words"),
        ("One<br>Two<br/>Three<BR />Four", "One\nTwo\nThree\nFour"),
        ("One<br><br>Two", "One\n\nTwo"),
        ("<h1>Title</h1>Text<h2>More</h2>", "<b>Title</b>\n\nText\n\n<b>More</b>"),
        ("<h1><b>Title</b></h1>", "<b>Title</b>"),
        ("<ul><li>One</li> <li><p>Two</p></li></ul>end", "• One\n\n• Two\n\nend"),
        ("<ol><li>One</li><li>Two</li></ol>", "1. One\n2. Two"),
        ("<ul><li>A<ol><li>B</li></ol></li><li>C</li></ul>", "• A\n  1. B\n• C"),
        ("<li>stray</li>", "• stray"),
        ("<div>One</div><div>Two</div>", "One\nTwo"),
        ("a<hr>b", "a\n\nb"),
        (
            "<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>",
            "A | B\n1 | 2",
        ),
        ("<p>a <b> b </b> c</p>", "a <b>b</b> c"),
        ("<p>a&nbsp;b&#160;c</p>", "a\u00a0b\u00a0c"),
        ("<p>&eacute;&euro;&hellip;&lt;&gt;&amp;&quot;</p>", 'é€…&lt;&gt;&amp;"'),
        ("<p>a</p><pre>x\n  y</pre><p>b</p>", "a\n\n<pre>x\n  y</pre>\n\nb"),
        ("<p>a</p><blockquote>q</blockquote>", "a\n\n<blockquote>q</blockquote>"),
        ('<p>See <img src="x.png" alt="a cat">!</p>', "See a cat!"),
        ("<b></b><p>a<i> </i></p>", "a"),
        ("<b>open <i>both", "<b>open <i>both</i></b>"),
        ("<b>a<i>b</b>c</i>", "<b>a<i>b</i></b><i>c</i>"),
        ("<b>a<strong>b</strong></b>", "<b>ab</b>"),
        ("<code>a<b>b</b></code>", "<code>ab</code>"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>", "<blockquote>ab</blockquote>"),
        ("<p><font color=red>a</font><sup>2</sup><unknown>b</unknown></p>", "a2b"),
        ('<span class="tg-spoiler other">a</span><span class="x">b</span>', None),
        ('<code class="language-<b>">a</code>', "<code>a</code>"),
    ],
)
def test_what_it_does_not_know_becomes_lines(source, shown, server):
    shown = shown or '<span class="tg-spoiler">a</span>b'
    assert html(source) == shown

    assert send(server, html=source).detail == {}


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("<script>alert(1)</script>a", "a"),
        ("<style>b{}</style><title>t</title>a", "a"),
        ("<!-- secret -->a", "a"),
        ('<a href="javascript:alert(1)">a</a>', "a"),
        ('<a href="data:text/html,x">a</a>', "a"),
        ('<a href="https://x.example" onclick="evil()">a</a>', '<a href="https://x.example">a</a>'),
        ('<b style="x" class="y" id="z">a</b>', "<b>a</b>"),
        ('<a href="https://x.example/&quot;&gt;&lt;b&gt;">a</a>', None),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;script&gt;alert(1)&lt;/script&gt;"),
    ],
)
def test_nothing_dangerous_gets_through(source, shown, server):
    if shown is not None:
        assert html(source) == shown
    assert send(server, html=source).detail == {}


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ('<a href="http://localhost:8000/7">Order 7</a>', "Order 7 (http://localhost:8000/7)"),
        ('<a href="mailto:desk@shop.example">Write us</a>', "Write us (desk@shop.example)"),
        ('<a href="mailto:desk@shop.example">desk@shop.example</a>', "desk@shop.example"),
        ('<p><a href="tel:+4930123">Call</a> us</p>', "Call (+4930123) us"),
        ('<a href="/orders/7/">Order 7</a>', "Order 7"),
        ("<a>Order 7</a>", "Order 7"),
    ],
)
def test_a_link_that_telegram_would_drop_is_spelt_out(source, shown):
    assert html(source) == shown


def test_line_breaks_count_where_nothing_else_lays_the_words_out():
    assert html("<b>Order 7</b>\nTotal: 5\n\n  Thanks") == "<b>Order 7</b>\nTotal: 5\n\n  Thanks"
    assert html("<b>Order 7</b>\nTotal: 5<br>Thanks") == "<b>Order 7</b> Total: 5\nThanks"


@pytest.mark.parametrize(
    "html",
    ["<b>" * 20_000 + "x", "<span>" * 400 + "x<br>" * 40_000, MAIL * 20_000],
    ids=["deep", "deep-and-long", "links"],
)
def test_html_that_means_harm_is_read_in_no_time(html):
    begun = time.perf_counter()
    read(html)

    assert time.perf_counter() - begun < 4


def test_a_list_that_is_nested_for_ever_does_not_become_all_blanks():
    lines = read("<ul><li>x" * 500).text.split("\n")

    assert lines[:3] == ["• x", "  • x", "    • x"]
    assert {len(line) for line in lines[8:]} == {len(lines[7])}
