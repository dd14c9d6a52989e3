"""Is Odoo there? While it is not, no cart goes to it: it is asked now and then by a cheap call."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from adapters.base import OdooAdapter
from adapters.errors import OdooError, OdooUnavailableError
from adapters.patience import Patience
from cart.sync_rules import SyncRules

log = structlog.get_logger(__name__)

AdapterProvider = Callable[[], Awaitable[OdooAdapter]]


class OdooGate:
    """Open as long as Odoo answers. Whoever got no answer for a cart has it looked at: was it the cart, or Odoo?"""

    def __init__(self, adapter: AdapterProvider, rules: SyncRules) -> None:
        self._adapter = adapter
        self._rules = rules
        self._looks = 0
        self._looking: asyncio.Task[bool] | None = None

    @property
    def is_open(self) -> bool:
        return self._looks == 0

    @property
    def pause(self) -> float:
        """Seconds until the next look."""
        return self._rules.away_in(self._looks)

    async def look(self) -> bool:
        """Does Odoo answer? It is asked once for all who want to know at the same time."""
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
            self._looking.add_done_callback(self._looked)
        return await asyncio.shield(self._looking)

    def _looked(self, _: asyncio.Task[bool]) -> None:
        self._looking = None

    async def _look(self) -> bool:
        answers = await self._answers()
        if answers and self._looks:
            log.info("carts.odoo_is_back", looks=self._looks)
        elif not answers and not self._looks:
            log.warning("carts.odoo_is_away")
        self._looks = 0 if answers else self._looks + 1
        return answers

    async def _answers(self) -> bool:
        try:
            async with Patience(self._rules.ping):
                await (await self._adapter()).ping()
        except (OdooUnavailableError, TimeoutError):
            return False
        except OdooError:  # whatever it says: it is there
            return True
        return True
