"""DSN's own URLs, for a project to include: ``path("dsn/", include("dsn_core.urls"))``.

``<mount>/<messenger>/<account>/`` is where a service reports. It is frozen: strangers have it in
their consoles.
"""

from __future__ import annotations

from django.urls import path

from dsn_core.inbound.pages import link
from dsn_core.inbound.webhooks import outside_transactions, receive

app_name = "dsn"
urlpatterns = [
    path("link/<slug:messenger>/<str:account>/", link, name="link"),
    path("<slug:messenger>/<str:account>/", outside_transactions(receive), name="webhook"),
]
