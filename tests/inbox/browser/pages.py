"""A site with a bell on its page, under a strict policy."""

from __future__ import annotations

from django.http import HttpResponse
from django.template import engines
from django.urls import include, path

PAGE = """{% load dsn_inbox %}<!doctype html>
<html lang="en" dir="{{ request.GET.dir|default:'ltr' }}">
<head><title>A shop</title><meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,"></head>
<body><header><a href="#first">First</a> {% inbox_bell %}</header><main>A shop.</main></body></html>
"""
POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'"


def page(request):
    """The one page."""
    response = HttpResponse(engines["django"].from_string(PAGE).render({}, request))
    response["Content-Security-Policy"] = POLICY
    return response


urlpatterns = [path("", page), path("inbox/", include("dsn_inbox.urls"))]
