"""``startmessenger``: writes a distribution with a messenger of one's own."""

from __future__ import annotations

import keyword
import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError
from django.core.management.templates import TemplateCommand

import dsn_core.management
from dsn_core.plugins.catalog import catalog

if TYPE_CHECKING:
    from argparse import ArgumentParser

KEY = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
"""Of what a key may be, that which also names a distribution: words with one ``_`` between."""
TAKEN = frozenset(
    [
        "Accepted",
        "Account",
        "Answer",
        "Arrived",
        "Envelope",
        "Fields",
        "InvalidAddress",
        "Messenger",
        "MessengerContract",
        "Options",
        "Refusal",
        "Refused",
        "Scope",
    ]
)
"""Names that the modules which are written need."""
TEMPLATE = Path(dsn_core.management.__file__).parent / "new_messenger"


class Command(TemplateCommand):
    """Writes ``dsn-NAME`` into the current directory: it builds, installs and passes its tests."""

    help = "Write a distribution with a messenger of your own, its local server and its tests."
    missing_args_message = "Say what it is to be called, such as: startmessenger acme"
    rewrite_template_suffixes = ((".py-tpl", ".py"), (".toml-tpl", ".toml"), (".md-tpl", ".md"))

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the name."""
        parser.add_argument("name", help="The messenger's key: small letters, digits and _.")

    def handle(self, *, name: str, **options: Any) -> None:  # type: ignore[override]
        """Write it. Raises ``CommandError`` naming what is in the way."""
        class_name = "".join(part.capitalize() for part in name.split("_"))
        _must_be_free(name, class_name)
        target = _new_folder(f"dsn-{name.replace('_', '-')}")
        super().handle(
            "project",
            f"dsn_{name}",
            str(target),
            **options,
            template=str(TEMPLATE),
            extensions=["py", "toml", "md"],
            files=[],
            key=name,
            distribution=target.name,
            class_name=class_name,
            label=name.replace("_", " ").capitalize(),
        )
        self.stdout.write(
            f"{target.name} is written. To try it:\n"
            f"    pip install --editable './{target.name}[test]'\n"
            f"    pytest {target.name}\n"
            f"Its card is then in the admin's chooser. {target.name}/README.md says what is next."
        )


def _must_be_free(name: str, class_name: str) -> None:
    """Raises ``CommandError`` where a messenger cannot be called so."""
    if not KEY.fullmatch(name):
        raise CommandError(f"{name!r} cannot be a messenger's key; it must look like: acme")
    if name.startswith("dsn_"):
        raise CommandError(f"Leave out the dsn_: startmessenger {name.removeprefix('dsn_')}")
    if class_name in TAKEN or keyword.iskeyword(class_name):
        raise CommandError(
            f"Its class would be called {class_name}, which means something else; choose "
            f"another name, such as: startmessenger my_{name}"
        )
    if find_spec(f"dsn_{name}"):
        raise CommandError(f"dsn_{name} is installed already; choose another key.")
    if name in catalog().offers["messenger"]:
        raise CommandError(f"A messenger {name!r} is installed already; choose another key.")


def _new_folder(name: str) -> Path:
    """A folder of this name in the current one. Raises ``CommandError``."""
    folder = Path.cwd() / name
    try:
        folder.mkdir()
    except FileExistsError:
        raise CommandError(f"{name} is there already; nothing was written.") from None
    except OSError as error:
        raise CommandError(f"{name} cannot be written here: {error.strerror}.") from None
    return folder
