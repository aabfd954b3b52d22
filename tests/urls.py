"""What the suite's project serves."""

from __future__ import annotations

from importlib.util import find_spec

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("dsn/", include("dsn_core.urls")),
]
if find_spec("dsn_inbox"):
    urlpatterns.append(path("inbox/", include("dsn_inbox.urls")))
