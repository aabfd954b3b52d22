"""The catalog: whose offer stays where several have one key, and what it is called."""

from __future__ import annotations

import pytest
from django.dispatch import Signal
from django.utils.functional import lazy
from django.utils.translation import override

from dsn_core.contract.verb import Verb
from dsn_core.exceptions import NotInstalled, UnknownVerb
from dsn_core.plugins.catalog import make_catalog
from dsn_core.plugins.found import Found
from dsn_core.plugins.labels import words
from dsn_core.plugins.offers import Offer

PAID, OTHER = Signal(), Signal()


def _with_verb(name: str, *signals: Signal) -> Found:
    """A plugin, or an app, that brings the verb ``shop.paid`` for each of these signals."""
    found = Found(distribution=name, version="1", module=name)
    for signal in signals:
        verb = Verb(key="shop.paid", signal=signal, label=f"of {name}")
        offer = Offer(
            kind="verb", key=verb.key, label=verb.label, item=verb, distribution=name, version="1"
        )
        found.offers.append(offer)
    return found


def test_a_plugin_that_declares_an_apps_own_signal_says_more_of_it():
    plugin, app = _with_verb("dsn-shop", PAID), _with_verb("shop", PAID)
    made = make_catalog([plugin], [app])
    assert made.verb("shop.paid").label == "of dsn-shop"
    assert made.faults() == ()


def test_a_plugin_and_an_app_with_different_signals_are_both_refused_and_both_named():
    plugin, app = _with_verb("dsn-shop", OTHER), _with_verb("shop", PAID)
    made = make_catalog([plugin], [app])
    with pytest.raises(UnknownVerb, match=r"no verb 'shop\.paid'"):
        made.verb("shop.paid")
    assert [fault.distribution for fault in made.faults()] == ["dsn-shop", "shop"]
    assert "brought by dsn-shop and shop" in made.faults()[0].message


def test_one_plugin_with_one_key_twice_is_refused_too():
    made = make_catalog([_with_verb("dsn-shop", PAID, OTHER)])
    assert "shop.paid" not in made.offers["verb"]


def test_the_same_thing_twice_is_one_thing():
    plugin = _with_verb("dsn-shop", PAID)
    plugin.offers.append(plugin.offers[0])
    made = make_catalog([plugin])
    assert made.verb("shop.paid").signal is PAID
    assert made.faults() == ()


def test_what_is_not_installed_is_said_with_its_kind_and_key():
    empty = make_catalog([])
    with pytest.raises(NotInstalled, match="brings the messenger 'sms'"):
        empty.messenger("sms")
    with pytest.raises(NotInstalled, match=r"brings the message template 'a\.b'"):
        empty.message_template("a.b")
    with pytest.raises(NotInstalled, match=r"brings the recipient source 'a\.b'"):
        empty.recipient_source("a.b")


def _explode() -> str:
    raise SystemExit


def test_a_label_is_shown_in_the_readers_language():
    with override("de"):
        assert words("Password") == "Passwort"


@pytest.mark.parametrize("label", ["", "  ", lazy(_explode, str)()])
def test_a_label_that_cannot_be_shown_gives_way_to_the_key(label: str):
    assert words(label, "shop.paid") == "shop.paid"
