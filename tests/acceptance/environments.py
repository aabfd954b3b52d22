"""A clean environment with a Django project in it, used as people use theirs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import django

from tests.repo.tree import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE = 180.0
"""Seconds for one command; an index may be far away."""
OURS = ("DJANGO_SETTINGS_MODULE", "PYTHONPATH", "DSN_", "PYTEST_")
"""Variables that must not reach a stranger's project."""


def clean_environment(**more: str) -> dict[str, str]:
    """This process's environment without what is about the test run."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, **more}


def run(*command: str, cwd: Path, **more: str) -> str:
    """What the command prints. Fails with all that it printed unless it ends well."""
    ran = subprocess.run(
        command,
        cwd=cwd,
        env=clean_environment(**more),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert ran.returncode == 0, f"{' '.join(command)}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A virtual environment that holds nothing but what is installed into it."""

    home: Path

    @classmethod
    def make(cls, home: Path) -> Environment:
        """Without a pip of its own: this process's installs into it, which saves seconds."""
        venv.create(home, with_pip=False, symlinks=True)
        pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        # The Django that this run is about.
        pins = [pin for pin in pins if not pin.startswith("django==")]
        (home / "pins.txt").write_text("\n".join([*pins, f"django=={django.get_version()}"]))
        return cls(home=home)

    @property
    def python(self) -> str:
        return str(self.home / "bin" / "python")

    def pip(self, *arguments: str) -> None:
        """Run pip for this environment."""
        options = ("--disable-pip-version-check", "--quiet", "--python", self.python)
        run(sys.executable, "-m", "pip", *options, *arguments, cwd=self.home)

    def install(self, *what: str) -> None:
        """Install, with our pins; what is imported is compiled then, which is a fraction."""
        self.pip("install", "--no-compile", "--constraint", str(self.home / "pins.txt"), *what)

    def uninstall(self, *names: str) -> None:
        self.pip("uninstall", "--yes", *names)


@dataclass(frozen=True, kw_only=True)
class Project:
    """What ``startproject`` makes, and no more."""

    home: Path
    python: str

    @classmethod
    def start(cls, home: Path, python: str, *, settings: str) -> Project:
        """Start a project and write ``settings`` below what is in its settings file."""
        home.mkdir()
        run(python, "-m", "django", "startproject", "empty", ".", cwd=home)
        with (home / "empty" / "settings.py").open("a") as file:
            file.write(settings)
        return cls(home=home, python=python)

    def manage(self, *arguments: str) -> str:
        """What ``manage.py`` prints."""
        return run(self.python, "manage.py", *arguments, cwd=self.home)

    def ask(self, source: str) -> Any:
        """What a script says that runs in the project and leaves its answer in ``answer``."""
        script = self.home / "asked.py"
        script.write_text(
            "import json\nimport django\n\ndjango.setup()\n"
            f"{dedent(source)}\nprint('ANSWER', json.dumps(answer))\n",
            encoding="utf-8",
        )
        said = run(self.python, script.name, cwd=self.home, DJANGO_SETTINGS_MODULE="empty.settings")
        return json.loads(said.rpartition("ANSWER ")[2])
