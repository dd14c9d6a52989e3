"""A cart's lines and totals, as the order that it becomes will have them in Odoo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from pricing.fiscal import adapted_price, map_taxes
from pricing.rounding import round_half_up
from pricing.sale_prices import SalePrice, discount_of, displayed_price, stored_price, stored_quantity
from pricing.taxes import OrderLine, line_totals, summed, taxed_line

if TYPE_CHECKING:
    from adapters.records.contacts import FiscalPosition
    from adapters.records.pricing import PricingPolicy, RoundingMethod, Tax
    from pricing.tax_lines import TaxedLine
    from pricing.taxes import LineTotals, OrderTotals

_ZERO = Decimal(0)
_ONE = Decimal(1)
#: so many lines are kept, about 2 kB each
_LIMIT = 2_000


class PricedLine(NamedTuple):
    """A line of a cart with its price in the cart's pricelist; ``tax_ids``: the product's, as Odoo lists them.

    ``number``: whatever the line is known by. ``quantity`` in the product's unit.
    """

    number: int
    quantity: Decimal
    price: SalePrice
    tax_ids: tuple[int, ...] = ()


class CartLineTotals(NamedTuple):
    """A line as Odoo will store it, under Odoo's names: what is sent where a version does not price by itself."""

    number: int
    quantity: Decimal
    price_unit: Decimal
    discount: Decimal
    tax_ids: tuple[int, ...]
    price_subtotal: Decimal
    price_tax: Decimal
    price_total: Decimal


class TaxTotal(NamedTuple):
    """What one tax comes to on the whole order, rounded to the currency."""

    tax_id: int
    name: str
    amount: Decimal


class _Computed(NamedTuple):
    """A line as it is shown, and what sums are made of."""

    line: CartLineTotals
    taxed: TaxedLine
    amounts: LineTotals


@dataclass(frozen=True, slots=True)
class CartTotals:
    """The amounts of a cart, in its currency; ``delivery`` (a line of its own, numbered 0) is in all of them."""

    lines: tuple[CartLineTotals, ...]
    delivery: CartLineTotals | None
    amount_untaxed: Decimal
    amount_tax: Decimal
    amount_total: Decimal
    taxes: tuple[TaxTotal, ...]
    _computed: tuple[_Computed, ...] = field(repr=False, compare=False, default=())

    @property
    def amount_delivery(self) -> Decimal:
        """The delivery's price with tax; 0 without one."""
        return self.delivery.price_total if self.delivery is not None else _ZERO


@dataclass(frozen=True, slots=True)
class CartPricing:
    """How the carts of one buyer are computed.

    ``position``: the order's fiscal position; ``line_position``: the one that lines of products are mapped by
    (``line_position_for``; the same but for orders without one). ``taxes``: all, by id. ``step`` and ``company_step``:
    the smallest amounts of the cart's and of the company's currency.

    It keeps the lines it computed: of a cart that changes, what changed alone is computed again.
    """

    policy: PricingPolicy
    taxes: Mapping[int, Tax]
    position: FiscalPosition | None = None
    line_position: FiscalPosition | None = None
    rounding_method: RoundingMethod = "round_per_line"
    step: Decimal = Decimal("0.01")
    company_step: Decimal = Decimal("0.01")
    _kept: dict[PricedLine, _Computed] = field(repr=False, compare=False, default_factory=dict)

    def totals(self, lines: Iterable[PricedLine]) -> CartTotals:
        """The cart's lines and amounts, without a delivery. Raises UnknownTaxError."""
        return self._cart([self._kept.get(line) or self._product(line) for line in lines], None)

    def with_delivery(self, totals: CartTotals, price: Decimal, tax_ids: Sequence[int]) -> CartTotals:
        """The same with a delivery of that price (``delivery_price``), of a product with those taxes.

        Its price is not adapted to other taxes here: where a version does that, it is part of ``delivery_price``.
        """
        mapped = map_taxes(self.position, tax_ids)
        delivery = self._line(0, _ONE, stored_price(price, self.policy), _ZERO, mapped)
        return self._cart(totals._computed, delivery)

    def adapted(self, price: Decimal, product_taxes: Sequence[int], line_taxes: Sequence[int]) -> Decimal:
        """The price when ``line_taxes`` take the place of the product's."""
        if product_taxes == line_taxes:
            return price
        return adapted_price(
            price,
            product_taxes,
            line_taxes,
            self.taxes,
            self.policy,
            rounding_method=self.rounding_method,
            company_step=self.company_step,
        )

    def adapted_delivery(self, price: Decimal, tax_ids: Sequence[int]) -> Decimal:
        """The price of a delivery when the order's fiscal position replaces the taxes of its product."""
        return self.adapted(price, tuple(tax_ids), map_taxes(self.position, tax_ids))

    def _product(self, line: PricedLine) -> _Computed:
        tax_ids = map_taxes(self.line_position, line.tax_ids)
        price = self.adapted(displayed_price(line.price, self.policy), line.tax_ids, tax_ids)
        quantity = stored_quantity(line.quantity, self.policy)
        discount = discount_of(line.price, self.policy)
        computed = self._line(line.number, quantity, stored_price(price, self.policy), discount, tax_ids)
        if len(self._kept) >= _LIMIT:
            self._kept.clear()
        self._kept[line] = computed
        return computed

    def _line(
        self, number: int, quantity: Decimal, price_unit: Decimal, discount: Decimal, tax_ids: tuple[int, ...]
    ) -> _Computed:
        computation = self.policy.tax_computation
        line = OrderLine(price_unit, quantity, tax_ids, discount)
        taxed = taxed_line(line, self.taxes, self.rounding_method, self.step, computation=computation)
        amounts = line_totals(taxed, self.step, computation)
        shown = CartLineTotals(
            number,
            quantity,
            price_unit,
            discount,
            tax_ids,
            amounts.price_subtotal,
            amounts.price_tax,
            amounts.price_total,
        )
        return _Computed(shown, taxed, amounts)

    def _cart(self, lines: Sequence[_Computed], delivery: _Computed | None) -> CartTotals:
        everything = [*lines, delivery] if delivery is not None else lines
        taxed = [one.taxed for one in everything]
        order = summed(taxed, tuple(one.amounts for one in everything), self.step, self.policy.tax_computation)
        return CartTotals(
            lines=tuple(one.line for one in lines),
            delivery=delivery.line if delivery is not None else None,
            amount_untaxed=order.amount_untaxed,
            amount_tax=order.amount_tax,
            amount_total=order.amount_total,
            taxes=_by_tax(taxed, order, self.step),
            _computed=tuple(lines),
        )


def _by_tax(taxed: Sequence[TaxedLine], order: OrderTotals, step: Decimal) -> tuple[TaxTotal, ...]:
    """Each tax rounded, in the order of first use; a cent that is missing to their sum goes to the largest."""
    raw: dict[int, Decimal] = {}
    names: dict[int, str] = {}
    for line in taxed:
        for one in line.taxes:
            raw[one.tax.id] = raw.get(one.tax.id, _ZERO) + one.amount
            names[one.tax.id] = one.tax.name
    totals = [TaxTotal(tax_id, names[tax_id], round_half_up(amount, step)) for tax_id, amount in raw.items()]
    missing = order.amount_tax - sum((one.amount for one in totals), _ZERO)
    if missing and totals:
        largest = max(range(len(totals)), key=lambda position: abs(totals[position].amount))
        totals[largest] = totals[largest]._replace(amount=totals[largest].amount + missing)
    return tuple(totals)
