"""A shop with carts, served, and browsers that fill them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

from cart.store import CartStore
from demo.double import DoubleServer
from tests.identity.wired import Shop, shop
from tests.support.bff import Answer

CART = """
id version state lineCount
lines { id variantId quantity note options { name value } product { id } problem warning
  unitPrice { amount } subtotal { amount } total { amount currencyCode } difference { estimated { amount } } }
totals { source complete untaxed { amount } tax { amount } total { amount } taxes { name amount { amount } } }
sync { state code message orderId }
notices { code message variantId }
order { id amountTotal partner { id name } websiteOrderLine { id quantity priceTotal } }
"""
READ = f"{{ cart {{ {CART} }} }}"
ADD = f"mutation ($products: [ProductInput]!) {{ cartAddMultipleItems(products: $products) {{ {CART} }} }}"
UPDATE = f"mutation ($lines: [CartLineInput]!) {{ cartUpdateMultipleItems(lines: $lines) {{ {CART} }} }}"
REMOVE = f"mutation ($ids: [Int]!) {{ cartRemoveMultipleItems(lineIds: $ids) {{ {CART} }} }}"
SYNC = f"""
mutation ($cart: ID, $all: [CartTransactionInput!]!) {{
  cartSync(cartId: $cart, transactions: $all) {{ results {{ id status code message lineId }} cart {{ {CART} }} }}
}}
"""
PRODUCTS = """
{ products(pageSize: 100, sort: { id: ASC }) { products {
  id productVariants { id sku barcode isInStock qty allowOutOfStock productTemplate { id } } } } }
"""


@asynccontextmanager
async def carts_shop(double: DoubleServer, **settings: Any) -> AsyncIterator[Shop]:
    """The application over a double, where everybody sees prices and nothing is forgotten between requests."""
    values = {"roles_file": None, "local_cache_bytes": 32_000_000, "reference_seconds": 600.0, **settings}
    async with shop(double=double, **values) as found:
        yield found


def device(of: Shop) -> Shop:
    """Another browser, without a session yet."""
    return replace(of, cookie=None)


def store_of(of: Shop) -> CartStore:
    """Where its carts are kept."""
    store: CartStore = of.app.state.services.carts
    return store


async def variants(of: Shop) -> list[dict[str, Any]]:
    """All variants that the shop sells to whoever asks."""
    products = (await of.query(PRODUCTS)).data["products"]["products"]
    return [one for product in products for one in product["productVariants"] or ()]


def is_plenty(variant: dict[str, Any]) -> bool:
    """Can anybody have as much of it as they want?"""
    return bool(variant["allowOutOfStock"]) or (variant["qty"] or 0) > 100


async def variant_ids(of: Shop, count: int) -> list[int]:
    """So many of which there is plenty, each of another product if there are enough."""
    plenty = [one for one in await variants(of) if is_plenty(one)]
    firsts = {one["productTemplate"]["id"]: one["id"] for one in reversed(plenty)}
    found = dict.fromkeys([*reversed(firsts.values()), *(one["id"] for one in plenty)])
    assert len(found) >= count
    return list(found)[:count]


async def add(of: Shop, *pairs: tuple[int, int]) -> Any:
    """The cart after products were put into it, as (variant, quantity)."""
    return (await try_add(of, *pairs)).data["cartAddMultipleItems"]


async def try_add(of: Shop, *pairs: tuple[int, int]) -> Answer:
    return await of.query(ADD, {"products": [{"id": one, "quantity": quantity} for one, quantity in pairs]})


async def cart(of: Shop) -> Any:
    return (await of.query(READ)).data["cart"]


async def sync(of: Shop, *transactions: dict[str, Any], cart_id: str | None = None) -> Any:
    return (await try_sync(of, *transactions, cart_id=cart_id)).data["cartSync"]


async def try_sync(of: Shop, *transactions: dict[str, Any], cart_id: str | None = None) -> Answer:
    return await of.query(SYNC, {"cart": cart_id, "all": list(transactions)})


def change(variant_id: int, delta: int | str = 1, **more: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "productId": variant_id, "delta": str(delta), **more}


def quantities(told: Any) -> dict[int, Decimal]:
    """Of each variant."""
    found: dict[int, Decimal] = {}
    for line in told["lines"]:
        found[line["variantId"]] = found.get(line["variantId"], Decimal(0)) + Decimal(line["quantity"])
    return found


def total(told: Any) -> Decimal:
    return Decimal(told["totals"]["total"]["amount"])
