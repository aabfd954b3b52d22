"""One part of a trigger (action object, actor, target): anything, a model, an object, a value."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from decimal import Decimal

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models

from dsn_core.exceptions import InvalidTrigger

PLAIN = (str, int, float, Decimal, uuid.UUID, dt.date, dt.time, dt.timedelta)
"""Types of a plain value, compared as text. Any other object's ``str()`` might ask the database."""

MODEL_VERBS = (
    *("pre_save", "post_save", "pre_delete", "post_delete"),
    *("m2m_changed", "pre_init", "post_init"),
)
"""Django's own signals of models: heard by sender, so that a model nobody watches costs nothing."""
OBJECTLESS_VERBS = (
    *("pre_migrate", "post_migrate", "user_logged_in", "user_logged_out"),
    *("user_login_failed", "got_request_exception"),
)
"""Django's own signals that are about no object."""
BEFORE_ANY_OBJECT = "pre_init"
"""The one that is sent before there is an object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one part of a trigger must be; all three empty means anything.

    ``model`` is a label (``shop.order``), ``pk`` a primary key as text, ``value`` a plain value.
    """

    model: str = ""
    pk: str = ""
    value: str = ""

    def __str__(self) -> str:
        if self.pk:
            return f"{self.model} {self.pk}"
        return self.model or repr(self.value) if self.model or self.value else "anything"

    @property
    def model_class(self) -> type[models.Model] | None:
        """The model, or None where there is none. Raises ``InvalidTrigger`` if it is gone."""
        if not self.model:
            return None
        try:
            return apps.get_model(self.model)
        except (LookupError, ValueError):
            raise InvalidTrigger(
                f"There is no model {self.model!r}; write it as app_label.Model."
            ) from None


def part_of(thing: object, *, name: str) -> Part:
    """``thing`` as a Part: None is anything; a model class, a saved object, or a plain value.

    ``name`` says in complaints which part it is. Raises ``InvalidTrigger``.
    """
    if thing is None:
        return Part()
    if isinstance(thing, type) and issubclass(thing, models.Model):
        return Part(model=thing._meta.label_lower)
    if isinstance(thing, models.Model):
        if thing.pk is None or thing._state.adding:
            raise InvalidTrigger(f"The {name} is not saved yet; save it first, or name its model.")
        return Part(model=thing._meta.label_lower, pk=str(thing.pk))
    if isinstance(thing, str) and _is_label(thing):
        raise InvalidTrigger(
            f"The {name} is the text {thing!r}, which names a model; give the model itself."
        )
    if isinstance(thing, PLAIN) and str(thing):
        return Part(value=str(thing))
    raise InvalidTrigger(
        f"The {name} is an object of {type(thing).__qualname__}; it must be a model, a saved "
        "object, or a plain value such as a text or a number."
    )


def _is_label(text: str) -> bool:
    """Whether ``text`` names a model: as a plain value it would silently match nothing."""
    try:
        return apps.get_model(text) is not None
    except (LookupError, ValueError):
        return False


def checked_part(part: Part, *, name: str) -> Part:
    """``part`` with its key as the model writes it. Raises ``InvalidTrigger``."""
    model = part.model_class
    if part.value and part.model:
        raise InvalidTrigger(f"The {name} is a model or a plain value, not both.")
    if model is None:
        if part.pk:
            raise InvalidTrigger(f"The {name} has a primary key but no model.")
        return part
    if model._meta.app_label == "dsn":
        raise InvalidTrigger(f"The {name} is DSN's own {model._meta.label}, which would feed DSN.")
    return Part(model=model._meta.label_lower, pk=_normal_pk(model, part.pk, name))


def _normal_pk(model: type[models.Model], pk: str, name: str) -> str:
    if not pk:
        return ""
    try:
        return str(model._meta.pk.to_python(pk))
    except (ValidationError, TypeError, ValueError) as error:
        raise InvalidTrigger(
            f"{pk!r} cannot be the primary key of the {name}, a {model._meta.label}."
        ) from error


def check_action_object(verb: str, part: Part) -> None:
    """Raise ``InvalidTrigger`` for what would silently match nothing.

    Django's own signals of models are always about an object, the first before there is one, and
    the others about none.
    """
    if verb in MODEL_VERBS and part.value:
        raise InvalidTrigger(
            f"The action_object is the text {part.value!r}, but {verb} is about objects of "
            "models; give the model itself."
        )
    if verb == BEFORE_ANY_OBJECT and part.pk:
        raise InvalidTrigger(
            f"The action_object is one object, but {verb} is sent before there is any; give the "
            "model itself."
        )
    if verb in OBJECTLESS_VERBS and part != Part():
        raise InvalidTrigger(
            f"The action_object is {part}, but {verb} is about none; leave it out. Whoever does it "
            "is the actor."
        )
