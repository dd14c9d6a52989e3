"""What operators do with carts from the command line: see which wait for Odoo, and why, and have them tried again."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from cart.known_order import decode_order
from cart.model import Cart
from cart.placement import decoded
from cart.store import CartStore, CartsUnavailableError
from server.saying import refused, say
from server.settings import Settings
from server.stores import open_carts


async def show_due(settings: Settings, limit: int) -> int:
    """``headless-odoo carts due``. Returns the exit code, as all of them."""

    async def show(carts: CartStore) -> int:
        counts = await carts.counts()
        say(f"{counts.due} due, {counts.waiting} waiting or being pushed, {counts.dead} dead")
        if counts.oldest is not None:
            say(f"the first since {_moment(counts.oldest)}, {max(0.0, time.time() - counts.oldest):.0f} s")
        ids = await carts.due(limit)
        found = await carts.find_many(ids)
        for cart in (found[one] for one in ids if one in found):
            say(_line(cart))
        return 0

    return await _with_carts(settings, show)


async def show_dead(settings: Settings, limit: int) -> int:
    """``headless-odoo carts dead``: exit code 3 if there are any."""

    async def show(carts: CartStore) -> int:
        found = await carts.dead_letters(limit)
        for cart in found:
            say(_line(cart))
        if not found:
            say("none")
        return 3 if found else 0

    return await _with_carts(settings, show)


async def retry(settings: Settings, cart_ids: Sequence[str], *, everything: bool) -> int:
    """``headless-odoo carts retry``."""

    async def again(carts: CartStore) -> int:
        if everything == bool(cart_ids):
            return refused("Name the carts to try again, or --all.")
        wanted = list(cart_ids)
        if everything:
            wanted = [cart.id for cart in await carts.dead_letters((await carts.counts()).dead)]
        missed = [one for one in wanted if not await carts.revive(one)]
        say(f"{len(wanted) - len(missed)} carts are due again")
        return refused(f"not dead: {', '.join(missed)}") if missed else 0

    return await _with_carts(settings, again)


async def give_up(settings: Settings, cart_ids: Sequence[str]) -> int:
    """``headless-odoo carts give-up``."""

    async def given(carts: CartStore) -> int:
        missed = [one for one in cart_ids if not await carts.give_up(one)]
        say(f"{len(cart_ids) - len(missed)} carts are left as they are until they change")
        return refused(f"not dead, or orders that were accepted: {', '.join(missed)}") if missed else 0

    return await _with_carts(settings, given)


async def show_cart(settings: Settings, cart_id: str) -> int:
    """``headless-odoo carts show``: all that is kept of one, as JSON."""

    async def show(carts: CartStore) -> int:
        cart = await carts.find(cart_id)
        if cart is None:
            return refused("There is no such cart.")
        say(msgspec.json.format(msgspec.json.encode(_told(cart)), indent=2).decode())
        return 0

    return await _with_carts(settings, show)


def _told(cart: Cart) -> dict[str, Any]:
    """The cart with what was encoded in it decoded."""
    told: dict[str, Any] = msgspec.to_builtins(
        msgspec.structs.replace(cart, synced=None, placement=None), str_keys=True, builtin_types=()
    )
    told["is_synced"] = cart.is_synced
    if cart.synced is not None:
        known = msgspec.to_builtins(msgspec.structs.replace(cart.synced, order=b""))
        told["synced"] = {**known, "order": msgspec.to_builtins(decode_order(cart.synced.order))}
    if cart.placement:
        told["placement"] = msgspec.to_builtins(decoded(cart.placement), str_keys=True)
    return told


def _line(cart: Cart) -> str:
    """A cart in one line. Says nothing of people but the number of their contact."""
    whose = f"customer {cart.owner.key}" if cart.owner.kind == "customer" else "guest"
    parts = [cart.id, cart.state, whose, f"{len(cart.lines)} lines", f"changed {_moment(cart.changed)}"]
    if cart.synced is not None:
        parts.append(f"order {cart.synced.order_id}")
    if cart.failure is not None:
        failure = cart.failure
        parts.append(f"{failure.tries} tries, {failure.code}" + (f": {failure.message}" if failure.message else ""))
    return "  ".join(parts)


async def _with_carts(settings: Settings, act: Callable[[CartStore], Awaitable[int]]) -> int:
    carts, link = open_carts(settings)
    if link is None:
        return refused("HEADLESS_ODOO_REDIS_URL (or _CART_REDIS_URL) is not set: there are no carts to be found.")
    try:
        return await act(carts)
    except CartsUnavailableError as error:
        return refused(f"Carts are away: {error}")
    finally:
        await link.close()


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")
