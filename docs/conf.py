"""How Sphinx builds the documentation; a warning is an error (`make docs`)."""

from __future__ import annotations

import importlib.metadata

import django
from django.conf import settings

# The reference is read from the code, some of which is models: they want a project.
settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "dsn_core"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
)
django.setup()

project = "DSN"
author = "The DSN developers"
copyright = "The DSN developers"  # noqa: A001 - the name that Sphinx reads
release = importlib.metadata.version("dsn-core")
version = ".".join(release.split(".")[:2])

extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
nitpicky = True
# Types in signatures name classes of Python and Django, whose documentation is elsewhere.
nitpick_ignore_regex = [("py:.*", ".*")]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_maximum_signature_line_length = 80

html_theme = "furo"
html_title = f"DSN {version}"
