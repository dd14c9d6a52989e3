"""What every layout has: the shop, and the tables it is laid out in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from demo.dataset import Row
from demo.wholesale.layouts.goods import GoodsRows
from demo.wholesale.layouts.people import PeopleRows
from demo.wholesale.layouts.selling import SellingRows
from demo.wholesale.layouts.world import WorldRows
from demo.wholesale.shop import Shop

RULES = "product.pricelist.item"


class Layout(SellingRows, PeopleRows, GoodsRows, WorldRows):
    """The tables of one version. Names stand here as in 14.0; a version overrides what differs in it."""

    version: ClassVar[str]
    #: Models that this version names otherwise (None: it has none), by their name in 14.0.
    renamed: ClassVar[dict[str, str | None]] = {}
    has_api_keys: ClassVar[bool] = False

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def tables(self) -> dict[str, Iterable[Row]]:
        """Rows by model, but for the pricelist rules (see ``rule``)."""
        return {
            name: rows()
            for model, rows in self.models().items()
            if (name := self.renamed.get(model, model)) is not None
        }

    def models(self) -> dict[str, Callable[[], Iterable[Row]]]:
        return {
            "res.lang": self.languages,
            "res.currency": self.currencies,
            "res.currency.rate": self.rates,
            "res.country": self.countries,
            "res.country.state": self.states,
            "res.country.group": self.country_groups,
            "decimal.precision": self.precisions,
            "account.tax": self.taxes,
            "account.payment.term": self.payment_terms,
            "uom.category": self.uom_categories,
            "uom.uom": self.uoms,
            "res.company": self.companies,
            "website": self.websites,
            "res.partner.category": self.partner_categories,
            "res.partner": self.partners,
            "res.groups": self.group_rows,
            "ir.model.data": self.external_ids,
            "ir.config_parameter": self.system_parameters,
            "res.users": self.users,
            "product.category": self.categories,
            "product.public.category": self.public_categories,
            "product.attribute": self.attributes,
            "product.attribute.value": self.attribute_values,
            "product.template": self.templates,
            "product.template.attribute.line": self.attribute_lines,
            "product.template.attribute.value": self.line_values,
            "product.product": self.variants,
            "product.image": self.images,
            "product.ribbon": self.ribbons,
            "product.pricelist": self.pricelists,
            "stock.location": self.locations,
            "stock.warehouse": self.warehouses,
            "stock.quant": self.quants,
            "delivery.carrier": self.carriers,
            "delivery.price.rule": self.delivery_rules,
            "account.payment.term.line": self.term_lines,
            "mailing.list": self.mailing_lists,
            "account.fiscal.position": self.fiscal_positions,
            "account.fiscal.position.tax": self.fiscal_lines,
            "coupon.program": self.programs,
            "coupon.rule": self.program_rules,
            "coupon.reward": self.program_rewards,
            "coupon.coupon": self.cards,
            "payment.acquirer": self.providers,
            "account.move": self.invoices,
            "account.move.line": self.invoice_lines,
            "sale.order": self.orders,
            "sale.order.line": self.order_lines,
        }
