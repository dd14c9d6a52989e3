"""How it stands with all that the shop is made of, for people of the shop."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ariadne import ObjectType

from resolvers.backoffice import Backoffice, backoffice_type, written
from resolvers.backoffice_staff import asked
from resolvers.cart_errors import told_as_such
from resolvers.info import Info
from resolvers.shop_state import ShopState

overview_type = ObjectType("BackofficeOverview")


@backoffice_type.field("overview")
async def resolve_overview(office: Backoffice, _: Info) -> ShopState:
    asked(office.context, "overview")
    return await office.context.services.look()


@overview_type.field("carts")
async def resolve_queue(_: ShopState, info: Info) -> dict[str, Any]:
    services = info.context.services
    with told_as_such():
        counts = await services.carts.counts()
    return {
        "due": counts.due,
        "waiting": counts.waiting,
        "failed": counts.dead,
        "oldestDueAt": _moment(counts.oldest),
        "oldestDueSeconds": _since(services.clock(), counts.oldest),
    }


@overview_type.field("search")
def resolve_search(state: ShopState, _: Info) -> dict[str, Any]:
    search = state.search
    return {"configured": search.configured, "lagSeconds": search.lag, "problem": search.problem}


@overview_type.field("feed")
def resolve_feed(state: ShopState, info: Info) -> dict[str, Any]:
    feed = state.feed
    return {
        "everySeconds": feed.every,
        "askedAt": _moment(feed.asked),
        "lagSeconds": _since(info.context.services.clock(), feed.asked),
    }


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else written(seconds)


def _since(now: datetime, seconds: float | None) -> float | None:
    return None if seconds is None else max(0.0, now.timestamp() - seconds)


BINDABLES = [overview_type]
