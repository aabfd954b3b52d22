"""A broken distribution says what is wrong with it, and takes nothing else down."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.plugins.broken import (
    CASES,
    FINE,
    NAMELESS,
    PRETENDER,
    PROXY,
    TWINS,
    UNREADABLE,
    Case,
)
from tests.core.plugins.installing import Project

pytestmark = pytest.mark.fault


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What ``dsn_plugins --json`` says with all of them installed at once."""
    project = Project.make(tmp_path_factory.mktemp("project"))
    project.install(*(case.distribution for case in CASES))
    project.install(*TWINS, PRETENDER, NAMELESS, UNREADABLE, PROXY, FINE)
    return project.report()


def _plugin(report: Any, name: str) -> Any:
    return next(plugin for plugin in report["plugins"] if plugin["distribution"] == name)


def _keys(plugin: Any) -> tuple[str, ...]:
    return tuple(brought["key"] for brought in plugin["brings"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.distribution.name)
def test_a_broken_plugin_is_named_with_what_is_wrong_and_what_to_do(report: Any, case: Case):
    plugin = _plugin(report, case.distribution.name)
    assert len(plugin["faults"]) == 1, plugin["faults"]
    fault = plugin["faults"][0]
    assert case.says in fault["message"]
    assert case.hint in fault["hint"]
    assert fault["hint"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.distribution.name)
def test_what_a_broken_plugin_brought_in_good_order_is_kept(report: Any, case: Case):
    assert _keys(_plugin(report, case.distribution.name)) == case.brings


def test_two_strangers_with_one_key_are_both_refused_and_both_named(report: Any):
    for twin in TWINS:
        plugin = _plugin(report, twin.name)
        assert plugin["brings"] == []
        [fault] = plugin["faults"]
        assert fault["message"] == (
            "The messenger 'twin' is brought by dsn-twin-a and dsn-twin-b: none of them is used."
        )
    assert "twin" not in report["messengers"]


def test_a_strangers_key_never_replaces_cores(report: Any):
    assert report["messengers"]["console"]["distribution"] == "dsn-core"
    assert _plugin(report, "dsn-core")["faults"] == []
    [fault] = _plugin(report, "dsn-pretender")["faults"]
    assert "dsn-core's stays" in fault["message"]


def test_a_plugin_without_metadata_is_named_by_its_place_and_still_works(report: Any):
    [plugin] = [p for p in report["plugins"] if p["distribution"].startswith("unknown (")]
    assert _keys(plugin) == ("nameless",)
    assert plugin["faults"]


def test_metadata_that_is_no_text_hides_no_other_plugin(report: Any):
    assert "fine" in report["messengers"]


def test_a_global_that_cannot_be_looked_at_costs_a_plugin_nothing(report: Any):
    plugin = _plugin(report, "dsn-proxy")
    assert plugin["faults"] == []
    assert _keys(plugin) == ("proxied",)


def test_a_healthy_plugin_among_broken_ones_has_no_fault(report: Any):
    assert _plugin(report, "dsn-fine")["faults"] == []
    assert report["messengers"]["fine"]["configured"] is True
