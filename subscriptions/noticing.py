"""Notices what is news to somebody: by what changed in the shop, never by asking for what one customer follows.

What is no news any more is kept by name: of a category or a promotion the products that were in it, of a pricelist the
promotions that have begun. Whoever notices compares with that, and one atomic step remembers what is new and whom it
is to be told. So a crash loses no news, and tells none twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Protocol, TypeAlias

from adapters.base import OdooAdapter
from adapters.records import Product, ProductQuery, PublicCategory, Warehouse, with_those_above
from storefront.plan import Plan
from subscriptions.model import Target
from subscriptions.promotions import Promotion, pricelist_of
from subscriptions.store import Subscriptions, Watched

#: products read in one call
_BATCH: Final = 500
#: the name of what is known of a pricelist
_PRICELIST: Final = "PRICELIST:"


class ShopTables(Protocol):
    """The shop's small tables, as far as they matter here."""

    @property
    def warehouses(self) -> Sequence[Warehouse]: ...


#: (ids of products) -> those of them that exist, from what is kept where that is fresh
LoadProducts: TypeAlias = Callable[[Sequence[int]], Awaitable[Sequence[Product]]]
#: (pricelists) -> their promotions that run or are to come
LoadPromotions: TypeAlias = Callable[[Sequence[int]], Awaitable[Sequence[Promotion]]]


@dataclass(frozen=True, eq=False)
class Sources:
    """Where the shop is read. Each raises OdooError. ``language``: one that the shop has. ``clock``: aware."""

    adapter: Callable[[], Awaitable[OdooAdapter]]
    shop: Callable[[], Awaitable[ShopTables]]
    language: Callable[[], Awaitable[str]]
    categories: Callable[[], Awaitable[Mapping[int, PublicCategory]]]
    products: LoadProducts
    promotions: LoadPromotions
    clock: Callable[[], datetime]


