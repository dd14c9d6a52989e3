"""``headless-odoo carts tidy``: takes away drafts in Odoo whose carts are nowhere any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from adapters.connect import connect
from adapters.errors import OdooError
from cache.reference import Clock, utc_now
from cart.store import CartsUnavailableError
from cart.tidying import ElsewhereError, Tidying
from server.app import Connect, open_adapter
from server.metrics import Metrics
from server.saying import refused, say
from server.settings import Settings
from server.stores import open_carts


@dataclass(frozen=True, slots=True)
class TidyOptions:
    """``days``: drafts that were written since stay. ``limit``: so many are looked at. ``look_only``: all stay.

    ``anyway``: even if none of the drafts written lately has a cart, as after the loss of a Redis.
    """

    days: int = 60
    limit: int = 500
    look_only: bool = False
    anyway: bool = False


async def tidy_drafts(
    settings: Settings, options: TidyOptions, *, opened: Connect = connect, clock: Clock = utc_now
) -> int:
    """Returns the exit code."""
    carts, link = open_carts(settings)
    if link is None:
        return refused("HEADLESS_ODOO_REDIS_URL (or _CART_REDIS_URL) is not set: which carts there are is not known.")
    try:
        adapter = await open_adapter(settings, Metrics(), opened)()
        try:
            await adapter.inspect()
            tidying = Tidying(adapter, carts, clock() - timedelta(days=options.days))
            return await _tidied(tidying, options)
        finally:
            await adapter.close()
    except ElsewhereError:
        return refused(
            f"None of the drafts of the last {options.days} days has a cart here. If carts of this Odoo are kept "
            "elsewhere, set that Redis and namespace; if they were lost, use --anyway."
        )
    except CartsUnavailableError as error:
        return refused(f"Carts are away: {error}")
    except OdooError as error:
        return refused(f"Odoo: {error}")
    finally:
        await link.close()


async def _tidied(tidying: Tidying, options: TidyOptions) -> int:
    if not options.anyway:
        await tidying.check()
    gone = stay = 0
    async for draft in tidying.left(options.limit):
        goes = not draft.touched if options.look_only else await tidying.dropped(draft)
        gone, stay = gone + goes, stay + (not goes)
        what = ("would go" if options.look_only else "gone") if goes else "stays"
        say(f"{draft.name}  cart {draft.cart}  written {draft.updated_at:%Y-%m-%d}  {what}")
    say(f"{gone} drafts {'would go' if options.look_only else 'are gone'}, {stay} stay: people have gone on with them")
    return 0
