"""Prices worked out from the rows of a version by that version's own rules, as its recordings tell them.

Short and slow on purpose: it shares nothing with the engine of the shop.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from demo.dataset import Dataset, Row

_SCOPES = ("0_product_variant", "1_product", "2_product_category", "3_global")


def rows(dataset: Dataset, model: str) -> Iterator[Row]:
    table = dataset.tables[model]
    for record_id in table.ids():
        row = table.get(record_id)
        assert row is not None
        yield row


class Prices:
    def __init__(self, dataset: Dataset) -> None:
        self.old = dataset.version == "10.0"
        self.formula_in_company_currency = dataset.version != "19.0"
        self.templates = {row["id"]: row for row in rows(dataset, "product.template")}
        self.variants = {row["id"]: row for row in rows(dataset, "product.product")}
        self.categories = {row["id"]: row for row in rows(dataset, "product.category")}
        self.currencies = {row["id"]: row["currency_id"] for row in rows(dataset, "product.pricelist")}
        self.company_currency = next(rows(dataset, "res.company"))["currency_id"]
        self.rates: dict[int, list[tuple[str, float]]] = defaultdict(list)
        for row in rows(dataset, "res.currency.rate"):
            self.rates[row["currency_id"]].append((row["name"][:10], row["rate"]))
        self.extras = extras(dataset)
        self.rules: dict[tuple[int, str, int], list[Row]] = defaultdict(list)
        for row in rows(dataset, "product.pricelist.item"):
            self.rules[row["pricelist_id"], row["applied_on"], _target(row)].append(row)

    def price(self, variant_id: int, pricelist_id: int, quantity: float, when: datetime) -> Decimal:
        """Rounded to cents, as customers are shown it."""
        return _rounded(self._price(variant_id, pricelist_id, quantity, when), 0.01)

    def matching(self, variant_id: int, pricelist_id: int, quantity: float, when: datetime) -> list[Row]:
        """The rules that apply, the one that counts first."""
        found = [
            row
            for key in self._keys(variant_id, pricelist_id)
            for row in self.rules.get(key, ())
            if quantity >= row.get("min_quantity", 0) and self._holds(row, when)
        ]
        return sorted(found, key=self._rank, reverse=True)

    def rank(self, row: Row) -> tuple[Any, ...]:
        return self._rank(row)

    def _rank(self, row: Row) -> tuple[Any, ...]:
        category = self.categories.get(row.get("categ_id", 0), {})
        place = category.get("parent_left", 0) if self.old else category.get("complete_name", "")
        return (-_SCOPES.index(row["applied_on"]), row.get("min_quantity", 0), place)

    def _keys(self, variant_id: int, pricelist_id: int) -> Iterator[tuple[int, str, int]]:
        template_id = self.variants[variant_id]["product_tmpl_id"]
        yield pricelist_id, _SCOPES[0], variant_id
        yield pricelist_id, _SCOPES[1], template_id
        category: int = self.templates[template_id]["categ_id"]
        while category:
            yield pricelist_id, _SCOPES[2], category
            category = self.categories[category].get("parent_id", 0)
        yield pricelist_id, _SCOPES[3], 0

    def _holds(self, row: Row, when: datetime) -> bool:
        moment = when.strftime("%Y-%m-%d" if self.old else "%Y-%m-%d %H:%M:%S")
        return bool(row.get("date_start", "") <= moment <= row.get("date_end", "9"))

    def _price(self, variant_id: int, pricelist_id: int, quantity: float, when: datetime) -> float:
        row = self.matching(variant_id, pricelist_id, quantity, when)[0]
        currency = self.currencies[pricelist_id]
        if row["compute_price"] == "fixed":
            return float(row["fixed_price"])
        base = self._base(row, variant_id, quantity, when, currency)
        if not self.formula_in_company_currency or row["base"] == "pricelist":
            return self._computed(row, base)
        return self._converted(self._computed(row, base), self.company_currency, currency, when)

    def _base(self, row: Row, variant_id: int, quantity: float, when: datetime, currency: int) -> float:
        if row["base"] == "pricelist":
            other = row["base_pricelist_id"]
            return self._converted(
                self._price(variant_id, other, quantity, when), self.currencies[other], currency, when
            )
        variant = self.variants[variant_id]
        amount: float = (
            variant["standard_price"]
            if row["base"] == "standard_price"
            else self.templates[variant["product_tmpl_id"]]["list_price"] + self.extras[variant_id]
        )
        if self.formula_in_company_currency:
            return float(amount)
        return self._converted(amount, self.company_currency, currency, when)

    def _computed(self, row: Row, base: float) -> float:
        if row["compute_price"] == "percentage":
            return base - base * float(row.get("percent_price", 0.0)) / 100
        discount = float(row.get("price_discount", 0.0))
        if row["base"] == "standard_price" and "price_markup" in row:
            discount = -float(row["price_markup"])
        price = base - base * discount / 100
        if row.get("price_round"):
            price = float(_rounded(price, row["price_round"]))
        price += float(row.get("price_surcharge", 0.0))
        if row.get("price_min_margin"):
            price = max(price, base + float(row["price_min_margin"]))
        if row.get("price_max_margin"):
            price = min(price, base + float(row["price_max_margin"]))
        return price

    def _converted(self, amount: float, source: int, target: int, when: datetime) -> float:
        return amount if source == target else amount * self._rate(target, when) / self._rate(source, when)

    def _rate(self, currency: int, when: datetime) -> float:
        day = when.strftime("%Y-%m-%d")
        return float(max((known for known in self.rates[currency] if known[0] <= day), key=lambda known: known[0])[1])


def extras(dataset: Dataset) -> dict[int, float]:
    """What the values of each variant add to the list price of its template."""
    if dataset.version == "10.0":
        known = {
            (row["product_tmpl_id"], row["value_id"]): row["price_extra"]
            for row in rows(dataset, "product.attribute.price")
        }
        return {
            row["id"]: sum(
                known.get((row["product_tmpl_id"], value), 0.0) for value in row.get("attribute_value_ids", ())
            )
            for row in rows(dataset, "product.product")
        }
    prices = {row["id"]: row.get("price_extra", 0.0) for row in rows(dataset, "product.template.attribute.value")}
    return {
        row["id"]: sum(prices[value] for value in row.get("product_template_attribute_value_ids", ()))
        for row in rows(dataset, "product.product")
    }


def _target(row: Row) -> int:
    field = {"0_product_variant": "product_id", "1_product": "product_tmpl_id", "2_product_category": "categ_id"}
    return int(row[field[row["applied_on"]]]) if row["applied_on"] in field else 0


def _rounded(amount: float, step: float) -> Decimal:
    """To the nearest multiple, halves up; floats carry noise in their last digits, which is cut off before."""
    multiple = Decimal(str(round(amount, 9))) / Decimal(str(step))
    return multiple.quantize(Decimal(1), ROUND_HALF_UP) * Decimal(str(step))
