"""The worker that brings carts to Odoo, put together from the settings."""

from __future__ import annotations

from cart.sync_cart import CartSyncing
from cart.sync_gate import OdooGate
from cart.sync_rules import SyncRules
from cart.worker import CartWorker
from resolvers.cart_owners import OwnersPrices
from resolvers.context import Services
from server.metrics import CartMetrics
from server.settings import Settings


def cart_worker(settings: Settings, services: Services, metrics: CartMetrics) -> CartWorker:
    """A worker, not started."""
    rules = SyncRules(pushes=settings.cart_pushes, tries=settings.cart_tries, drafts=settings.cart_drop_drafts)
    syncing = CartSyncing(
        carts=services.carts,
        adapter=services.adapter,
        prices=OwnersPrices(services),
        requests=services.placer,
        gate=OdooGate(services.adapter, rules),
        rules=rules,
        on_difference=metrics.on_difference,
    )
    return CartWorker(services.carts, syncing, on_outcome=metrics.on_push)
