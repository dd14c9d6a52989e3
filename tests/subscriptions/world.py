"""The whole shop, whose customers follow things, over a double in which things happen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from demo.double import DoubleServer
from tests.identity.wired import Shop, shop
from tests.support.valkey import Valkey
from tests.support.waiting import until

VERSIONS = ["10.0", "14.0", "19.0"]
WEBHOOK = "a-secret-of-the-webhook"
#: vet1's, as the generated shop has it
PRICELIST = 2
FOLLOWED = """
id target createdAt category { id name } promotion { id state } product { id name }
"""
SUBSCRIBE = f"mutation ($of: SubscribeInput!) {{ subscribe(input: $of) {{ {FOLLOWED} }} }}"
UNSUBSCRIBE = f"mutation ($id: ID!) {{ unsubscribe(id: $id) {{ {FOLLOWED} }} }}"
SUBSCRIPTIONS = f"query ($target: SubscriptionTarget) {{ subscriptions(target: $target) {{ {FOLLOWED} }} }}"
PROMOTIONS = """
query ($state: PromotionState, $category: Int) { promotions(first: 100, state: $state, categoryId: $category) {
  id state discount percentage text minQuantity startsAt endsAt appliesToEverything products(first: 100) { id name }
} }
"""
_VARIANTS = "{ products(pageSize: 100) { products { id productVariants { id stock { status } } } } }"


@dataclass
class World:
    """A customer's browser, and the Odoo behind the shop."""

    of: Shop

    @property
    def double(self) -> Any:
        return self.of.double

    async def customer(self, place: int) -> World:
        """Another browser, in which the customer of that profile (from 1) is signed in."""
        other = World(replace(self.of, cookie=None))
        await other.of.log_in(place)
        return other

    # -- what they ask ----------------------------------------------------------------------------------------

    async def subscribe(self, target: str, ref: int | str) -> Any:
        return (await self.try_to(target, ref)).data["subscribe"]

    async def try_to(self, target: str, ref: int | str) -> Any:
        return await self.of.query(SUBSCRIBE, {"of": {"target": target, "id": str(ref)}})

    async def unsubscribe(self, subscription_id: str) -> list[str]:
        answer = await self.of.query(UNSUBSCRIBE, {"id": subscription_id})
        return [one["id"] for one in answer.data["unsubscribe"]]

    async def followed(self, target: str | None = None) -> list[str]:
        answer = await self.of.query(SUBSCRIPTIONS, {"target": target})
        return [one["id"] for one in answer.data["subscriptions"]]

    async def promotions(self, **variables: Any) -> Any:
        return (await self.of.query(PROMOTIONS, variables)).data["promotions"]

    async def out_of_stock(self) -> list[tuple[int, int]]:
        """(product, variant) of which nothing is free, one of each product."""
        return await self._stock("OUT_OF_STOCK", "AVAILABLE_TO_ORDER")

    async def in_stock(self) -> list[tuple[int, int]]:
        return await self._stock("IN_STOCK")

    async def _stock(self, *statuses: str) -> list[tuple[int, int]]:
        products = (await self.of.query(_VARIANTS)).data["products"]["products"]
        found = {
            product["id"]: variant["id"]
            for product in products
            for variant in product["productVariants"]
            if variant["stock"]["status"] in statuses
        }
        return list(found.items())

    # -- what happens -----------------------------------------------------------------------------------------

    async def tell(self, model: str, record: int) -> None:
        """As Odoo's own webhook does."""
        body = {"_model": model, "_id": record}
        answer = await self.of.send("POST", f"/webhooks/odoo/{WEBHOOK}", json=body)
        assert answer.status == 202

    def stock(self, variant_id: int, quantity: float = 5.0) -> int:
        """Nobody is told: it has to be found."""
        name = "qty" if self.double.version == "10.0" else "quantity"
        values = {"product_id": variant_id, "location_id": 8, name: quantity, "company_id": 1}
        return int(self.double.create("stock.quant", values))

    async def restock(self, variant_id: int, quantity: float = 5.0) -> int:
        quant = self.stock(variant_id, quantity)
        await self.tell("stock.quant", quant)
        return quant

    async def sell_out(self, quant: int) -> None:
        name = "qty" if self.double.version == "10.0" else "quantity"
        self.double.write("stock.quant", [quant], {name: 0.0})
        await self.tell("stock.quant", quant)

    async def publish(self, product_id: int, published: bool = True, **values: Any) -> None:
        name = "website_published" if self.double.version == "10.0" else "is_published"
        self.double.write("product.template", [product_id], {name: published, **values})
        await self.tell("product.template", product_id)

    async def rule(self, *, begins: timedelta | None = None, **values: Any) -> int:
        """A new price rule with a last day."""
        now, lasts = self.double.db.clock(), timedelta(days=30)
        first = None if begins is None else now + begins
        known = {
            "pricelist_id": PRICELIST,
            "applied_on": "1_product",
            "compute_price": "percentage",
            "percent_price": 12.0,
            "date_end": self._bound(now + lasts),
            **({} if first is None else {"date_start": self._bound(first)}),
            **values,
        }
        rule_id = int(self.double.create("product.pricelist.item", known))
        await self.tell("product.pricelist.item", rule_id)
        return rule_id

    def _bound(self, moment: datetime) -> str:
        return moment.strftime("%Y-%m-%d" if self.double.version == "10.0" else "%Y-%m-%d %H:%M:%S")

    # -- what they are told -----------------------------------------------------------------------------------

    def messages(self, place: int = 1) -> list[dict[str, Any]]:
        """What Odoo wrote to the customer of that profile, the oldest first."""
        _, partner_id = self.of.customer(place)
        table = self.double.db.table("mail.message")
        rows = [table.get(one) for one in sorted(table.ids())]
        return [row for row in rows if row["partner_ids"] == [partner_id]]

    async def settled(self) -> None:
        """Until all that was noticed is told, and nothing is fresh any more."""
        kept = self.of.app.state.services.subscriptions

        async def done() -> bool:
            return not (await kept.watched()).fresh and (await kept.waiting())[0] == 0

        await until(done)


@asynccontextmanager
async def world(
    version: str, redis: Valkey, *, double: DoubleServer | None = None, **settings: Any
) -> AsyncIterator[World]:
    """With the customer of the first profile signed in."""
    values = {
        "redis_url": redis.url,
        "redis_namespace": "follows",
        "cart_durability": "memory",
        "roles_file": None,
        "webhook_path_secret": WEBHOOK,
        "subscriptions": "odoo",
        "subscriptions_collect_seconds": 0.0,
        **settings,
    }
    async with shop(version=version, double=double, **values) as of:
        await of.log_in(1)
        yield World(of)
