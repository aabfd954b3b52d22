"""Plain text from HTML."""

from __future__ import annotations

import pytest

from dsn_email.plaintext import text_from_html


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One\n  two</p><p>Three<br>four</p>", "One two\n\nThree\nfour"),
        ("<h1>Paid</h1><div>a</div><div>b</div>", "Paid\n\na\nb"),
        ("A <b>bold</b> <i>word</i>.", "A bold word."),
        ("Tom &amp; Jerry &lt;3 caf&eacute; &#128640;", "Tom & Jerry <3 café 🚀"),
        ("<ul><li>One</li><li>Two</li></ul><p>End</p>", "- One\n- Two\n\nEnd"),
        ("<ol><li>One</li><li>Two</li></ol>", "1. One\n2. Two"),
        (
            "<ul><li>One<ul><li>Inner</li></ul></li><li>Two</li></ul>",
            "- One\n  - Inner\n- Two",
        ),
        ('<a href="http://a.de/?x=1&amp;y=2">Track</a> it', "Track (http://a.de/?x=1&y=2) it"),
        ('<a href="https://a.example/">https://a.example/</a>', "https://a.example/"),
        ('<a href="https://a.example/"><img src="x.png"></a>', "https://a.example/"),
        ('<a href="mailto:a@b.example">a@b.example</a>', "a@b.example"),
        ('<a href="#top">Top</a> <a>bare</a>', "Top bare"),
        ('<img alt="Our logo" src="x.png"> Hello', "Our logo Hello"),
        ("<pre>a\n  b</pre>c", "a\n  b\nc"),
        ("<table><tr><td>a</td><td>7</td></tr><tr><td>b</td><td>9</td></tr></table>", "a 7\nb 9"),
        ("a<hr>b", "a\n\n----\n\nb"),
        ("<head><title>T</title><style>p{}</style></head>Hi<script>alert(1)</script>", "Hi"),
        ("<p>open <b>and <i>never closed", "open and never closed"),
        ("</p></ul></a>Stray", "Stray"),
        ("a < b and c", "a < b and c"),
        ("<!-- secret -->Hi", "Hi"),
        ("שלום <b>עולם</b>", "שלום עולם"),
        ("", ""),
    ],
)  # fmt: skip
def test_the_words_stay_readable(html, text):
    assert text_from_html(html) == text


def test_a_hundred_kilobytes_take_no_time():
    html = "<ul>" + "<li><a href='https://a.example/'>x</a></li>" * 2500 + "</ul>"

    assert text_from_html(html).count("https://a.example/") == 2500
