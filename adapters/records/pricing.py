"""Pricelist rules as data: what the engine needs to know, in Odoo's concepts and without its versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum
from typing import Literal


class RuleScope(IntEnum):
    """What a rule applies to, most specific first (the order in which Odoo looks)."""

    VARIANT = 0
    TEMPLATE = 1
    CATEGORY = 2
    GLOBAL = 3


ComputePrice = Literal["fixed", "percentage", "formula"]
PriceBase = Literal["list_price", "standard_price", "pricelist"]
TaxAmountType = Literal["percent", "fixed", "division", "group"]
TaxComputation = Literal["sequential", "checkpoints", "batches"]
RoundingMethod = Literal["round_per_line", "round_globally"]


@dataclass(frozen=True, slots=True)
class PricelistRule:
    """One pricelist rule (``product.pricelist.item``).

    ``target_id``: the variant, template or (internal) category id, by scope; None for GLOBAL.
    ``fixed_price``, ``surcharge`` and margins are per unit of the product's own unit of measure, as is
    ``min_quantity``. ``fixed_price`` is in the pricelist's currency; ``surcharge``, ``round_to`` and margins
    are in the currency the version computes formulas in (``PricingPolicy.convert_before_formula``).
    ``percent_price`` and ``discount`` are percentages (10 = 10 % off, -10 = 10 % on top: a markup of 10 is a
    ``discount`` of -10). Zero ``round_to``, ``min_margin`` and ``max_margin`` mean "not set"; negative
    margins are valid.
    ``date_start``/``date_end`` are inclusive: dates, or naive UTC datetimes, as ``PricingPolicy.date_bounds``
    says.
    """

    id: int
    pricelist_id: int
    scope: RuleScope
    target_id: int | None
    compute_price: ComputePrice
    base: PriceBase = "list_price"
    base_pricelist_id: int | None = None
    min_quantity: Decimal = Decimal(0)
    date_start: date | datetime | None = None
    date_end: date | datetime | None = None
    fixed_price: Decimal = Decimal(0)
    percent_price: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    round_to: Decimal = Decimal(0)
    surcharge: Decimal = Decimal(0)
    min_margin: Decimal = Decimal(0)
    max_margin: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Pricelist:
    """A pricelist, without its rules: those are in a rule book."""

    id: int
    currency: str  # ISO 4217 code
    name: str = ""
    website_id: int | None = None  # None: every website
    company_id: int | None = None  # None: every company
    shows_discount: bool = False  # lines of orders have the price before the discount, and the discount beside it


@dataclass(frozen=True, slots=True)
class PricedProduct:
    """What the engine needs of a variant.

    ``list_price`` and ``price_extra`` are in ``currency``, ``standard_price`` in ``cost_currency``, tax as
    stored, per unit of ``uom_id``.

    A template is priced as Odoo does it, as a product of its own: ``variant_id`` is that of its only
    variant, or None when it has several (no variant rule applies), ``price_extra`` is 0, and
    ``standard_price`` is the cost the version takes then (10: 0 with several variants; 19: the first's).
    """

    variant_id: int | None
    template_id: int
    category_id: int | None  # internal category (product.category)
    list_price: Decimal  # of the template
    price_extra: Decimal  # of the variant's attribute values
    standard_price: Decimal
    currency: str
    cost_currency: str
    uom_id: int


@dataclass(frozen=True, slots=True)
class Uom:
    """A unit of measure: ``factor`` units of this one make one reference unit (Odoo's ``factor`` up to 18).

    ``factor_inv``, reference units in one of this, is preferred where it is known: a dozen is exactly 12,
    while its factor is 0.08333... (From 19 on, what Odoo calls ``factor`` is this one.)
    ``category_id``: only units of the same category convert (from 19 on, the id of the root unit).
    ``rounding``: quantities converted to this unit are rounded up to a multiple of it.
    """

    id: int
    factor: Decimal
    category_id: int | None
    rounding: Decimal = Decimal("0.01")
    factor_inv: Decimal | None = None

    @property
    def size(self) -> Decimal:
        """Reference units in one of this unit."""
        return self.factor_inv if self.factor_inv is not None else 1 / self.factor


@dataclass(frozen=True, slots=True)
class CurrencyRates:
    """Rates of the company: code -> list of (valid from, units of that currency per unit of the rate base).

    Ascending by date. Days are UTC.
    """

    company_currency: str
    rates: Mapping[str, tuple[tuple[date, Decimal], ...]] = field(default_factory=dict)
    rounding: Mapping[str, Decimal] = field(default_factory=dict)  # code -> smallest amount, e.g. 0.01


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax (``account.tax``).

    ``amount``: for "percent" the percentage of the price without tax, for "division" that of the price with
    tax; for "fixed" the amount per unit sold, in the document's currency; a "group" only has ``children``.
    ``price_include``: the price already has it in it. ``include_base_amount``: taxes that come after it are
    computed on the price with this tax; on those with ``is_base_affected`` only (older versions know no such
    field: it is always true there).
    """

    id: int
    amount: Decimal = Decimal(0)
    amount_type: TaxAmountType = "percent"
    name: str = ""
    price_include: bool = False
    include_base_amount: bool = False
    is_base_affected: bool = True
    sequence: int = 1
    children: Sequence[int] = ()  # ids of the taxes of a group


@dataclass(frozen=True, slots=True)
class FiscalPolicy:
    """How one version finds an order's fiscal position, and what the position does to prices (``account``)."""

    #: of the positions that fit, the one with the narrowest region, VAT first (10, 14), or the first by sequence (19).
    order: Literal["region", "sequence"] = "sequence"
    #: zips are compared as numbers (10) or as texts (14, 19).
    zips_are_numbers: bool = False
    #: a buyer with a VAT number of the company's own EU country is taxed by their own address (19), not by where the
    #: goods go.
    home_vat_decides: bool = True
    #: the taxes of lines when the order has no position: unchanged (19), by the position set on the buyer (10), or by
    #: the one found for the buyer's own address (14).
    without_position: Literal["unchanged", "set", "found"] = "unchanged"
    #: an included tax that does not apply is taken out of the price, rounded to the currency (10, 14), or all included
    #: taxes are, and the included ones that apply are put in, unrounded (19).
    price_adaption: Literal["strip", "replace"] = "replace"


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """How one version prices delivery methods and tells where they deliver (``delivery``)."""

    #: a fixed price is the delivery product's in the order's pricelist (19), or the list price, converted (10, 14).
    by_pricelist: bool = True
    #: the margin is put on fixed prices too (10, 14).
    margin_on_fixed: bool = False
    #: methods priced by rules can be free from an amount on (14); elsewhere their rules alone count (10, 19).
    rules_can_be_free: bool = False
    #: the amount from which on it is free is in the company's currency (10, 19), or in that of the order (14).
    free_over_currency: Literal["company", "order"] = "company"
    #: weight x volume is summed product by product (19), or the sums are multiplied (10, 14).
    weight_volume_by_product: bool = True
    #: services have neither weight nor quantity (19).
    services_count: bool = False
    #: the fiscal position changes the price as it does those of products (19).
    price_is_adapted: bool = True
    #: zips are compared without regard to case (14; 19 has prefixes, in capitals).
    zip_ignores_case: bool = True


@dataclass(frozen=True, slots=True)
class PricingPolicy:
    """How one Odoo version prices. The adapter hands it to the engine, which knows rules, not versions."""

    #: formulas are computed in the company (product) currency and converted afterwards (10, 14),
    #: or the base is converted first and the formula computed in the pricelist's currency (19).
    convert_before_formula: bool
    #: when no rule matches: the list price as it is, in the company currency (10), or converted (14, 19).
    convert_without_rule: bool
    #: rules are bounded by dates compared with a day (10) or by datetimes compared with a moment (14, 19).
    date_bounds: Literal["date", "datetime"]
    #: ties are broken by the higher id (14, 19), or not at all (10: any of the tied rules may win).
    id_breaks_ties: bool
    #: decimals the version rounds an answered price to, or None where it answers the raw price (19).
    price_digits: int | None
    #: before a currency's first rate, that first rate counts (19); otherwise its rate is 1 (10, 14).
    first_rate_reaches_back: bool = False
    #: how the taxes of a line act on each other: one after the other on what is left of the base (10); by the
    #: totals they must add up to (14); or together where they are of one kind (19).
    tax_computation: TaxComputation = "batches"
    #: decimals of a line's quantity and discount (``decimal.precision``; a database may have others: so of prices).
    quantity_digits: int = 2
    discount_digits: int = 2
    #: what is shown as a discount, where discounts are shown: any difference to the price that the pricelist starts
    #: from (10, 14), or percentages of a rule alone (19).
    shown_discounts: Literal["difference", "percentage"] = "percentage"
    fiscal: FiscalPolicy = FiscalPolicy()
    delivery: DeliveryPolicy = DeliveryPolicy()