class Noticer:
    """Looks at what is followed. Raises OdooError, SubscriptionsUnavailableError: then it is to be done again."""

    def __init__(self, subscriptions: Subscriptions, sources: Sources) -> None:
        self._subscriptions = subscriptions
        self._sources = sources
        #: variants do not change their products
        self._template_of: dict[int, int | None] = {}
        #: promotions of which this process knows that they are no news
        self._begun: set[str] = set()

    async def notice(self, plan: Plan) -> datetime | None:
        """Look at what the plan names, and at what is followed for the first time.

        The moment at which a promotion begins or ends next, if any is watched.
        """
        if plan.everything:
            self._template_of = {one: of for one, of in self._template_of.items() if of is not None}
        watched = await self._subscriptions.watched()
        await self._first_looks(watched)
        await self._stock(watched, plan)
        await self._categories(watched, plan)
        changes_at = await self._promotions(watched)
        await self._subscriptions.seen(watched.fresh)
        return changes_at

    # -- stock ------------------------------------------------------------------------------------------------

    async def _stock(self, watched: Watched, plan: Plan) -> None:
        variants = {one.number: one for one in watched.targets if one.kind == "PRODUCT_BACK_IN_STOCK"}
        templates = await self._templates(sorted(variants))
        if not (plan.all_stock or plan.everything):
            told = plan.stock | plan.products
            fresh = {one.number for one in watched.fresh if one.kind == "PRODUCT_BACK_IN_STOCK"}
            templates = {one: of for one, of in templates.items() if of in told or one in fresh}
        if not templates:
            return
        adapter, shop = await self._sources.adapter(), await self._sources.shop()
        for batch in _batches(sorted(set(templates.values()))):
            free: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
            company_of = {one.id: one.company_id for one in shop.warehouses}
            for level in await adapter.stock(batch, shop.warehouses):
                free[level.variant_id, company_of[level.warehouse_id]] += level.free
            # whose warehouses a customer's website sells from is looked at when they are told
            for variant_id in sorted({one for (one, _), quantity in free.items() if quantity > 0} & templates.keys()):
                await self._subscriptions.tell("BACK_IN_STOCK", [str(variant_id)], [variants[variant_id]])

    async def _templates(self, variant_ids: Sequence[int]) -> dict[int, int]:
        missing = [one for one in variant_ids if one not in self._template_of]
        if missing:
            adapter = await self._sources.adapter()
            for batch in _batches(missing):
                # what is not there is looked for again when all is
                self._template_of |= {**dict.fromkeys(batch), **await adapter.templates_of(batch)}
        return {one: of for one in variant_ids if (of := self._template_of[one]) is not None}

    # -- categories -------------------------------------------------------------------------------------------

    async def _first_looks(self, watched: Watched) -> None:
        """What is in categories that were not followed before is no news."""
        for target in sorted(watched.fresh):
            if target.kind == "CATEGORY":
                await self._subscriptions.know(target.key, await self._all_in(target.number))

    async def _categories(self, watched: Watched, plan: Plan) -> None:
        followed = {one.number: one for one in watched.targets - watched.fresh.keys() if one.kind == "CATEGORY"}
        if not followed:
            return
        found: Mapping[int, Sequence[str]]
        if plan.everything or plan.categories:
            found = {one: await self._all_in(one) for one in sorted(followed)}
        else:
            found = await self._among(sorted(plan.products), followed.keys())
        for category_id, refs in found.items():
            target = followed[category_id]
            if not await self._subscriptions.tell("NEW_PRODUCT", refs, [target], known=target.key):
                await self._subscriptions.know(target.key, await self._all_in(category_id))

    async def _all_in(self, category_id: int) -> list[str]:
        """The products in a category or below it, the newest first."""
        adapter, lang = await self._sources.adapter(), await self._sources.language()
        matches = await adapter.find_products(ProductQuery(category_ids=(category_id,), order=(("id", True),)), lang)
        return [str(match.id) for match in matches]

    async def _among(self, product_ids: Sequence[int], followed: Iterable[int]) -> dict[int, list[str]]:
        """Those of the products that are for sale, by the followed categories that they are in or below."""
        found: dict[int, list[str]] = {}
        wanted, categories = frozenset(followed), await self._sources.categories()
        for batch in _batches(product_ids):
            for product in await self._sources.products(batch):
                if product.published and product.sale_ok:
                    for category_id in wanted & with_those_above(categories, product.public_category_ids):
                        found.setdefault(category_id, []).append(str(product.id))
        return found

    # -- promotions -------------------------------------------------------------------------------------------

    async def _promotions(self, watched: Watched) -> datetime | None:
        """They begin by the clock too: so all that matter are looked at, whatever changed."""
        followed = {one.ref: one for one in watched.targets if one.kind == "PROMOTION"}
        pricelists = {one for ref in followed if (one := pricelist_of(ref)) is not None}
        if any(one.kind == "CATEGORY" for one in watched.targets):
            pricelists |= watched.pricelists
        if not pricelists:
            return None
        now = self._sources.clock()
        promotions = await self._sources.promotions(sorted(pricelists))
        for pricelist_id in sorted(pricelists):
            running = [one for one in promotions if one.pricelist_id == pricelist_id and one.is_running(now)]
            await self._started(pricelist_id, running, followed, watched)
        by_id = {one.id: one for one in promotions}
        for ref, target in followed.items():
            if ref in by_id:
                await self._joined(by_id[ref], target, fresh=target in watched.fresh)
        there = [target for ref, target in followed.items() if ref in by_id]
        await self._subscriptions.there(there, [target for ref, target in followed.items() if ref not in by_id])
        return min((at for one in promotions if (at := one.changes_at(now)) is not None), default=None)

    async def _started(
        self, pricelist_id: int, running: Sequence[Promotion], followed: Mapping[str, Target], watched: Watched
    ) -> None:
        """Tell which of the pricelist's promotions have begun; while nobody watched it, that was no news."""
        name = f"{_PRICELIST}{pricelist_id}"
        if not running:
            await self._subscriptions.know(name, [])
        for promotion in running:
            if promotion.id in self._begun:
                continue
            targets = [followed[promotion.id]] if promotion.id in followed else []
            targets += [Target("CATEGORY", str(one)) for one in sorted(await self._concerned(promotion, watched))]
            told = await self._subscriptions.tell(
                "PROMOTION_STARTED", [promotion.id], targets, known=name, pricelist_id=pricelist_id
            )
            if not told:
                await self._subscriptions.know(name, [one.id for one in running])
            self._begun.add(promotion.id)

    async def _joined(self, promotion: Promotion, target: Target, *, fresh: bool) -> None:
        """Products put into a followed promotion. Of one on whole categories: who follows these is told of new ones."""
        refs = [str(one) for one in await self._promoted(promotion)]
        if fresh or not await self._subscriptions.tell(
            "NEW_PRODUCT", refs, [target], known=target.key, pricelist_id=promotion.pricelist_id
        ):
            await self._subscriptions.know(target.key, refs)

    async def _promoted(self, promotion: Promotion) -> list[int]:
        """The products that rules of the promotion are bound to."""
        owners = await self._templates(promotion.variant_ids)
        return sorted({*promotion.template_ids, *owners.values()})

    async def _concerned(self, promotion: Promotion, watched: Watched) -> frozenset[int]:
        """The followed categories that have products of the promotion."""
        followed = frozenset(one.number for one in watched.targets if one.kind == "CATEGORY")
        if not followed or promotion.everything:
            return followed
        product_ids = await self._promoted(promotion)
        if promotion.category_ids:
            adapter = await self._sources.adapter()
            product_ids += await adapter.products_within(promotion.category_ids)
        return frozenset(await self._among(sorted(set(product_ids)), followed))


def _batches(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))
