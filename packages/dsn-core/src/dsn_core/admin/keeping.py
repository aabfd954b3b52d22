"""What is gone (a verb, a model, a plugin) is shown, and kept as long as nobody changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model
from django.utils.text import capfirst

from dsn_core.admin.typed import ModelAdmin, ModelForm

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse

M = TypeVar("M", bound=Model)


class KeepingForm(ModelForm[M]):
    """A form whose row may name what is no longer installed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.label = capfirst(field.label)

    def is_left_gone(self, name: str) -> bool:
        """Does the column ``name`` hold something that is gone, and was it left as it is?"""
        return False

    def add_error(self, field: str | None, error: Any) -> None:  # noqa: ANN401 - Django's own
        """As Django's, but the model's complaint of what was left gone is not the person's."""
        if field is None and isinstance(error, ValidationError) and hasattr(error, "error_dict"):
            mine: dict[str, list[Any]] = {}
            for name, found in error.error_dict.items():
                if not self.is_left_gone(name):
                    mine.setdefault(self._place(name), []).extend(found)
            if not mine:
                return
            error = ValidationError(mine)
        super().add_error(field, error)

    def _place(self, name: str) -> str:
        return name if name in self.fields else NON_FIELD_ERRORS


class NoticingAdmin(ModelAdmin[M]):
    """Says above the form what is wrong with the row."""

    class Media:
        css = {"all": ("dsn/admin.css",)}

    def notices(self, obj: M) -> Iterable[str]:
        """What a person should know before she changes ``obj``."""
        return ()

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: M | None = None,
    ) -> HttpResponse:
        """As Django's, with the notices."""
        context["dsn_notices"] = list(self.notices(obj)) if obj is not None else []
        return super().render_change_form(request, context, add, change, form_url, obj)
