"""Where pages went whose path changed: as far as whoever asks may see what is there."""

from __future__ import annotations

from typing import Any

from ariadne import ObjectType

from adapters.records import ProductMatch, ProductQuery
from resolvers.arguments import line, page, page_bounds
from resolvers.categories import find_category
from resolvers.context import RequestContext
from resolvers.info import Info
from resolvers.query import query
from resolvers.shown import shown_of
from resolvers.slugs import product_id_of, product_slug
from resolvers.view import ShopView

redirect_type = ObjectType("Redirect")


async def shown_products(view: ShopView) -> list[ProductMatch]:
    """All products that whoever asks is shown, by id."""
    wanted = ProductQuery(website_id=view.website.id, company_id=view.website.company_id, order=(("id", False),))
    return list(await shown_of(view, wanted, await view.records.find_products(wanted, view.lang)))


async def shown_redirects(context: RequestContext, view: ShopView) -> dict[str, str]:
    """From -> to, by path."""
    known = await context.services.redirects.all()
    ids = {match.id for match in await shown_products(view)} if known and _sees_paths(view) else set()
    return {source: known[source] for source in sorted(known) if _may_be_told(known[source], ids)}


def _sees_paths(view: ShopView) -> bool:
    """A product's path holds its name."""
    return view.policy.field_visible("Product", "slug")


def _may_be_told(path: str, product_ids: set[int]) -> bool:
    product_id = product_id_of(path)
    return product_id is None or product_id in product_ids


@query.field("redirects")
async def resolve_redirects(
    _: None,
    info: Info,
    *,
    currentPage: int | None = None,  # noqa: N803
    pageSize: int | None = None,  # noqa: N803
) -> dict[str, Any]:
    bounds = page_bounds(currentPage, pageSize)
    found = list((await shown_redirects(info.context, await info.context.view())).items())
    return {"redirects": page(found, bounds), "totalCount": len(found)}


@query.field("redirect")
async def resolve_redirect(_: None, info: Info, *, path: str, language: str | None = None) -> tuple[str, str] | None:
    """By what is known of renamings, else by the id in the path: an old name in it does no harm."""
    wanted = line(path, "path")
    view = await info.context.view(language)
    target = await info.context.services.redirects.target(wanted)
    canonical = await _canonical(view, target or wanted)
    return None if canonical is None or canonical == wanted else (wanted, canonical)


async def _canonical(view: ShopView, path: str) -> str | None:
    """The path of what stands at a path, in the view's language; None where nothing is shown."""
    product_id = product_id_of(path)
    if product_id is not None:
        product = await view.product(product_id) if _sees_paths(view) else None
        return None if product is None else product_slug(product.name, product.id)
    found = find_category(view, path)
    return None if found is None else found.slug


redirect_type.set_field("from", lambda redirect, _: redirect[0])
redirect_type.set_field("to", lambda redirect, _: redirect[1])

BINDABLES = [redirect_type]
