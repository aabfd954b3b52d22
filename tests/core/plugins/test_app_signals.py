"""The signals of installed apps: verbs without registration, each import guarded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django import conf
from django.utils.functional import SimpleLazyObject

from dsn_core.plugins.catalog import catalog
from dsn_core.plugins.signals import discover_apps
from tests.core.plugins.installing import Project
from tests.host import signals

if TYPE_CHECKING:
    from pathlib import Path

OWN = """
from django.db.models.signals import post_save
from django.dispatch import Signal

opened = Signal()
_private = Signal()
"""
BROKEN = {
    "exits": "raise SystemExit(1)",
    "lacks": "import no_such_module",
    "unparsable": "def broken(:",
}


def test_an_apps_own_signal_is_a_verb_and_djangos_is_not():
    assert catalog().verb("host.order_paid").signal is signals.order_paid
    assert "host.post_save" not in catalog().offers["verb"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with three apps whose ``signals`` cannot be imported, and one good one."""
    names = [*BROKEN, "shop", "silent"]
    project = Project.make(tmp_path, settings=f"\nINSTALLED_APPS += {names!r}\n")
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("")
    for name, source in {**BROKEN, "shop": OWN}.items():
        (tmp_path / name / "signals.py").write_text(source)
    return project


@pytest.mark.fault
def test_an_app_whose_signals_break_is_named_and_stops_no_other(project: Project):
    apps = {app["app"]: app for app in project.report()["apps"]}
    assert set(apps) == {*BROKEN, "shop"}
    assert [verb["key"] for verb in apps["shop"]["brings"]] == ["shop.opened"]
    for name in BROKEN:
        assert apps[name]["brings"] == []
        [fault] = apps[name]["faults"]
        assert f"Importing {name}.signals raised" in fault["message"]
    assert apps["exits"]["faults"][0]["hint"] == "Until it is mended, its signals are no verbs."
    assert "no_such_module" in apps["lacks"]["faults"][0]["hint"]

    checked = project.manage("check")
    assert checked.returncode == 0
    assert checked.stderr.count("(dsn.W002)") == 3
    assert project.manage("migrate", "--verbosity=0").returncode == 0


def test_what_is_lazy_is_not_woken(monkeypatch):
    def broken():
        raise RuntimeError("woken")

    monkeypatch.setattr(conf, "something", SimpleLazyObject(broken), raising=False)
    monkeypatch.setattr(signals, "something", SimpleLazyObject(broken), raising=False)
    assert [fault for app in discover_apps() for fault in app.faults] == []
