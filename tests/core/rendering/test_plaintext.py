"""HTML as a reader of plain text reads it."""

from __future__ import annotations

import time

import pytest

from dsn_core.rendering.plaintext import text_from_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>1 &lt; 2</p>", "1 < 2"),
        ("<h1>Paid</h1><p>Order\n  <b>7</b>,</p><p>thanks.</p>", "Paid\n\nOrder 7,\n\nthanks."),
        ("<div><div>a</div></div><div>b</div>c", "a\nb\nc"),
        ("a<br>b<br/><br/>c", "a\nb\n\nc"),
        ("<b>a</b><i>b</i> <u>c</u>", "ab c"),
        ("a&nbsp;b", "a\u00a0b"),
        ("<p>x</p><hr><p>y", "x\n\n---\n\ny"),
        ("<pre>a  b\n  c</pre>d", "a  b\n  c\n\nd"),
        ("<table><tr><th>a</th><td>b</td></tr><tr><td>c<td>d</table>", "a b\nc d"),
        ("a <blockquote>b</blockquote> c", "a\n\nb\n\nc"),
        ("", ""),
    ],
)
def test_the_shape_is_kept(html, text):
    assert text_from_html(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<ul><li>a</li><li><p>b</p></li></ul>c", "- a\n- b\n\nc"),
        ("<ol start='3'><li>a<li>b</ol>", "3. a\n4. b"),
        ("<ul><li>a<ol><li>b<li>c</ol><li>d</ul>", "- a\n  1. b\n  2. c\n- d"),
        ("<ul><li></li><li>a</li></ul>b", "- a\n\nb"),
        ("</li></ul></ol>a<li>b", "a\n- b"),
    ],
)
def test_items_are_marked_or_numbered(html, text):
    assert text_from_html(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<a href='https://x.example/7'>Track it</a>.", "Track it (https://x.example/7)."),
        ("<p><a href=' HTTPS://x.example '>Go</a></p><p>z</p>", "Go (HTTPS://x.example)\n\nz"),
        ("<a href='https://x.example/'>https://x.example</a>", "https://x.example"),
        ("<a href='mailto:a@x.example'>a@x.example</a>", "a@x.example"),
        ("<a href='tel:+491'>Call</a>", "Call (+491)"),
        ("<a href='https://x.example'><img alt='Logo'></a>", "Logo (https://x.example)"),
        ("<a href='https://x.example'><img></a>", "https://x.example"),
        ("<a href='#top'>Top</a> <a name=x>b</a> <a href='javascript:x()'>c</a></a>", "Top b c"),
    ],
)
def test_a_link_says_where_it_leads(html, text):
    assert text_from_html(html) == text


@pytest.mark.parametrize(
    "html",
    [
        "<style>p { color: red }</style><p>seen</p>",
        "<script>if (a < b) { x('</p>') }</script>seen",
        "<html><head><title>t</title><meta></head><body>seen</body></html>",
        "<head><title>t<body>seen",
        "<!-- <p>no</p> --><![if mso]>seen<![endif]>",
        "<![foo bar]>seen",
        "<svg><text>no</text></svg><template>no</template>seen",
    ],
)
def test_what_is_no_text_is_left_out(html):
    assert text_from_html(html) == "seen"


@pytest.mark.parametrize("beginning", ["<a ", "<a href='", "<!--", "<![", "</", "<?"])
def test_what_begins_and_never_ends_is_text_and_takes_no_time(beginning):
    started = time.perf_counter()
    assert "end" in text_from_html(f"<p>x</p>{beginning * 20_000} end")
    text_from_html(f"{beginning * 20_000}>")
    assert time.perf_counter() - started < 5
