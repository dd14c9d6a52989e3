"""What a checkout is made with, in one language: delivery methods, payment terms and providers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import msgspec

from adapters.base import OdooAdapter
from adapters.once import reading_once
from adapters.records.orders import DeliveryMethod, PaymentProvider, PaymentTerm
from adapters.together import Together


class CheckoutTables(msgspec.Struct, frozen=True, dict=True):
    """In Odoo's order. Empty is what this Odoo has none of, or what our user may not see."""

    delivery_methods: tuple[DeliveryMethod, ...] = ()
    payment_terms: tuple[PaymentTerm, ...] = ()
    payment_providers: tuple[PaymentProvider, ...] = ()

    @cached_property
    def methods(self) -> Mapping[int, DeliveryMethod]:
        """Delivery methods by id."""
        return {method.id: method for method in self.delivery_methods}

    @cached_property
    def terms(self) -> Mapping[int, PaymentTerm]:
        """Payment terms by id."""
        return {term.id: term for term in self.payment_terms}

    @cached_property
    def providers(self) -> Mapping[int, PaymentProvider]:
        """Payment providers by id."""
        return {provider.id: provider for provider in self.payment_providers}


async def load_checkout(adapter: OdooAdapter, lang: str) -> CheckoutTables:
    """Read them from Odoo. Raises OdooError."""
    async with reading_once(), Together() as group:
        methods = group.create_task(adapter.delivery_methods(lang))
        terms = group.create_task(adapter.payment_terms(lang))
        providers = group.create_task(adapter.payment_providers(lang))
    return CheckoutTables(tuple(methods.result()), tuple(terms.result()), tuple(providers.result()))
