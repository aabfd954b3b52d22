"""What the example serves: the shop, its admin, everybody's inbox, and where services report."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("shop.urls")),
    path("admin/", admin.site.urls),
    path("inbox/", include("dsn_inbox.urls")),
    path("dsn/", include("dsn_core.urls")),
]
