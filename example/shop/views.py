"""One page with all orders, and what its buttons do."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.contrib.auth import get_user_model, login
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from shop import ordering
from shop.models import Customer, Order

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpRequest, HttpResponse

somebody_required = login_required(login_url="shop:orders", redirect_field_name=None)


@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    """All orders, with buttons; and everybody one can be."""
    context = {
        "orders": Order.objects.select_related("customer__user"),
        "people": get_user_model().objects.order_by("is_staff", "username"),
        "empty_card": ordering.EMPTY_CARD,
        "is_customer": hasattr(request.user, "customer"),
    }
    return render(request, "shop/orders.html", context)


@require_POST
def be(request: HttpRequest, username: str) -> HttpResponse:
    """Become somebody, with no password: an example on one machine, not a way to do it."""
    login(request, get_object_or_404(get_user_model(), username=username))
    return redirect("shop:orders")


@require_POST
@somebody_required
def place_order(request: HttpRequest) -> HttpResponse:
    """Order something, as a customer. Nobody hears of a new order."""
    customer = get_object_or_404(Customer, user=request.user)
    messages.success(request, f"{ordering.place(customer)} is new.")
    return redirect("shop:orders")


@require_POST
@somebody_required
def pay_order(request: HttpRequest, number: int) -> HttpResponse:
    """Pay, with the card that the form names."""
    order = get_object_or_404(Order, number=number, status=Order.Status.NEW)
    try:
        ordering.pay(order, request.POST.get("card", ""))
    except ordering.CardDeclined as error:
        messages.error(request, f"{error} {order} stays as it was, and nobody was told.")
    else:
        messages.success(request, f"{order} is paid.")
    return redirect("shop:orders")


@require_POST
@somebody_required
def cancel_order(request: HttpRequest, number: int) -> HttpResponse:
    """Cancel. Who does it is known from the request."""
    order = get_object_or_404(Order, number=number)
    ordering.cancel(order)
    messages.success(request, f"{order} is cancelled.")
    return redirect("shop:orders")


@require_POST
@somebody_required
def refund_order(request: HttpRequest, number: int) -> HttpResponse:
    """Give the whole amount back."""
    order = get_object_or_404(Order, number=number, status=Order.Status.PAID)
    ordering.refund(order, order.total, by=cast("User", request.user))
    messages.success(request, f"{order} is refunded.")
    return redirect("shop:orders")
