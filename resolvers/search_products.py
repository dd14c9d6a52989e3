"""Finds products: by the index where there is one and it answers, else by Odoo; either way the same is answered."""

from __future__ import annotations

from resolvers.context import RequestContext
from resolvers.errors import ForbiddenFieldError
from resolvers.info import Info
from resolvers.search_adapter import by_adapter
from resolvers.search_freshness import FALLBACK_FOR
from resolvers.search_index import UnpricedError, by_index
from resolvers.search_listing import Asked, Listing
from resolvers.view import ShopView
from search.asking import NotAnsweredError
from search.fields import HiddenFieldError


async def list_products(info: Info, view: ShopView, asked: Asked) -> Listing:
    """The list. Raises ForbiddenFieldError, and OdooError where nobody knows."""
    context: RequestContext = info.context
    index = context.services.search
    if index is not None:
        try:
            return await by_index(view, index, asked)
        except HiddenFieldError as error:
            raise ForbiddenFieldError("This may not be used by you.", info.field_nodes[0]) from error
        except NotAnsweredError:
            fall_back(context, view)
        except UnpricedError:
            pass  # by its rules only the shop's own engine can tell these prices
    return await by_adapter(view, asked)


def fall_back(context: RequestContext, view: ShopView) -> None:
    """The answer is made without the index, which is away: it says so, and is kept for a short time only."""
    context.search_fell_back = True
    view.dependencies.until(view.pricer.at + FALLBACK_FOR)
