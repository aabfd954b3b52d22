"""What the acceptance tests share: wheels are built once, one environment is made."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pytest

from tests.repo.tree import PACKAGES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Wheels(Mapping[str, "Path"]):
    """The wheel of each package, by the package's name; built when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._packages = {package.name: package for package in PACKAGES}
        self._builds: dict[str, subprocess.Popen[str]] = {}
        self._built: dict[str, Path] = {}

    def begin(self, *names: str) -> None:
        """Build these at the same time."""
        for name in names:
            if name not in self._builds:
                self._builds[name] = _build(self._packages[name], self._folder / name)

    def __getitem__(self, name: str) -> Path:
        self.begin(name)
        if name not in self._built:
            self._built[name] = _built(self._builds[name], self._folder / name)
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._packages)

    def __len__(self) -> int:
        return len(self._packages)


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Wheels:
    """The wheels of this workspace."""
    return Wheels(tmp_path_factory.mktemp("wheels"))


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
