"""Texts for people, as the contract's ``Text`` gives them: msgids and lazy texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext

if TYPE_CHECKING:
    from dsn_core.contract.fields import Text


def words(text: Text, instead: str = "") -> str:
    """``text`` in the reader's language; ``instead`` where it is blank or cannot be shown."""
    try:
        shown = _translated(text)
    except (Exception, SystemExit):  # noqa: BLE001  a lazy text runs the plugin's own code
        return instead
    return shown if shown.strip() else instead


def _translated(text: Text) -> str:
    # gettext("") is the catalogue's header.
    return gettext(text) if isinstance(text, str) and text else str(text)
