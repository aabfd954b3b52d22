"""The one way to write an address."""

from __future__ import annotations

import pytest

from dsn_core import InvalidAddress
from tests.email.posting import messenger


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  Ada.L+news@Example.ORG ", "Ada.L+news@example.org"),
        ('"a@b"@example.org', '"a@b"@example.org'),
        ("root@localhost", "root@localhost"),
        ("ada@[192.0.2.1]", "ada@[192.0.2.1]"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada@пример.рф", "ada@xn--e1afmkfd.xn--p1ai"),
        ("ada@例え.テスト", "ada@xn--r8jz45g.xn--zckzah"),
        ("ada@u\u0308ber.example", "ada@xn--ber-goa.example"),
    ],
)
def test_only_the_domain_is_rewritten(raw, normal):
    email = messenger()

    assert email.normalize_address(raw) == normal
    assert email.normalize_address(normal) == normal


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        ("", "no @"),
        ("ada", "no @"),
        ("ada@", "nothing after its @"),
        ("@example.org", "nothing before its @"),
        ("ada@example", "not an e-mail address"),
        ("ada@@example.org", "not an e-mail address"),
        ("a..da@example.org", "not an e-mail address"),
        ("ada lovelace@example.org", "not an e-mail address"),
        ("Ada <ada@example.org>", "not an e-mail address"),
        ("ada@example.org,bob@example.org", "not an e-mail address"),
        ("ada@exa mple.org", "not an e-mail address"),
        ("ada@-example.org", "not an e-mail address"),
        (f"{'a' * 320}@example.org", "not an e-mail address"),
        ("ada@example.org\nBcc: b@example.org", "line break"),
        ("ada\r@example.org", "line break"),
        ("ädä@example.org", "other letters than ASCII"),
        ("ada@straße.example", "xn--"),
        ("ada@ü..example", "not a domain name"),
        (f"ada@{'ü' * 80}.example", "not a domain name"),
    ],
)
def test_a_fault_is_named(raw, fault):
    with pytest.raises(InvalidAddress, match=fault):
        messenger().normalize_address(raw)
