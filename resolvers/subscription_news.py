"""What of the news a customer may be told: decided as if they asked right now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from adapters.errors import OdooUnavailableError
from adapters.records import Product, Variant
from cache.customers import Customers
from cache.reference import AdapterProvider
from identity.facts import identity_of
from identity.identity import Identity
from resolvers.categories import category_tree
from resolvers.context import RequestContext, Services
from resolvers.errors import BadInputError
from resolvers.product_nodes import ProductNode, quote
from resolvers.promotions import PromotionNode, promotion_nodes
from resolvers.view import ShopView
from subscriptions.model import Batch, Event, Item, Owner, Target
from subscriptions.news import Entry, News, NoFollowerError, Section

#: seconds after which what is known of a customer is not certain enough
_OLD: Final = 120.0
#: nobody else's: whoever is signed in has another
_SUBJECT: Final = "follower"


class FollowersNews:
    """A `subscriptions.news.NewsReader`. ``site``: where the shop is, for links; None: there are none."""

    def __init__(self, services: Services, *, site: str | None) -> None:
        self._services = services
        self._customers = Customers(services.records)
        self._site = site

    async def news_of(self, batch: Batch) -> News:
        """Raises OdooUnavailableError where what is known is old: who has lost a right is not told by what was."""
        identity = await self._identity(batch.owner)
        context, view = await self._view(batch.owner, identity)
        found = await _Telling.of(view, self._services.adapter, batch.items)
        if context.dependencies.stale or view.dependencies.stale:
            raise OdooUnavailableError("what is known is old")
        pricelist = view.pricer.pricelist
        return News(
            partner_id=batch.owner.partner_id,
            website_id=batch.owner.website_id,
            lang=view.lang,
            iso_code=view.lang,
            name=identity.name,
            email=identity.email,
            shop=view.website.name,
            site=self._site,
            pricelist_id=None if pricelist is None else pricelist.id,
            sections=tuple(found.sections),
            over=tuple(found.over),
        )

    async def _identity(self, owner: Owner) -> Identity:
        """Roles that a token vouched for are not known here: such a role's products are not told."""
        known = await self._customers.of_partner(owner.partner_id)
        if known is not None and self._services.records.clock() - known.read > _OLD:
            raise OdooUnavailableError("what is known of the customer is old")
        customer = None if known is None else known.customer
        if customer is None or not customer.active or customer.kind == "public":
            raise NoFollowerError
        return identity_of(self._services.policies.definitions, customer, subject=_SUBJECT)

    async def _view(self, owner: Owner, identity: Identity) -> tuple[RequestContext, ShopView]:
        tables = await self._services.reference.shop()
        # a website without a domain is asked for by any host that is no other's
        domain = next((site.domain for site in tables.websites if site.id == owner.website_id), None)
        context = RequestContext(self._services, host=domain, identity=identity)
        try:
            return context, await context.view(identity.language)
        except BadInputError:  # the shop does not speak it
            return context, await context.view()


