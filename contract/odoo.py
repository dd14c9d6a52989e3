"""Odoo's own word, asked for directly: what the shop's answers are measured by."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from adapters.base import Capabilities
from adapters.connect import parse_serie
from adapters.errors import OdooAccessError, OdooNotFoundError
from adapters.rpc import RpcLimits, Transport, open_transport
from contract.shop import Shop

#: from this version on a price is asked for by a method, up to 14 by a field; in between by nothing public
_PRICE_METHOD_SINCE = (17, 0)


class NotAnsweredError(Exception):
    """This Odoo has no public way to answer."""


class Odoo:
    """Direct reads of an Odoo, independent of any adapter, as seen from one company."""

    def __init__(self, transport: Transport, capabilities: Capabilities, company_id: int) -> None:
        self._transport = transport
        # up to 12 one company is named by the first key, from 13 on several by the second; each ignores the other
        self._company = {"force_company": company_id, "allowed_company_ids": [company_id]}
        self.serie = parse_serie(capabilities.version)

    async def read(
        self, model: str, ids: Sequence[int], fields: Sequence[str], **context: Any
    ) -> dict[int, dict[str, Any]]:
        """The fields of the records, by id."""
        rows = await self._transport.call(
            model, "read", list(ids), {"fields": list(fields)}, context={**self._company, **context}, safe=True
        )
        return {row["id"]: row for row in rows}

    async def search(self, model: str, domain: Sequence[Any], limit: int | None = None, **context: Any) -> list[int]:
        arguments = {"domain": list(domain), **({"limit": limit} if limit else {})}
        seen_from = {**self._company, **context}
        found: list[int] = await self._transport.call(model, "search", args=arguments, context=seen_from, safe=True)
        return found

    async def has_fields(self, model: str, *names: str) -> bool:
        arguments = {"allfields": list(names), "attributes": ["type"]}
        found = await self._transport.call(model, "fields_get", args=arguments, safe=True)
        return set(names) <= set(found)

    async def variant_values(self, variant_ids: Sequence[int]) -> dict[int, set[int]]:
        """The attribute values that make each variant."""
        direct, through = "attribute_value_ids", "product_template_attribute_value_ids"  # up to 12, from 13 on
        if await self.has_fields("product.product", direct):
            rows = await self.read("product.product", variant_ids, [direct])
            return {variant_id: set(row[direct]) for variant_id, row in rows.items()}
        rows = await self.read("product.product", variant_ids, [through])
        link_ids = sorted({link_id for row in rows.values() for link_id in row[through]})
        links = await self.read(
            await self.relation("product.product", through), link_ids, ["product_attribute_value_id"]
        )
        return {
            variant_id: {links[link_id]["product_attribute_value_id"][0] for link_id in row[through]}
            for variant_id, row in rows.items()
        }

    async def relation(self, model: str, name: str) -> str:
        """The model that a field leads to."""
        arguments = {"allfields": [name], "attributes": ["relation"]}
        found = await self._transport.call(model, "fields_get", args=arguments, safe=True)
        related: str = found[name]["relation"]
        return related

    async def prices(
        self, variant_ids: Sequence[int], pricelist_id: int, quantity: int, digits: int
    ) -> dict[int, Decimal]:
        """What one unit of each variant costs by that pricelist, rounded half up to ``digits``.

        Raises NotAnsweredError where Odoo does not tell.
        """
        context = {"pricelist": pricelist_id, "quantity": quantity}
        if await self.has_fields("product.product", "price"):
            rows = await self.read("product.product", variant_ids, ["price"], **context)
            return {variant_id: _rounded(row["price"], digits) for variant_id, row in rows.items()}
        if self.serie < _PRICE_METHOD_SINCE:
            raise NotAnsweredError(f"Odoo {'.'.join(map(str, self.serie))} tells no price over RPC")
        return {variant_id: await self._contextual_price(variant_id, context, digits) for variant_id in variant_ids}

    async def _contextual_price(self, variant_id: int, context: Mapping[str, Any], digits: int) -> Decimal:
        try:
            price = await self._transport.call(
                "product.product", "get_contextual_price", [variant_id], context={**self._company, **context}, safe=True
            )
        except (OdooNotFoundError, OdooAccessError) as error:
            raise NotAnsweredError("get_contextual_price is not public here") from error
        return _rounded(price, digits)

    async def prices_include_tax(self, variant_ids: Sequence[int]) -> dict[int, bool | None]:
        """Is the price of the variant with tax? None where some of its taxes are included and some are not."""
        rows = await self.read("product.product", variant_ids, ["taxes_id"])
        tax_ids = sorted({tax_id for row in rows.values() for tax_id in row["taxes_id"]})
        taxes = await self.read("account.tax", tax_ids, ["price_include"]) if tax_ids else {}
        found: dict[int, bool | None] = {}
        for variant_id, row in rows.items():
            kinds = {bool(taxes[tax_id]["price_include"]) for tax_id in row["taxes_id"]}
            found[variant_id] = None if len(kinds) > 1 else kinds == {True}
        return found


@asynccontextmanager
async def open_odoo(shop: Shop) -> AsyncIterator[Odoo]:
    """The Odoo behind a shop, by the transport that its adapter uses."""
    capabilities = await shop.adapter.inspect()
    company = (await shop.query("{ website { company { id } } }"))["website"]["company"]
    transport = open_transport(capabilities.transport, shop.target.credentials, RpcLimits())
    try:
        yield Odoo(transport, capabilities, company["id"])
    finally:
        await transport.close()


def _rounded(price: float, digits: int) -> Decimal:
    return Decimal(repr(price)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
