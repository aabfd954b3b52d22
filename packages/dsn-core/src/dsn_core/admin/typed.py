"""Django's classes, generic as mypy knows them. At run time they are Django's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin, StackedInline, TabularInline
    from django.core.paginator import Paginator
    from django.forms import ModelForm
    from django.forms.models import BaseInlineFormSet
else:
    from django import forms
    from django.contrib import admin
    from django.core import paginator
    from django.forms import models

    class Subscriptable:
        """``Class[Model]`` is ``Class``."""

        def __class_getitem__(cls, _item: object) -> type:
            return cls

    class ModelAdmin(Subscriptable, admin.ModelAdmin): ...

    class StackedInline(Subscriptable, admin.StackedInline): ...

    class TabularInline(Subscriptable, admin.TabularInline): ...

    class ModelForm(Subscriptable, forms.ModelForm): ...

    class Paginator(Subscriptable, paginator.Paginator): ...

    class BaseInlineFormSet(Subscriptable, models.BaseInlineFormSet): ...


__all__ = [
    "BaseInlineFormSet",
    "ModelAdmin",
    "ModelForm",
    "Paginator",
    "StackedInline",
    "TabularInline",
]