@dataclass(frozen=True, eq=False)
class _Telling:
    """What may be told of some items, by what it is about; and which subscriptions end by it."""

    view: ShopView
    adapter: AdapterProvider
    sections: list[Section] = field(default_factory=list)
    over: list[tuple[Target, int]] = field(default_factory=list)

    @classmethod
    async def of(cls, view: ShopView, adapter: AdapterProvider, items: Sequence[Item]) -> _Telling:
        telling = cls(view, adapter)
        grouped: dict[tuple[Event, Target], list[Item]] = defaultdict(list)
        for item in items:
            # what comes back in stock is told together, whichever variants were followed
            key = (item.event, item.target if item.event != "BACK_IN_STOCK" else _STOCK)
            grouped[key].append(item)
        for (event, target), of in grouped.items():
            if event == "BACK_IN_STOCK":
                await telling.stock(of)
            elif event == "NEW_PRODUCT":
                await telling.new_products(target, of)
            else:
                await telling.started(target, of)
        return telling

    async def stock(self, items: Sequence[Item]) -> None:
        """Variants that are in stock, where whoever is told may see that."""
        if not self.view.policy.field_visible("Product", "isInStock"):
            return
        by_variant = {item.target.number: item for item in items}
        entries = []
        found = await self.view.products_of(list(by_variant))
        free = await self._free([product.id for product, _ in found])
        for product, variant in found:
            if free.get(variant.id, 0) > 0:
                entries.append(await self._entry(product, variant))
                item = by_variant[variant.id]
                self.over.append((item.target, item.turn))
        if entries:
            first = items[0].target
            self.sections.append(Section("BACK_IN_STOCK", first, None, None, tuple(entries)))

    async def new_products(self, target: Target, items: Sequence[Item]) -> None:
        """Products that are in what they follow, and shown to them."""
        products = await self.view.products([int(item.ref) for item in items])
        section: Section | None
        if target.kind == "CATEGORY":
            products = [one for one in products if self._is_in(one, target.number)]
            section = self._of_category("NEW_PRODUCT", target)
        else:
            node = await self._promotion(target.ref)
            products = [] if node is None else [one for one in products if one.id in node.product_ids]
            section = None if node is None else self._of_promotion("NEW_PRODUCT", target, node)
        if section is not None and products:
            entries = tuple([await self._entry(one, None) for one in products])
            self.sections.append(_with(section, entries))

    async def started(self, target: Target, items: Sequence[Item]) -> None:
        """Promotions that run, and have products that are shown to them; those of a category, in that category."""
        for item in items:
            node = await self._promotion(item.ref)
            if node is None or not node.promotion.is_running(self.view.pricer.at):
                continue
            shown = await node.shown(_SHOWN)
            if target.kind == "CATEGORY":
                if target.number not in category_tree(self.view).nodes:
                    continue
                shown = [one for one in shown if self._is_in(one.product, target.number)]
            if shown or node.promotion.everything:
                entries = tuple([await self._entry(one.product, one.variant) for one in shown[:_NAMED]])
                self.sections.append(_with(self._of_promotion("PROMOTION_STARTED", target, node), entries))

    # -- parts ------------------------------------------------------------------------------------------------

    async def _free(self, template_ids: Sequence[int]) -> Mapping[int, Decimal]:
        """Free quantity by variant id, as Odoo says now: what is kept may be from before there was any."""
        adapter = await self.adapter()
        free: dict[int, Decimal] = defaultdict(Decimal)
        for level in await adapter.stock(template_ids, self.view.warehouses):
            free[level.variant_id] += level.free
        return free

    async def _promotion(self, promotion_id: str) -> PromotionNode | None:
        for node in await promotion_nodes(self.view, wanted=promotion_id):
            return node
        return None

    def _is_in(self, product: Product, category_id: int) -> bool:
        nodes = category_tree(self.view).nodes
        found = (nodes[one] for one in product.public_category_ids if one in nodes)
        return any(step.category.id == category_id for node in found for step in node.path)

    def _of_category(self, event: Event, target: Target) -> Section | None:
        node = category_tree(self.view).nodes.get(target.number)
        return None if node is None else Section(event, target, node.category.name, node.slug)

    def _of_promotion(self, event: Event, target: Target, node: PromotionNode) -> Section:
        category = self._of_category(event, target) if target.kind == "CATEGORY" else None
        tells = self.view.policy.field_visible("Product", "unitPrice")
        return Section(
            event,
            target,
            title=category.title if category is not None else None,
            path=category.path if category is not None else None,
            promotion_id=node.id,
            text=node.text if tells else None,
            until=node.promotion.last_day.isoformat(),
        )

    async def _entry(self, product: Product, variant: Variant | None) -> Entry:
        view = self.view
        node = ProductNode(view, product, variant)
        pricelist = view.pricer.pricelist.id if view.pricer.pricelist is not None else None
        priced = view.policy.field_visible("Product", "unitPrice") and view.policy.shows_prices(pricelist, pricelist)
        # of a product with several variants there is no one price
        found = await quote(node) if priced and (variant is not None or len(product.variants) == 1) else None
        named = view.policy.field_visible("Product", "name")
        return Entry(
            product_id=product.id,
            variant_id=None if variant is None else variant.id,
            name=node.display_name if named else f"#{product.id}",
            path=node.slug if named else f"/product/{product.id}",
            sku=node.sku if view.policy.field_visible("Product", "sku") else None,
            price=None if found is None else found.shown,
            currency=None if found is None else found.currency,
        )


#: stands for all variants that are followed
_STOCK: Final = Target("PRODUCT_BACK_IN_STOCK", "0")
#: products of a promotion that are looked at, and named
_SHOWN: Final = 100
_NAMED: Final = 10


def _with(section: Section, entries: tuple[Entry, ...]) -> Section:
    return Section(
        section.event,
        section.target,
        section.title,
        section.path,
        entries,
        section.promotion_id,
        section.text,
        section.until,
    )
