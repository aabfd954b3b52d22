"""Keeps what was measured as JSON, beside what it was measured on."""

from __future__ import annotations

import json
import os
import platform
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def machine() -> dict[str, object]:
    """What a reader must know to compare; nothing that tells which machine it was."""
    return {
        "python": platform.python_version(),
        "django": version("django"),
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
    }


def keep(row: dict[str, object], path: Path) -> None:
    """Put ``row`` in the place of what this case gave on this database before."""
    rows = json.loads(path.read_text(encoding="utf-8"))["results"] if path.exists() else []
    same = (row["case"], row["database"])
    others = [other for other in rows if (other["case"], other["database"]) != same]
    ordered = sorted([*others, row], key=lambda row: (row["case"], row["database"]))
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in ordered)
    head = f'{{"machine": {json.dumps(machine())}, "results": [\n'
    path.write_text(f"{head}{lines}\n]}}\n", encoding="utf-8")
