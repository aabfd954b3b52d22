"""Plugins installed, disabled and uninstalled as people do it."""

from __future__ import annotations

import site
import subprocess
import venv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import dsn_core
from tests.core.plugins.broken import FINE, SIX
from tests.core.plugins.installing import Distribution, Project, working
from tests.services import take_time

if TYPE_CHECKING:
    from collections.abc import Callable

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "2.3"

[project.entry-points.dsn]
{module} = "{module}.plugin"
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh virtual environment that also sees what this one has, core and Django."""
    take_time("installs a plugin by pip")
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=True, symlinks=True)
    python = home / "bin" / "python"
    purelib = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    seen = [*site.getsitepackages(), str(Path(dsn_core.__file__).parents[1])]
    lines = [f"import site; site.addsitedir({folder!r})" for folder in seen]
    Path(purelib, "all_of_this_one.pth").write_text("\n".join(lines))
    return python


@pytest.fixture
def project(tmp_path: Path, python: Path) -> Project:
    return Project.make(tmp_path, python=str(python))


@pytest.fixture
def pip(python: Path, tmp_path: Path) -> Callable[..., None]:
    def run(*arguments: str) -> None:
        command = [str(python), "-m", "pip", "--disable-pip-version-check", "-q", *arguments]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert ran.returncode == 0, ran.stdout + ran.stderr

    return run


def _source(distribution: Distribution, folder: Path) -> Path:
    """The distribution as its author has it, before it is built."""
    here = folder / f"source-{distribution.name}"
    (here / distribution.module).mkdir(parents=True)
    (here / distribution.module / "__init__.py").write_text("")
    (here / distribution.module / "plugin.py").write_text(distribution.plugin)
    pyproject = PYPROJECT.format(name=distribution.name, module=distribution.module)
    (here / "pyproject.toml").write_text(pyproject)
    return here


def _by_name(report: Any) -> dict[str, Any]:
    return {plugin["distribution"]: plugin for plugin in report["plugins"]}


@pytest.mark.slow
def test_pip_installs_a_plugin_and_takes_it_away_again(
    project: Project, pip: Callable[..., None], tmp_path: Path
):
    broken = next(item for item in SIX if item.name == "dsn-lacks-sdk")
    sources = [str(_source(item, tmp_path)) for item in (FINE, broken)]
    pip("install", "--no-index", "--no-deps", "--no-build-isolation", *sources)
    plugins = _by_name(project.report())
    assert plugins["dsn-fine"]["version"] == "2.3"
    assert [brought["key"] for brought in plugins["dsn-fine"]["brings"]] == ["fine"]
    assert plugins["dsn-fine"]["faults"] == []
    assert "no_such_sdk" in plugins["dsn-lacks-sdk"]["faults"][0]["hint"]

    pip("uninstall", "-y", "dsn-fine", "dsn-lacks-sdk")
    assert {"dsn-fine", "dsn-lacks-sdk"}.isdisjoint(_by_name(project.report()))


def test_a_disabled_plugin_is_listed_and_never_imported(tmp_path: Path):
    project = Project.make(tmp_path, settings='\nDSN = {"DISABLED_PLUGINS": ["DSN_Loud", "gone"]}')
    project.install(
        Distribution(name="dsn-loud", plugin="raise SystemExit('imported')"),
        Distribution(name="dsn-quiet", plugin=working("quiet")),
    )
    plugins = _by_name(project.report())
    assert plugins["dsn-loud"]["disabled"] is True
    assert plugins["dsn-loud"]["faults"] == plugins["dsn-loud"]["brings"] == []
    assert plugins["dsn-quiet"]["disabled"] is False

    checked = project.manage("check")
    assert checked.returncode == 0
    assert "(dsn.W006) DSN[\"DISABLED_PLUGINS\"] names 'gone'" in checked.stderr
    assert "dsn-loud" not in checked.stderr.partition("HINT")[0]


def test_disabling_one_of_two_rivals_lets_the_other_work(tmp_path: Path):
    project = Project.make(tmp_path, settings='\nDSN = {"DISABLED_PLUGINS": ["dsn-one"]}')
    project.install(
        Distribution(name="dsn-one", plugin=working("shared")),
        Distribution(name="dsn-two", plugin=working("shared")),
    )
    assert project.report()["messengers"]["shared"]["distribution"] == "dsn-two"


def test_starting_django_imports_no_plugin(tmp_path: Path):
    project = Project.make(tmp_path)
    project.install(Distribution(name="dsn-quiet", plugin=working("quiet")))
    loaded = project.script("import sys\nprint('dsn_quiet' in sys.modules)")
    assert loaded.strip() == "False"
