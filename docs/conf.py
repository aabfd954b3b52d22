"""How Sphinx builds the documentation; a warning is an error (`make docs`)."""

from __future__ import annotations

import importlib.metadata

project = "DSN"
author = "The DSN developers"
copyright = "The DSN developers"  # noqa: A001 - the name that Sphinx reads
release = importlib.metadata.version("dsn-core")
version = ".".join(release.split(".")[:2])

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
nitpicky = True

html_theme = "furo"
html_title = f"DSN {version}"
