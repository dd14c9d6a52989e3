"""What carts cost their owners, when it is not the owners who ask: a `cart.pushing.LinePrices` for any cart."""

from __future__ import annotations

from adapters.errors import OdooRejectedError
from cache.customers import Customers
from cart.model import Cart
from cart.pushing import PricedCart
from identity.facts import identity_of
from identity.identity import Identity, guest_of
from resolvers.checkout_prices import CartPrices
from resolvers.context import RequestContext, Services

#: nobody else's: whoever is signed in has another
_SUBJECT = "cart's owner"


class OwnersPrices:
    """Prices carts as their owners are shown them."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._customers = Customers(services.records)

    async def priced(self, cart: Cart, *, live: bool = False) -> PricedCart:
        """As `cart.pushing.LinePrices`. Raises OdooRejectedError where the owner is no customer any more."""
        return await CartPrices(await self.context(cart)).priced(cart, live=live)

    async def context(self, cart: Cart) -> RequestContext:
        """A request as if it were the owner's. Raises as above, OdooError when they are not known."""
        tables = await self._services.reference.shop()
        website_id = cart.owner.website_id
        # a website without a domain is asked for by any host that is no other's
        domain = next((site.domain for site in tables.websites if site.id == website_id), None)
        return RequestContext(self._services, host=domain, identity=await self._identity(cart))

    async def _identity(self, cart: Cart) -> Identity:
        definitions = self._services.policies.definitions
        if cart.owner.kind == "guest":
            return guest_of(definitions)
        known = await self._customers.of_partner(int(cart.owner.key))
        customer = None if known is None else known.customer
        if customer is None or not customer.active:
            raise OdooRejectedError("The customer of this cart is not there any more.")
        return identity_of(definitions, customer, subject=_SUBJECT)
