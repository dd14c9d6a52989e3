"""Follows what changes in the shop, and tells the storefront: its route keys, its stock keys, and its caches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol, TypeAlias

from adapters.base import OdooAdapter
from adapters.records import Language, Product, ProductQuery, PublicCategory, Warehouse, Website
from storefront.keys import StorefrontKeys
from storefront.memory import Memory
from storefront.places import Kind, Paths, Places, key_of, kind_of, moves, of_categories, of_products, redirected
from storefront.plan import Plan
from storefront.signing import HOME

#: products read in one call
_BATCH: Final = 500


class Shop(Protocol):
    """The shop's small tables."""

    @property
    def websites(self) -> Sequence[Website]: ...
    @property
    def languages(self) -> Sequence[Language]: ...
    @property
    def warehouses(self) -> Sequence[Warehouse]: ...


#: language -> the categories of the shop in it
LoadCategories: TypeAlias = Callable[[str], Awaitable[Iterable[PublicCategory]]]
#: language -> the other pages of the shop in it: a key that all languages share -> path
LoadPages: TypeAlias = Callable[[str], Awaitable[Mapping[str, str]]]


@dataclass(frozen=True, eq=False)
class Sources:
    """Where the shop is read."""

    adapter: Callable[[], Awaitable[OdooAdapter]]
    shop: Callable[[], Awaitable[Shop]]
    categories: LoadCategories
    pages: LoadPages
    paths: Paths


