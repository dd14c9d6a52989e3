"""Stock of products, as it is kept: by product (template) id, for the places of a shop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from adapters.base import CatalogueReads
from adapters.records import StockLevel, Warehouse
from cache.kinds import LEVELS, among, key_of
from cache.loading import Alike, OfCatalogue
from cache.store import Ticket
from cache.tags import ALL_PRODUCTS, ALL_STOCK, product_tag, stock_tag

#: what was just read of these products (template ids) under the ticket; None when that is not all of it
JustRead = Callable[[Sequence[int], Ticket | None], Sequence[StockLevel] | None]


def levels_of(
    variant_ids: Mapping[int, Sequence[int]],
    warehouses: Sequence[Warehouse],
    places: str,
    just_read: JustRead = lambda *_: None,
) -> OfCatalogue[int, tuple[StockLevel, ...]]:
    """Stock of products (template ids) whose variants are told; ``places`` stands for the warehouses (`named`)."""

    async def load(
        adapter: CatalogueReads, missing: list[int], ticket: Ticket | None
    ) -> Mapping[int, tuple[StockLevel, ...]]:
        template_of = {variant: template_id for template_id in missing for variant in variant_ids[template_id]}
        levels: dict[int, list[StockLevel]] = {template_id: [] for template_id in missing}
        known = just_read(missing, ticket)
        for level in await adapter.stock(missing, warehouses) if known is None else known:
            if level.variant_id in template_of:
                levels[template_of[level.variant_id]].append(level)
        return {template_id: tuple(found) for template_id, found in levels.items()}

    return OfCatalogue(
        LEVELS,
        {template_id: level_key(template_id, places) for template_id in variant_ids},
        load,
        _tags,
        alike=Alike(places, variant_ids, lambda needs: levels_of(needs, warehouses, places)),
    )


def level_key(template_id: int, places: str) -> str:
    return key_of(LEVELS, places, template_id)


def named(warehouses: Sequence[Warehouse]) -> str:
    """Stands for the warehouses and what belongs to them."""
    return "-".join(f"{warehouse.id}.{among(warehouse.location_ids)}" for warehouse in warehouses)


def _tags(template_id: int, _: object) -> tuple[str, ...]:
    return stock_tag(template_id), ALL_STOCK, product_tag(template_id), ALL_PRODUCTS
