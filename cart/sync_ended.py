"""Drafts in Odoo of carts that have ended by themselves: nobody will order them, so they go, a few at a time."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from adapters.errors import OdooAccessError, OdooError, OdooRejectedError
from cart.store import CartStore
from cart.sync_gate import AdapterProvider, OdooGate
from cart.sync_rules import SyncRules

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class EndedDrafts:
    """Takes such drafts away, each once, by one worker. What people of the shop have gone on with is left to them."""

    carts: CartStore
    adapter: AdapterProvider
    gate: OdooGate
    rules: SyncRules

    async def sweep(self) -> int:
        """Drop some of those that are there to be dropped. How many have gone. Raises `CartsUnavailableError`."""
        dropped = 0
        for cart_id in await self.carts.ended_drafts(self.rules.drafts):
            if not self.gate.is_open:
                break
            if await self.carts.claim_draft(cart_id, self.rules.sweep_again):
                dropped += await self._dropped(cart_id)
        return dropped

    async def _dropped(self, cart_id: str) -> bool:
        """What Odoo refuses is not tried again; without an answer, or in a conflict, it is, after a while."""
        try:
            done = await (await self.adapter()).drop_abandoned(cart_id)
        except (OdooRejectedError, OdooAccessError) as error:
            log.warning("cart.draft_stays", cart=cart_id, reason=str(error))
            done = False
        except OdooError as error:
            log.info("cart.draft_not_dropped", cart=cart_id, error=repr(error))
            return False
        await self.carts.forget_draft(cart_id)
        log.info("cart.ended", cart=cart_id, draft="dropped" if done else "stays")
        return done
