"""What the shop sells with: delivery prices by rule, fiscal positions, promotions, ways to pay, credit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from demo.wholesale.world import Text

Measure = Literal["weight", "price"]


@dataclass(frozen=True, slots=True)
class DeliveryRule:
    """``base`` and ``price`` in euros: base + price per unit of ``factor``, where the measure is within the limit."""

    variable: Measure
    operator: Literal["<=", ">="]
    limit: float
    base: float
    price: float = 0.0
    factor: Measure = "weight"


#: The mailing list that visitors subscribe to, and all there are.
NEWSLETTER: Final = "Newsletter"
MAILING_LISTS: Final = ("Sales representatives", NEWSLETTER)

#: The first that fits counts: heavy orders by the kilogram, large ones for nothing.
DELIVERY_RULES: Final = (
    DeliveryRule("price", ">=", 750.0, 0.0),
    DeliveryRule("weight", "<=", 5.0, 7.5),
    DeliveryRule("weight", "<=", 30.0, 14.9),
    DeliveryRule("weight", ">=", 30.0, 14.9, 0.35),
)


@dataclass(frozen=True, slots=True)
class FiscalPosition:
    """``taxes``: a product's tax -> the one in its place. ``country``: applies by itself to customers there."""

    id: int
    name: Text
    country: str | None = None
    taxes: tuple[tuple[int, int], ...] = ()


NATIONAL: Final = FiscalPosition(1, Text("Belgium", "Régime national", "Nationaal regime"), "BE")
EUROPEAN: Final = FiscalPosition(
    2, Text("Intra-Community", "Intracommunautaire", "Intracommunautair"), None, ((1, 4), (2, 4), (3, 4))
)
FISCAL_POSITIONS: Final = (NATIONAL, EUROPEAN)
#: Countries whose customers buy without tax.
EUROPEAN_COUNTRIES: Final = frozenset({"LU", "NL"})

#: Names of the products whose lines are rewards, in the order of the promotions.
REWARDS: Final = (
    Text("10% discount on total amount", "10 % de remise sur le total", "10% korting op het totaal"),
    Text("50 € discount", "Remise de 50 €", "50 € korting"),
    Text("15% discount coupon", "Bon de 15 % de remise", "Kortingsbon 15%"),
    Text("Gift card", "Carte cadeau", "Cadeaubon"),
)


@dataclass(frozen=True, slots=True)
class Promotion:
    """``kind``: by a code of its own, by coupons, or gift cards. ``amount``: percent or euros (gift cards: per point).

    ``minimum``: the order's amount with tax. ``cards``: (code, points left).
    """

    id: int
    name: str
    kind: Literal["code", "coupons", "gift_card"]
    unit: Literal["percent", "amount", "point"]
    amount: float
    code: str = ""
    minimum: float = 0.0
    cards: tuple[tuple[str, float], ...] = ()


PROMOTIONS: Final = (
    Promotion(1, "Welcome", "code", "percent", 10.0, code="WELCOME10"),
    Promotion(2, "Large orders", "code", "amount", 50.0, code="BIG50", minimum=500.0),
    Promotion(
        3, "Congress of vets", "coupons", "percent", 15.0, cards=(("VET-2026-0001", 1.0), ("VET-2026-0002", 0.0))
    ),
    Promotion(
        4, "Gift cards", "gift_card", "point", 1.0, cards=(("GIFT-100", 100.0), ("GIFT-25", 25.0), ("GIFT-EMPTY", 0.0))
    ),
)


@dataclass(frozen=True, slots=True)
class Provider:
    """A way to pay, by bank transfer or otherwise; ``test``: in test mode."""

    id: int
    name: str
    transfer: bool
    test: bool
    message: str


PROVIDERS: Final = (
    Provider(1, "Wire Transfer", True, False, "<p>Please use the order's number as the communication.</p>"),
    Provider(2, "Card (test)", False, True, ""),
)
#: What every third company may owe.
CREDIT_LIMIT: Final = 5000.0