@dataclass(frozen=True, eq=False)
class Follower:
    """Brings the storefront up to what the shop is. ``keys``: None where its Redis is not ours to write.

    ``calls``: is the storefront to be told which of its pages are old?
    """

    sources: Sources
    memory: Memory
    keys: StorefrontKeys | None
    calls: bool

    async def follow(self, plan: Plan) -> None:
        """Look again at what the plan names. Raises OdooError, AwayError: then it is to be done again."""
        shop = await self.sources.shop()
        if plan.everything:
            await self._everything(shop)
            return
        old: dict[str, Kind] = {}
        if plan.categories or plan.pages:
            old |= await self._tables(shop, categories=plan.categories, pages=plan.pages)
        if plan.products:
            old |= await self._products(shop, sorted(plan.products))
        if plan.all_prices:
            old |= {**await self._all_of("product"), HOME: "page"}
        elif plan.prices:
            places = await self.memory.places(_keys("product", plan.prices, _langs(shop)))
            old |= dict.fromkeys(places.values(), "product")
        await self._forget(old)
        if plan.all_stock:
            await self._all_stock(shop)
        else:
            await self._stock(shop, sorted(plan.stock | plan.products))

    # -- pages ------------------------------------------------------------------------------------------------

    async def _everything(self, shop: Shop) -> None:
        adapter = await self.sources.adapter()
        before = await self.memory.places()
        after: dict[str, str] = {}
        for lang in _langs(shop):
            after |= of_products(await adapter.find_products(ProductQuery(), lang), lang, self.sources.paths)
            after |= await self._listed(lang, categories=True, pages=True)
        old = await self._moved(before, after)
        if self.keys is not None:  # whatever became of its Redis meanwhile
            await self.keys.set_pages({path: kind_of(key) for key, path in after.items()})
        await self._forget(old | ({HOME: "page"} if old else {}))
        await self._all_stock(shop)

    async def _tables(self, shop: Shop, *, categories: bool, pages: bool) -> dict[str, Kind]:
        wanted = tuple(kind for kind, asked in (("category", categories), ("page", pages)) if asked)
        known = await self.memory.places()
        before = {key: path for key, path in known.items() if kind_of(key) in wanted}
        after: dict[str, str] = {}
        for lang in _langs(shop):
            after |= await self._listed(lang, categories=categories, pages=pages)
        moved = await self._moved(before, after)
        # their texts may be others at the same paths
        return {path: kind_of(key) for key, path in after.items()} | moved | {HOME: "page"}

    async def _products(self, shop: Shop, ids: Sequence[int]) -> dict[str, Kind]:
        adapter = await self.sources.adapter()
        langs = _langs(shop)
        before = await self.memory.places(_keys("product", ids, langs))
        after: dict[str, str] = {}
        for lang in langs:
            matches = await adapter.find_products(ProductQuery(ids=tuple(ids)), lang)
            after |= of_products(matches, lang, self.sources.paths)
        moved = await self._moved(before, after)
        shown = {path: kind_of(key) for key, path in after.items()}
        return {**shown, **moved, **await self._lists_of(ids, langs), HOME: "page"}

    async def _lists_of(self, ids: Sequence[int], langs: Sequence[str]) -> dict[str, Kind]:
        """The pages of the products' categories and of those above."""
        adapter = await self.sources.adapter()
        products: list[Product] = []
        for batch in _batches(ids):
            products += await adapter.products(batch, langs[0])
        parents = {one.id: one.parent_id for one in await self.sources.categories(langs[0])}
        found: set[int] = set()
        for product in products:
            for category_id in product.public_category_ids:
                at: int | None = category_id
                while at is not None and at not in found:
                    found.add(at)
                    at = parents.get(at)
        return dict.fromkeys((await self.memory.places(_keys("category", found, langs))).values(), "category")

    async def _listed(self, lang: str, *, categories: bool, pages: bool) -> dict[str, str]:
        found: dict[str, str] = {}
        if categories:
            found |= of_categories(await self.sources.categories(lang), lang, self.sources.paths)
        if pages:
            found |= {key_of("page", key, lang): path for key, path in (await self.sources.pages(lang)).items()}
        return found

    async def _moved(self, before: Places, after: Places) -> dict[str, Kind]:
        """Tell what moved; the pages that are old by it. Our own memory is last: what fails is done again."""
        found = moves(before, after)
        known = await self.memory.redirects()
        redirects = redirected(known, found)
        if self.keys is not None:
            # a page that was renamed is still found at its former path: the shop leads on from there
            await self.keys.set_pages(found.begun)
            await self.keys.drop_pages(found.gone | (known.keys() - redirects.keys() - found.begun.keys()))
        kinds = {path: kind_of(key) for key, path in before.items()}
        old = {**{path: kinds[path] for path in (*found.gone, *found.renamed)}, **found.begun}
        await self._forget(old)
        await self.memory.note(before, after, redirects, known)
        return old

    async def _all_of(self, kind: Kind) -> dict[str, Kind]:
        return {path: kind for key, path in (await self.memory.places()).items() if kind_of(key) == kind}

    async def _forget(self, pages: Mapping[str, Kind]) -> None:
        if self.calls and pages:
            await self.memory.forget_later(pages)

    # -- stock ------------------------------------------------------------------------------------------------

    async def _all_stock(self, shop: Shop) -> None:
        if self.keys is not None:
            adapter = await self.sources.adapter()
            matches = await adapter.find_products(ProductQuery(), _langs(shop)[0])
            await self._stock(shop, [match.id for match in matches])

    async def _stock(self, shop: Shop, ids: Sequence[int]) -> None:
        if self.keys is None or not ids:
            return
        adapter = await self.sources.adapter()
        company_id = shop.websites[0].company_id if shop.websites else None
        places = [one for one in shop.warehouses if company_id in {None, one.company_id}]
        lang = _langs(shop)[0]
        for batch in _batches(ids):
            matches = await adapter.find_products(ProductQuery(ids=tuple(batch)), lang)
            free: dict[int, Decimal] = {one: Decimal(0) for match in matches for one in match.variant_ids}
            for level in await adapter.stock([match.id for match in matches], places):
                if level.variant_id in free:
                    free[level.variant_id] += level.free
            await self.keys.set_stock(free)


def _langs(shop: Shop) -> list[str]:
    """The languages of the storefront's website, its own first."""
    if not shop.websites:
        return [language.code for language in shop.languages]
    website = shop.websites[0]
    return list(dict.fromkeys((website.default_language, *website.languages)))


def _keys(kind: Kind, ids: Iterable[int], langs: Iterable[str]) -> list[str]:
    return [key_of(kind, one, lang) for one in sorted(ids) for lang in langs]


def _batches(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (ids[start : start + _BATCH] for start in range(0, len(ids), _BATCH))
