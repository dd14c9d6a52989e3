"""Warehouses, locations and what lies in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, Literal

from demo.wholesale.draws import mixed
from demo.wholesale.goods import Location, Quant, Template, Variant, Warehouse
from demo.wholesale.reference import KILOGRAM

_CENTRAL, _SOUTH = 1, 2

WAREHOUSES: Final = (
    Warehouse(_CENTRAL, "Central warehouse", "CEN", view_id=7, stock_id=8, input_id=9, output_id=10),
    Warehouse(_SOUTH, "Southern depot", "SUD", view_id=13, stock_id=14, input_id=15, output_id=16),
)

_Usage = Literal["view", "internal", "customer", "supplier", "inventory", "transit"]

_PLACES: Final[tuple[tuple[str, _Usage, int | None, int | None], ...]] = (
    # name, usage, parent, warehouse; the id is the place in this list
    ("Physical Locations", "view", None, None),
    ("Partner Locations", "view", None, None),
    ("Virtual Locations", "view", None, None),
    ("Vendors", "supplier", 2, None),
    ("Customers", "customer", 2, None),
    ("Inventory adjustment", "inventory", 3, None),
    ("CEN", "view", 1, _CENTRAL),
    ("Stock", "internal", 7, _CENTRAL),
    ("Input", "internal", 7, _CENTRAL),
    ("Output", "internal", 7, _CENTRAL),
    ("Cold room", "internal", 8, _CENTRAL),
    ("Rack Ä", "internal", 8, _CENTRAL),
    ("SUD", "view", 1, _SOUTH),
    ("Stock", "internal", 13, _SOUTH),
    ("Input", "internal", 13, _SOUTH),
    ("Output", "internal", 13, _SOUTH),
    ("Inter-warehouse transit", "transit", 1, None),
)

CUSTOMERS: Final = 5
SUPPLIERS: Final = 4
_COLD_ROOM, _RACK, _SOUTH_STOCK = 11, 12, 14
_CENTRAL_STOCK: Final = 8
#: Ids a placed quantity may use: one of its own, and one more for the part that 10.0 splits off when it is reserved.
_IDS_PER_QUANT: Final = 2


def locations() -> tuple[Location, ...]:
    """All locations, parents before children."""
    found: list[Location] = []
    for number, (name, usage, parent_id, warehouse_id) in enumerate(_PLACES, start=1):
        parent = found[parent_id - 1] if parent_id else None
        # As Odoo does: a view starts a full name anew, so the tops of the tree do not show.
        complete = f"{parent.complete_name}/{name}" if parent and usage != "view" else name
        path = (*(parent.path if parent else ()), number)
        found.append(Location(number, name, usage, parent_id, path, complete, warehouse_id))
    return tuple(found)


def quants(seed: int, templates: Iterable[Template]) -> Iterator[Quant]:
    """Stock of the storable products, and a few deliveries that lie at customers."""
    number = 1
    for template in templates:
        if template.kind != "storable":
            continue
        for variant in template.variants:
            for location_id, quantity, reserved in _placed(seed, variant, fractional=template.uom_id == KILOGRAM):
                yield Quant(number, variant.id, location_id, quantity, reserved, template.uom_id)
                number += _IDS_PER_QUANT


def _placed(seed: int, variant: Variant, *, fractional: bool) -> Iterator[tuple[int, float, float]]:
    """(location, quantity, reserved part) of a variant; a twelfth of the variants has nothing at all."""
    spread = mixed(seed, variant.id, 11)
    if spread % 12 == 0:
        return
    amount = float(mixed(seed, variant.id, 12) % 400) + (0.375 if fractional else 0.0)
    if spread % 29 == 0:
        yield _CENTRAL_STOCK, -float(1 + spread % 9), 0.0
    elif amount > 0:
        yield _CENTRAL_STOCK, amount, _reserved(amount, spread)
    if spread % 5 == 0:
        yield (_COLD_ROOM if spread % 2 else _RACK), 1.0 + spread % 37, 0.0
    if spread % 3:
        amount = 1.0 + mixed(seed, variant.id, 13) % 90
        yield _SOUTH_STOCK, amount, _reserved(amount, spread >> 8)
    if spread % 17 == 0:
        yield CUSTOMERS, 1.0 + spread % 11, 0.0


def _reserved(amount: float, spread: int) -> float:
    """Nothing mostly; a part sometimes; now and then all of it."""
    if spread % 23 == 0:
        return amount
    if spread % 4 == 0:
        return float(int(amount * 0.3))
    return 0.0
