"""What differs between versions in how an order is filled, counted and moved on. Data, set by `adapters.versions`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Wizard:
    """A wizard of Odoo; ``fields`` maps our name of a value to Odoo's."""

    model: str
    fields: Mapping[str, str]

    def values(self, **values: object) -> dict[str, object]:
        """Values by Odoo's names."""
        return {self.fields[name]: value for name, value in values.items()}


@dataclass(frozen=True, slots=True)
class OrderRules:
    """How orders of one version behave.

    ``sends_prices``: Odoo keeps a line's price when its quantity changes, so prices go along; else it prices itself.
    ``keeps_taxes``: a fiscal position does not follow from the partner, it is sent, and lines keep their taxes when
    it changes. ``saves_with_answer``: there are ``web_save`` and ``web_search_read``: order and lines in one call.
    ``totals``: are an order's totals the sums of its lines', with every rounding method or only with that per line?
    ``delivery``: what makes the delivery line: the order's method of that name, or a wizard.
    ``codes``: the way of coupons, if there is one. ``code_wizard`` takes a code, ``reward_wizard`` gives the reward.
    ``refresh_rewards``: the order's method that computes reward lines anew. ``quotation_sent``: the order's method
    that marks it as sent, else its state is written.
    ``margin_unit``: what a delivery method's margin is multiplied by to be a percentage.
    ``order_report``, ``invoice_report``: of printing, where there is no portal link with an access token.
    ``precisions``: decimals that a database may have its own way (`PricingPolicy`), and what Odoo calls them.
    ``html_notes``: an order's note is HTML. ``portal_links``: records of the portal have links with a token.
    """

    sends_prices: bool
    keeps_taxes: bool
    saves_with_answer: bool
    totals: Literal["sums", "sums_per_line"]
    delivery: str | Wizard
    codes: Literal["coupons", "loyalty"] | None
    refresh_rewards: str | None
    quotation_sent: str | None
    margin_unit: int
    html_notes: bool
    portal_links: bool
    invoice_parent: str
    posted: tuple[object, ...]
    invoice_lines: tuple[object, ...]
    code_wizard: Wizard | None = None
    reward_wizard: Wizard | None = None
    precisions: Mapping[str, str] = field(default_factory=dict)
    order_report: str = "sale.report_saleorder"
    invoice_report: str = "account.report_invoice"
