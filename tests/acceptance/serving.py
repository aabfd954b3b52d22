"""Pages of a site that saves orders and edits triggers."""

from __future__ import annotations

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from dsn_core.models import Trigger
from tests.host.models import Order


def save(request: HttpRequest) -> HttpResponse:
    """Save an order."""
    return HttpResponse(Order.objects.create().pk)


def edit(request: HttpRequest) -> HttpResponse:
    """Watch orders."""
    return HttpResponse(Trigger.objects.watch("post_save", Order, name="kept").pk)


def edit_in_vain(request: HttpRequest) -> HttpResponse:
    """Watch orders and save one, both of which is rolled back."""
    with transaction.atomic():
        trigger = Trigger.objects.watch("post_save", Order, name="in vain")
        Order.objects.create()
        transaction.set_rollback(True)
    return HttpResponse(trigger.pk)


urlpatterns = [
    path("admin/", admin.site.urls),
    path("save/", csrf_exempt(save)),
    path("edit/", csrf_exempt(edit)),
    path("edit-in-vain/", csrf_exempt(edit_in_vain)),
]
