"""Django's own signals as verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dsn_core.contract.verb import Verb

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dsn_core.contract.verb import SignalLike

SAVING: Mapping[str, type | str] = {"using": str, "update_fields": tuple}
PROVIDES: Mapping[str, Mapping[str, type | str]] = {
    "pre_save": SAVING,
    "post_save": {"created": bool, **SAVING},
    "pre_delete": {"using": str},
    "post_delete": {"using": str},
    "m2m_changed": {"action": str, "reverse": bool, "model": str, "pk_set": tuple, "using": str},
    "pre_init": {},
    "post_init": {},
    "pre_migrate": {"app": str, "using": str},
    "post_migrate": {"app": str, "using": str},
    "user_logged_in": {"request": dict},
    "user_logged_out": {"request": dict},
    "user_login_failed": {"credentials": dict, "request": dict},
    "got_request_exception": {"request": dict},
}
"""What a template and a condition may name, beside the action object and the actor."""

LABELS: Mapping[str, str] = {
    "pre_save": "Before an object is saved",
    "post_save": "An object is saved",
    "pre_delete": "Before an object is deleted",
    "post_delete": "An object is deleted",
    "m2m_changed": "A many-to-many relation is changed",
    "pre_init": "Before an object is made",
    "post_init": "An object is made or loaded",
    "pre_migrate": "Before migrations",
    "post_migrate": "After migrations",
    "user_logged_in": "A user logs in",
    "user_logged_out": "A user logs out",
    "user_login_failed": "A login fails",
    "got_request_exception": "A request fails",
}


def core_verbs() -> Iterator[Verb]:
    """One verb for each signal in ``PROVIDES``."""
    for key, signal in _signals().items():
        yield Verb(key=key, signal=signal, label=LABELS[key], provides=PROVIDES[key])


def _signals() -> Mapping[str, SignalLike]:
    from django.contrib.auth import signals as auth
    from django.core import signals as core
    from django.db.models import signals as models

    homes = (models, auth, core)
    return {
        key: next(getattr(home, key) for home in homes if hasattr(home, key)) for key in PROVIDES
    }
