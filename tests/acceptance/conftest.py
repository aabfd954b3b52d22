"""What the acceptance tests share: wheels are built once, one environment is made."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.repo.tree import PACKAGES

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The wheel of each package, by the package's name."""
    folder = tmp_path_factory.mktemp("wheels")
    builds = {package.name: _build(package, folder / package.name) for package in PACKAGES}
    return {name: _built(build, folder / name) for name, build in builds.items()}


def _build(package: Path, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    return subprocess.Popen(
        [*command, str(package)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def _built(build: subprocess.Popen[str], folder: Path) -> Path:
    said, _nothing = build.communicate(timeout=120)
    assert build.returncode == 0, said
    (wheel,) = folder.glob("*.whl")
    return wheel
