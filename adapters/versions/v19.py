"""Odoo 19.0: what changed since 14.0."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import ClassVar

from adapters.errors import OdooAccessError, OdooNotFoundError
from adapters.grouping import FORMATTED_READ_GROUP
from adapters.reader import Row
from adapters.reads.fiscal import Mappings
from adapters.records.contacts import TaxMapping
from adapters.records.pricing import DeliveryPolicy, FiscalPolicy, Pricelist, Uom
from adapters.source import Profile, Source, Watch
from adapters.values import decimal, ids
from adapters.versions.v14 import PROFILE as V14
from adapters.versions.v14 import Odoo14Adapter
from adapters.versions.v19_notices import NOTICE_EXTRA
from adapters.versions.v19_orders import GONE, ORDER_RULES, ORDER_SOURCES
from adapters.versions.v19_payments import PAYMENT_RULES
from adapters.versions.v19_stats import STATS_SOURCES
from adapters.versions.v19_visitors import VISITOR_SOURCES

_PRODUCT_CHANGES = {
    "storable": "is_storable",
    "tags": "product_tag_ids",
    "allow_out_of_stock": "allow_out_of_stock_order",
    "show_available": "show_availability",
    "availability_message": "out_of_stock_message",
}
_OPTIONAL = V14.sources["product"].optional - {"availability"} | {
    "tags",
    "allow_out_of_stock",
    "show_available",
    "availability_message",
    "storable",
}

PROFILE = V14.but(
    sources={
        **ORDER_SOURCES,
        **VISITOR_SOURCES,
        **STATS_SOURCES,
        "product": V14.sources["product"].but(_PRODUCT_CHANGES, drop=["availability"], optional=_OPTIONAL),
        "variant": V14.sources["variant"].but(_PRODUCT_CHANGES, drop=["availability"], optional=_OPTIONAL),
        "attribute": V14.sources["attribute"].but({"visibility": "visibility"}, optional={"visibility"}),
        "ribbon": V14.sources["ribbon"].but({"name": "name"}, drop=["html_class"]),
        "tag": Source(
            "product.tag",
            {"name": "name", "color": "color", "visible": "visible_to_customers", "updated": "write_date"},
            order="sequence, id",
            optional=frozenset({"visible"}),
            optional_model=True,
            effect="no product tags",
        ),
        "pricelist": V14.sources["pricelist"].but(drop=["discounts"]),
        "rule": V14.sources["rule"].but({"markup": "price_markup"}),
        "account": V14.sources["account"].but({"groups": "all_group_ids"}),
        "contact": V14.sources["contact"].but(drop=["mobile"]),
        "fiscal_position": V14.sources["fiscal_position"].but({"taxes": "tax_ids"}),
        "replaced_tax": Source(
            "account.tax",
            {"positions": "fiscal_position_ids", "replaces": "original_tax_ids"},
            order="sequence, id",
            optional_model=True,
            effect="fiscal positions replace no taxes",
        ),
        "tax": V14.sources["tax"].but({"is_base_affected": "is_base_affected"}),
        "uom": V14.sources["uom"].but({"path": "parent_path"}, drop=["category", "size"]),
        "website": V14.sources["website"].but(
            {"show_tax": "show_line_subtotals_tax_selection"},
            optional=V14.sources["website"].optional | {"show_tax"},
        ),
    },
    without=GONE,
    watches=(*V14.watches, Watch("tag", "tag")),
    image_sizes_of={"tag": ((1920, "image"),)},
    product_types={"consu": ("goods", False), "service": ("service", False), "combo": ("combo", False)},
    user_groups="group_ids",
    transports=("json2", "jsonrpc", "xmlrpc"),
)

#: whose members the feature "Discounts" is on for: everybody, or nobody
_DISCOUNTS = "sale.group_discount_per_so_line"
#: as which Odoo itself asks whether a feature is on
_ODOOBOT = 1
#: every unit is rounded to the decimal precision "Product Unit" here, as shipped: where Odoo does not tell
_UNIT_STEP = Decimal("0.01")


class Odoo19Adapter(Odoo14Adapter):
    """Odoo 19.0. Formulas are computed in the pricelist's currency and prices are not rounded."""

    serie = "19.0"
    profile: ClassVar[Profile] = PROFILE
    order_rules = ORDER_RULES
    payment_rules = PAYMENT_RULES
    grouping = FORMATTED_READ_GROUP
    html_leads = True
    notice_extra = NOTICE_EXTRA
    pricing_policy = replace(
        Odoo14Adapter.pricing_policy,
        convert_before_formula=True,
        price_digits=None,
        tax_computation="batches",
        first_rate_reaches_back=True,
        shown_discounts="percentage",
        fiscal=FiscalPolicy(),
        delivery=DeliveryPolicy(),
    )

    async def pricelists(self) -> list[Pricelist]:
        """Whether percentages stand on lines as discounts is one setting for all: the group of a feature."""
        found, shown = await self.gather(super().pricelists(), self._shows_discounts())
        return [replace(one, shows_discount=shown) for one in found]

    async def _shows_discounts(self) -> bool:
        """Where our user may not ask, it counts as off, as Odoo ships it."""
        asked = {"group_ext_id": _DISCOUNTS}
        try:
            return bool(await self.transport.call("res.users", "has_group", [_ODOOBOT], asked, safe=True))
        except (OdooAccessError, OdooNotFoundError):
            return False

    def uom(self, row: Row) -> Uom:
        """``factor`` is the unit's size in reference units here; the root of its path stands for the category."""
        return Uom(
            id=row["id"],
            factor=1 / decimal(row["factor"]) if row["factor"] else decimal(1),
            factor_inv=decimal(row["factor"]),
            category_id=int(row["path"].split("/")[0]) if row["path"] else None,
            rounding=decimal(row["rounding"]) or _UNIT_STEP,
        )

    def replaced_taxes_domain(self) -> list[object]:
        return [["fiscal_position_ids", "!=", False], ["original_tax_ids", "!=", False]]

    def tax_mappings(self, rows: list[Row]) -> Mappings:
        """A tax says by itself in which positions it takes the place of which others."""
        found: dict[int, list[TaxMapping]] = {}
        for row in rows:
            for position_id in ids(row["positions"]):
                replaced = (TaxMapping(tax_id=tax_id, to=row["id"]) for tax_id in sorted(ids(row["replaces"])))
                found.setdefault(position_id, []).extend(replaced)
        return {position_id: tuple(mappings) for position_id, mappings in found.items()}

    def removes_all(self, row: Row) -> bool:
        """As those that Odoo makes for tax units (``account.fiscal.position.map_tax``)."""
        return not ids(row["taxes"])
