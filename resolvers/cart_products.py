"""The products of carts: which variants whoever asks may buy, all that are asked for in a few round trips."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple, TypeVar

from adapters.errors import OdooUnavailableError
from adapters.records import Product, Variant
from cache.record_cache import NotAtHandError
from cart.model import RejectionCode
from resolvers.context import RequestContext
from resolvers.product_nodes import ProductNode, free_quantity
from resolvers.view import Rules, ShopView

K = TypeVar("K")
T = TypeVar("T")

#: seconds for which a change of a cart waits for Odoo
_PATIENCE: Final = 2.0
#: what goes on being read for those who ask next
_reading: set[asyncio.Task[Any]] = set()
#: products that cannot be ordered by themselves: what they are made of has to be chosen
_COMPOSED: Final = frozenset({"combo"})


class Offer(NamedTuple):
    """A variant that is for sale to whoever asks."""

    product: Product
    variant: Variant
    rules: Rules = ()

    def node(self, view: ShopView) -> ProductNode:
        return ProductNode(view, self.product, self.variant)

    def refusal(self) -> RejectionCode | None:
        """Why it cannot be put into a cart, if so."""
        return "PRODUCT_NOT_SALEABLE" if self.product.product_type in _COMPOSED else None


class Offers(NamedTuple):
    """``by_variant``: those for sale. ``unknown``: variants of which it cannot be known, as Odoo is away."""

    by_variant: Mapping[int, Offer]
    unknown: frozenset[int] = frozenset()

    def refusal(self, variant_id: int) -> RejectionCode | None:
        """Why a variant cannot be put into a cart. One that is hidden is one that does not exist.

        What cannot be known, as Odoo is away, is taken: it is told again when that is known, and before an order.
        """
        offer = self.by_variant.get(variant_id)
        if offer is not None:
            return offer.refusal()
        return None if variant_id in self.unknown else "PRODUCT_NOT_FOUND"


async def offers_of(context: RequestContext, variant_ids: Iterable[int], *, stock: bool = False) -> Offers:
    """The variants, with what their prices are made of; ``stock``: and what is free of them.

    Raises OdooError when it is not known what the shop sells at all.
    """
    view, known = await context.view(), context.services.known_products
    wanted = list(dict.fromkeys(variant_ids))
    pricelist = view.pricer.pricelist
    audience = (view.website.id, view.lang, view.policy.key, pricelist.id if pricelist is not None else None)
    news = known.news
    by_variant: dict[int, Offer] = known.of(audience, wanted)
    missing = wanted if not by_variant else [one for one in wanted if one not in by_variant]
    unknown: frozenset[int] = frozenset()
    if missing:
        read, unknown = await _in_time(_read(view, missing, stock=stock), missing)
        known.keep(audience, {one: (offer.product.id, offer) for one, offer in read.items()}, news)
        by_variant.update(read)
    return Offers(by_variant, unknown)


async def _in_time(
    reading: Coroutine[Any, Any, tuple[dict[int, Offer], frozenset[int]]], wanted: Sequence[int]
) -> tuple[dict[int, Offer], frozenset[int]]:
    """What is read in time. An Odoo that hangs is no reason to keep a customer waiting: they are known to all later."""
    task = asyncio.create_task(reading)
    _reading.add(task)
    task.add_done_callback(_read_by_now)
    done, _ = await asyncio.wait({task}, timeout=_PATIENCE)
    return task.result() if done else ({}, frozenset(wanted))


def _read_by_now(task: asyncio.Task[Any]) -> None:
    _reading.discard(task)
    if not task.cancelled():
        task.exception()  # whoever waits has been told


async def _read(view: ShopView, wanted: Sequence[int], *, stock: bool) -> tuple[dict[int, Offer], frozenset[int]]:
    """Offers by variant, and the variants of which nothing can be known."""
    owners, unknown = await _each(view.records.templates_of, wanted)
    template_ids = list(dict.fromkeys(owners.values()))
    await view.records.prefetch_products(
        template_ids, view.lang, pricelist_ids=view.pricer.pricelist_ids, warehouses=view.warehouses, stock=stock
    )
    products, unread = await _each(lambda ids: _products(view, ids), template_ids)
    rules, unpriced = await _each(lambda ids: _rules(view, [products[one] for one in ids]), list(products))
    variants = {
        variant.id: Offer(product, variant, rules[template_id])
        for template_id, product in products.items()
        if template_id in rules
        for variant in product.variants
    }
    missing = unread | unpriced
    return (
        {variant_id: variants[variant_id] for variant_id in wanted if variant_id in variants},
        unknown | {variant_id for variant_id, template_id in owners.items() if template_id in missing},
    )


async def free_of(view: ShopView, offers: Iterable[Offer]) -> dict[int, Decimal]:
    """What is free of those variants that are sold from stock alone, by variant.

    What cannot be known is left out: it is asked for again before the order is placed.
    """
    limited = [offer for offer in offers if offer.product.storable and not offer.product.allow_out_of_stock]
    products = {offer.product.id: offer.product for offer in limited}

    async def read(template_ids: Sequence[int]) -> Mapping[int, Mapping[int, Decimal]]:
        found = await asyncio.gather(*(view.free(products[one]) for one in template_ids))
        return dict(zip(template_ids, found, strict=True))

    known, _ = await _each(read, list(products))
    return {offer.variant.id: free_quantity(offer.node(view)) for offer in limited if offer.product.id in known}


async def _products(view: ShopView, template_ids: Sequence[int]) -> Mapping[int, Product]:
    return {product.id: product for product in await view.products(template_ids)}


async def _rules(view: ShopView, products: Sequence[Product]) -> Mapping[int, Rules]:
    """Their rules: from then on they are at hand."""
    found: dict[int, Rules] = {}
    missing: list[Product] = []
    for product in products:
        try:
            found[product.id] = view.rules_at_hand(product)
        except NotAtHandError:
            missing.append(product)
    if missing:
        read = await asyncio.gather(*(view.rules(product) for product in missing))
        found.update({product.id: rules for product, rules in zip(missing, read, strict=True)})
    return found


async def _each(
    read: Callable[[Sequence[K]], Awaitable[Mapping[K, T]]], keys: Sequence[K]
) -> tuple[dict[K, T], frozenset[K]]:
    """What is read of all at once; while Odoo is away, one by one what is known still, and what is not."""
    if not keys:
        return {}, frozenset()
    try:
        return dict(await read(keys)), frozenset()
    except OdooUnavailableError:
        pass
    found: dict[K, T] = {}
    unknown: set[K] = set()
    for one, answer in zip(keys, await asyncio.gather(*(_tried(read, one) for one in keys)), strict=True):
        if answer is None:
            unknown.add(one)
        else:
            found.update(answer)
    return found, frozenset(unknown)


async def _tried(read: Callable[[Sequence[K]], Awaitable[Mapping[K, T]]], one: K) -> Mapping[K, T] | None:
    try:
        return await read([one])
    except OdooUnavailableError:
        return None
