"""Words that stand nowhere else, put into what products are searched by: who may not see one must not find it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from demo.double import Double

#: no word of any language is made of these, and two of them have little in common
_LETTERS: Final = "bcdfghjklmnpqrstvwxz"
_LENGTH: Final = 12
#: words of each kind
_MOST: Final = 3
#: where words are put: which field of a product in the schema tells of it, and the model and its field
PLACES: Final[Mapping[str, tuple[str, str]]] = {
    "description": ("product.template", "description_sale"),
    "websiteDescription": ("product.template", "website_description"),
    "sku": ("product.product", "default_code"),
    "barcode": ("product.product", "barcode"),
}
#: where other search than the index looks
EVERYWHERE: Final = frozenset({"description", "sku"})


@dataclass(frozen=True)
class Planted:
    """A word that a field of these products has, and nothing else."""

    word: str
    field: str
    products: frozenset[int]


def made_up(draw: random.Random) -> str:
    """A word that nothing has."""
    return "".join(draw.choices(_LETTERS, k=_LENGTH))


def plant(double: Double, seed: int = 7) -> list[Planted]:
    """Put words into each of the `PLACES`, each of a product of its own, into values, a category and a tag."""
    draw = random.Random(seed)  # noqa: S311
    sold = [row["id"] for row in _rows(double, "product.template") if row.get("sale_ok") and row.get("active")]
    found: list[Planted] = []
    fields = list(PLACES) * _MOST
    for product, field in zip(sold, fields, strict=False):
        if word := _into_product(double, field, product, made_up(draw)):
            found.append(Planted(word, field, frozenset({product})))
    found += islice(_values(double, draw), _MOST)
    found.append(_category(double, frozenset(sold[1::5]), made_up(draw)))
    if "product.tag" in double.dataset.tables:
        word = made_up(draw)
        tag = double.create("product.tag", {"name": word, "visible_to_customers": True})
        for product in sold[2::5]:
            double.write("product.template", [product], {"product_tag_ids": [(4, tag, 0)]})
        found.append(Planted(word, "tags", frozenset(sold[2::5])))
    return found


def _into_product(double: Double, field: str, product: int, word: str) -> str | None:
    """None: it has no variant to put it into."""
    model, name = PLACES[field]
    id_: int | None = product
    if model == "product.product":
        variants = [
            row["id"] for row in _rows(double, model) if row["product_tmpl_id"] == product and row.get("active")
        ]
        id_ = min(variants, default=None)
    if id_ is None:
        return None
    if model == "product.product":
        double.write(model, [id_], {name: word})
    else:
        _append(double, model, id_, name, f"<p>{word}</p>" if field == "websiteDescription" else word)
    return word


def _values(double: Double, draw: random.Random) -> Iterator[Planted]:
    """Into names of values, but for those that a role's filter names."""
    lines = next(name for name in ("product.template.attribute.line", "product.attribute.line") if _has(double, name))
    for row in _rows(double, "product.attribute.value")[::6]:
        if row["name"] in ("Boréal Santé", "Kaap & Kust"):
            continue
        holders = {one["product_tmpl_id"] for one in _rows(double, lines) if row["id"] in one["value_ids"]}
        if holders:
            word = made_up(draw)
            _append(double, "product.attribute.value", row["id"], "name", word)
            yield Planted(word, "attributeValues", frozenset(holders))


def _category(double: Double, products: frozenset[int], word: str) -> Planted:
    category = double.create("product.public.category", {"name": word})
    for product in sorted(products):
        double.write("product.template", [product], {"public_categ_ids": [(4, category, 0)]})
    return Planted(word, "categories", products)


def _append(double: Double, model: str, id_: int, field: str, text: str) -> None:
    """To what stands there, in every language."""
    row = double.dataset.tables[model].get(id_) or {}
    langs = [None, *(name.partition("@")[2] for name in row if name.startswith(f"{field}@"))]
    for lang in langs:
        before = row.get(field if lang is None else f"{field}@{lang}") or ""
        context: dict[str, Any] = {} if lang is None else {"lang": lang}
        double.write(model, [id_], {field: f"{before} {text}".strip()}, context)


def _has(double: Double, model: str) -> bool:
    return model in double.dataset.tables


def _rows(double: Double, model: str) -> list[Mapping[str, Any]]:
    table = double.dataset.tables[model]
    return [row for one in table.ids() if (row := table.get(one)) is not None]
