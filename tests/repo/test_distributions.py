"""What is built holds all that the tree holds."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from tests.repo.tree import PACKAGES, files, shown, toml
from tests.services import take_time

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

PARTS_OF_CORE = ["templates", "static", "migrations"]


@pytest.fixture(scope="session")
def dist(tmp_path_factory) -> Path:
    """A folder with the sdist of each package, and with the wheel made of that sdist."""
    take_time("builds all distributions")
    folder: Path = tmp_path_factory.mktemp("dist")
    for package in PACKAGES:
        build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder)]
        built = subprocess.run([*build, str(package)], capture_output=True, text=True, timeout=120)
        assert built.returncode == 0, built.stdout + built.stderr
    return folder


def _wheel(dist: Path, package: Path) -> zipfile.ZipFile:
    return zipfile.ZipFile(next(dist.glob(f"{package.name.replace('-', '_')}-*.whl")))


def _names_in_wheel(dist: Path, package: Path) -> set[str]:
    with _wheel(dist, package) as wheel:
        return set(wheel.namelist())


def _names_in_sdist(dist: Path, package: Path) -> set[str]:
    archive = next(dist.glob(f"{package.name.replace('-', '_')}-*.tar.gz"))
    with tarfile.open(archive) as sdist:
        return {name.partition("/")[2] for name in sdist.getnames()}


def _tracked(package: Path, folder: str = ".") -> set[str]:
    here = package / folder
    return {path.relative_to(here).as_posix() for path in files(shown(here))}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_a_wheel_holds_every_file_of_its_package(dist, package):
    assert _tracked(package, "src") - _names_in_wheel(dist, package) == set()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_an_sdist_holds_every_file_of_its_package(dist, package):
    assert _tracked(package) - _names_in_sdist(dist, package) == set()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_a_wheel_carries_its_licence_and_its_entry_point(dist, package):
    with _wheel(dist, package) as wheel:
        papers = {name.partition(".dist-info/")[2]: name for name in wheel.namelist()}
        entry_points = wheel.read(papers["entry_points.txt"]).decode()
    assert "licenses/LICENSE" in papers
    module, target = next(
        iter(toml(package / "pyproject.toml")["project"]["entry-points"]["dsn"].items())
    )
    assert f"[dsn]\n{module} = {target}" in entry_points


@pytest.mark.parametrize("part", PARTS_OF_CORE)
def test_the_core_brings_its(dist, part):
    core = next(package for package in PACKAGES if package.name == "dsn-core")
    assert any(name.startswith(f"dsn_core/{part}/") for name in _names_in_wheel(dist, core))
