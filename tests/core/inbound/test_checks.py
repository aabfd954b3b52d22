"""``manage.py check --deploy`` where a service could report, and has nowhere to."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from django.core import checks
from django.urls import include, path

import dsn_core.checks as dsn_checks


@pytest.fixture
def urls(settings, monkeypatch):
    """Serves these URLs."""

    def serve(*patterns):
        module = ModuleType("urls_of_a_test")
        module.urlpatterns = list(patterns)
        monkeypatch.setitem(sys.modules, "urls_of_a_test", module)
        settings.ROOT_URLCONF = "urls_of_a_test"

    return serve


def said() -> list[str]:
    found = [one for one in dsn_checks.check_deployment() if one.id == "dsn.I003"]
    assert all(one.level == checks.INFO and one.hint for one in found)
    return [str(one.msg) for one in found]


def test_all_is_well_where_the_service_has_somewhere_to_report_to(acme):
    assert said() == []


def test_without_a_base_url_it_says_whose_reports_are_lost(acme, settings):
    settings.DSN = {**settings.DSN, "BASE_URL": ""}
    [message] = said()
    assert "acme:default, acme:ops" in message
    assert 'DSN["BASE_URL"] is not set' in message


def test_without_our_urls_too(acme, urls):
    urls()
    [message] = said()
    assert "dsn_core.urls is not included" in message


def test_they_may_be_mounted_anywhere_and_under_another_name(acme, urls):
    urls(path("far/away/", include(("dsn_core.urls", "dsn"), namespace="tidings")))
    assert said() == []


def test_urls_that_cannot_be_read_are_djangos_own_concern(acme, settings):
    settings.ROOT_URLCONF = "there.is.no.such.module"
    assert said() == []


def test_nobody_is_nagged_who_configured_no_such_account(acme, settings):
    settings.DSN = {"MESSENGERS": {"email": {"default": {}}, "console": {"default": {}}}}
    assert said() == []


def test_it_is_said_only_where_it_matters(acme, settings):
    settings.DSN = {**settings.DSN, "BASE_URL": ""}
    assert [one for one in dsn_checks.check_project() if one.id == "dsn.I003"] == []
