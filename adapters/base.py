"""The contract between the shop's side and any Odoo.

Every read is batch-first: a list of ids in, records out, in a number of remote calls that does not grow with the
length of the list. Ids that do not exist are left out of the answer. All methods raise members of
`adapters.errors` and nothing else. ``lang`` is an Odoo language code such as ``fr_FR``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from adapters.records import (
    Attribute,
    AttributeValue,
    Change,
    Changes,
    Company,
    Country,
    Currency,
    ImageContent,
    Language,
    Picture,
    Product,
    ProductLinks,
    ProductMatch,
    ProductQuery,
    ProductTag,
    PublicCategory,
    Ribbon,
    StockLevel,
    TemplateValue,
    Warehouse,
    Website,
)
from adapters.records.pricing import CurrencyRates, Pricelist, PricelistRule, PricingPolicy, Tax, Uom


@dataclass(frozen=True, slots=True)
class Missing:
    """A model or field of Odoo that the schema would like and this Odoo has not; ``effect`` says what will not work."""

    model: str
    fields: tuple[str, ...]
    effect: str
    required: bool


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an adapter found when it looked at its Odoo."""

    version: str
    adapter: str
    transport: str
    missing: tuple[Missing, ...] = field(default=())


class OdooAdapter(ABC):
    """Odoo as the shop sees it. Stateless but for its connection; safe to share between tasks of one loop."""

    #: the Odoo serie this adapter was written for, e.g. "19.0"
    serie: str
    #: how this version prices, handed to the pricing engine
    pricing_policy: PricingPolicy

    # -- connection -------------------------------------------------------------------------------------------

    @abstractmethod
    async def inspect(self) -> Capabilities:
        """Ask Odoo which models and fields it has and remember it: later reads leave out what is missing.

        Raises OdooAccessError when the credentials are not accepted.
        """

    @abstractmethod
    async def ping(self) -> None:
        """One cheap authenticated call; raises when Odoo does not answer it."""

    @abstractmethod
    async def close(self) -> None: ...

    # -- the shop: small tables, read whole -------------------------------------------------------------------

    @abstractmethod
    async def websites(self, lang: str | None = None) -> list[Website]: ...

    @abstractmethod
    async def companies(self) -> list[Company]: ...

    @abstractmethod
    async def languages(self) -> list[Language]: ...

    @abstractmethod
    async def currencies(self) -> list[Currency]: ...

    @abstractmethod
    async def countries(self, lang: str) -> list[Country]: ...

    @abstractmethod
    async def warehouses(self) -> list[Warehouse]: ...

    @abstractmethod
    async def categories(self, lang: str) -> list[PublicCategory]:
        """All public categories, by sequence and id."""

    @abstractmethod
    async def attributes(self, lang: str) -> tuple[list[Attribute], list[AttributeValue]]: ...

    @abstractmethod
    async def tags(self, lang: str) -> list[ProductTag]: ...

    @abstractmethod
    async def ribbons(self, lang: str) -> list[Ribbon]: ...

    # -- products ---------------------------------------------------------------------------------------------

    @abstractmethod
    async def find_products(self, query: ProductQuery, lang: str) -> list[ProductMatch]:
        """Every published, sellable product that matches, in the query's order and then by id."""

    @abstractmethod
    async def find_by_barcode(self, barcode: str) -> int | None:
        """The product (template) id of the active variant with this barcode."""

    @abstractmethod
    async def template_values(self, template_ids: Sequence[int]) -> list[TemplateValue]:
        """The attribute values that these products offer, ordered by product."""

    @abstractmethod
    async def products(
        self,
        template_ids: Sequence[int],
        lang: str,
        *,
        values: Sequence[TemplateValue] | None = None,
        updated_at: Mapping[int, datetime] | None = None,
    ) -> list[Product]:
        """Products with their active variants and pictures, published or not, in the order of the ids.

        ``values`` (their attribute values) and ``updated_at`` (by product) save a call each when already read.
        """

    @abstractmethod
    async def links(self, template_ids: Sequence[int]) -> list[ProductLinks]:
        """Alternatives and accessories of these products."""

    @abstractmethod
    async def templates_of(self, variant_ids: Sequence[int]) -> dict[int, int]:
        """The product (template) id of each active variant."""

    @abstractmethod
    async def stock(self, template_ids: Sequence[int], warehouses: Sequence[Warehouse]) -> list[StockLevel]:
        """Free quantities of these products' variants; a variant without a row has none in that warehouse."""

    @abstractmethod
    async def units_sold(self, since: datetime) -> dict[int, Decimal]:
        """Units in confirmed sales orders since then, by product (template) id."""

    @abstractmethod
    async def image_owner(self, image_id: int) -> int | None:
        """The product (template) id that an extra picture belongs to."""

    @abstractmethod
    async def image(self, picture: Picture, size: int) -> ImageContent | None:
        """The picture in the smallest stored size of at least ``size`` pixels; None when there is no picture."""

    # -- pricing's raw material -------------------------------------------------------------------------------

    @abstractmethod
    async def pricelists(self) -> list[Pricelist]:
        """All active pricelists, in Odoo's order."""

    @abstractmethod
    async def shop_rules(self) -> list[PricelistRule]:
        """Every pricelist rule that is not bound to a product: those of categories and of everything."""

    @abstractmethod
    async def product_rules(
        self, template_ids: Sequence[int], variant_ids: Sequence[int], pricelist_ids: Sequence[int]
    ) -> list[PricelistRule]:
        """The rules of these pricelists bound to these products or variants."""

    @abstractmethod
    async def category_parents(self) -> dict[int, int | None]:
        """The internal categories that rules can be bound to: id -> parent id."""

    @abstractmethod
    async def currency_rates(self, company_id: int) -> CurrencyRates:
        """The company's currency rates, its own before those shared by all."""

    @abstractmethod
    async def uoms(self) -> list[Uom]: ...

    @abstractmethod
    async def taxes(self) -> list[Tax]: ...

    # -- change -----------------------------------------------------------------------------------------------

    @abstractmethod
    async def changes_since(self, cursor: str | None) -> Changes:
        """What changed after the cursor; with None nothing but a first cursor. May repeat a change, never lose one."""

    @abstractmethod
    async def change_of(self, model: str, record_ids: Sequence[int]) -> list[Change]:
        """What it means that these records of a model of Odoo were made, written or deleted; nothing if no matter.

        For many records at once: the number of calls does not grow with theirs.
        """

    def forget(self) -> None:
        """Products changed: what an adapter keeps of them between calls, to save some, must be read anew."""
        return
