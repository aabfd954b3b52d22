"""What settings say of an account, and the admin of a Backend."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Literal

from dsn_core import Fields, option


class Fuel(Enum):
    WOOD = "wood"
    OIL = "oil"


class Account(Fields):
    token: str = option(label="Token", secret=True)
    signing_key: str = option(default="", label="Signing key", help="Of webhooks.", secret=True)
    api_url: str = "https://api.beacon.example"
    timeout: float = option(default=5.0, label="Timeout", help="In seconds.")


class Options(Fields):
    colour: Literal["white", "red", "green"] = option(default="white", label="Colour")
    fuel: Fuel = Fuel.WOOD
    brightness: Decimal = Decimal("1.0")
    minutes: int | None = option(default=None, label="Minutes", help="Empty: until it is out.")
    hills: tuple[str, ...] = option(default=(), label="Hills")
    smoke: bool = False
    shape: str = option(default="round", choices=[("round", "Round"), ("tall", "Tall")])
