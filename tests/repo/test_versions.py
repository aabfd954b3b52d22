"""The set is released together, so its papers must agree."""

from __future__ import annotations

import re

import pytest

from tests.repo.tree import PACKAGES, ROOT, toml

PROJECTS = {package.name: toml(package / "pyproject.toml")["project"] for package in PACKAGES}
CORE = PROJECTS["dsn-core"]
NEEDS = [need for project in PROJECTS.values() for need in project["dependencies"]]
GROUPS = [
    need
    for name, group in toml(ROOT / "pyproject.toml")["dependency-groups"].items()
    for need in group
    if isinstance(need, str) and name != "pins"
]


def _normal(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement, maxsplit=1)[0].lower().replace("_", "-")


@pytest.mark.parametrize("project", PROJECTS.values(), ids=PROJECTS)
@pytest.mark.parametrize("field", ["version", "requires-python", "classifiers", "license"])
def test_all_distributions_agree(project, field):
    assert project[field] == CORE[field]


@pytest.mark.parametrize("name", [name for name in PROJECTS if name != "dsn-core"])
def test_a_distribution_of_the_set_wants_the_core_of_its_own_minor_version(name):
    major, minor, _ = CORE["version"].split(".")
    bounds = f"dsn-core>={major}.{minor},<{major}.{int(minor) + 1}"
    assert bounds in PROJECTS[name]["dependencies"]


def test_the_changelog_has_a_section_for_the_version():
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert CORE["version"] in headings[0]


def test_whatever_is_installed_is_pinned():
    pinned = {_normal(line) for line in (ROOT / "constraints.txt").read_text().splitlines()}
    assert {_normal(need) for need in [*NEEDS, *GROUPS] if "dsn-" not in need} - pinned == set()


def test_the_pins_name_no_index_and_no_folder():
    pins = (ROOT / "constraints.txt").read_text()
    assert re.findall(r"^.*(?:://|--index|--find|^-e|file:).*$", pins, re.MULTILINE) == []
