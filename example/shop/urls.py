"""The pages of the shop."""

from __future__ import annotations

from django.urls import path

from shop import views

app_name = "shop"
urlpatterns = [
    path("", views.orders, name="orders"),
    path("be/<str:username>/", views.be, name="be"),
    path("orders/", views.place_order, name="place"),
    path("orders/<int:number>/pay/", views.pay_order, name="pay"),
    path("orders/<int:number>/cancel/", views.cancel_order, name="cancel"),
    path("orders/<int:number>/refund/", views.refund_order, name="refund"),
]
