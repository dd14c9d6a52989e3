"""What is known of the catalogue's products in English, and predicates on it that tell which ones are wanted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from adapters.odoo import RpcAdapter
from adapters.records import Product, ProductQuery
from cache.tables import load_labels
from search.inputs import Labels

LANG: Final = "en_US"
_WORD: Final = re.compile(r"[a-z0-9%Ωα]+")
#: Greek capitals that are written in names for the Latin ones that look so
_LOOKS_LIKE: Final = str.maketrans({"Β": "B", "Œ": "OE", "œ": "oe"})


@dataclass(frozen=True, slots=True)
class Facts:
    """One product: its English name in words, codes without separators, names of values, of tags, of categories
    and of those above them.
    """

    id: int
    name: tuple[str, ...]
    codes: frozenset[str]
    values: frozenset[tuple[str, ...]]
    categories: frozenset[tuple[str, ...]]
    tags: frozenset[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Term:
    """``name:50 mg``: the words are in the name, one after the other; ``has:``: a value is called so; ``in:``: it is
    in that category or below; ``tag:``: it has that tag; ``code:``: of one of its variants, ``begins:``: so begins one.
    ``!`` before it: not so.
    """

    key: str
    text: str
    wanted: bool

    def holds(self, facts: Facts) -> bool:
        return self._is_so(facts) is self.wanted

    def _is_so(self, facts: Facts) -> bool:
        if self.key == "code":
            return _squeezed(self.text) in facts.codes
        if self.key == "begins":
            return any(code.startswith(_squeezed(self.text)) for code in facts.codes)
        words = words_of(self.text)
        if self.key == "has":
            return words in facts.values
        if self.key == "in":
            return words in facts.categories
        if self.key == "tag":
            return words in facts.tags
        length = len(words)
        return any(facts.name[at : at + length] == words for at in range(len(facts.name) - length + 1))


@dataclass(frozen=True, slots=True)
class Predicate:
    """All of its terms hold."""

    terms: tuple[Term, ...]

    @classmethod
    def parsed(cls, text: str) -> Predicate:
        """From ``name:tablets + !has:Dog``. Raises ValueError."""
        return cls(tuple(_term(one.strip()) for one in text.split(" + ")))

    def holds(self, facts: Facts) -> bool:
        return all(term.holds(facts) for term in self.terms)


def _term(text: str) -> Term:
    key, _, value = text.removeprefix("!").partition(":")
    if key not in {"name", "has", "in", "tag", "code", "begins"} or not value.strip():
        raise ValueError(f"no term: {text!r}")
    return Term(key, value.strip(), wanted=not text.startswith("!"))


def words_of(text: str) -> tuple[str, ...]:
    """In lower case, without accents and signs."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LOOKS_LIKE).replace("™", " ").replace("®", " "))
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return tuple(_WORD.findall(bare.lower().replace("ω", "Ω")))


def _squeezed(code: str) -> str:
    return re.sub(r"[^0-9a-z]", "", code.lower())


async def facts_of(adapter: RpcAdapter) -> list[Facts]:
    """Of all products for sale, as Odoo has them."""
    matches = await adapter.find_products(ProductQuery(order=(("id", False),)), LANG)
    labels: Labels = await load_labels(adapter, LANG)
    found: list[Facts] = []
    for start in range(0, len(matches), 500):
        ids = [match.id for match in matches[start : start + 500]]
        values = await adapter.template_values(ids)
        moments = {match.id: match.updated_at for match in matches[start : start + 500]}
        products = await adapter.products(ids, LANG, values=values, updated_at=moments)
        found += [_facts(product, labels) for product in products]
    return found


def _facts(product: Product, labels: Labels) -> Facts:
    codes = [code for variant in product.variants for code in (variant.sku, variant.barcode) if code]
    return Facts(
        id=product.id,
        name=words_of(product.name),
        codes=frozenset(map(_squeezed, codes)),
        values=frozenset(words_of(labels.values[row.value_id].name) for row in product.values),
        categories=frozenset(_path(product.public_category_ids, labels)),
        tags=frozenset(words_of(labels.tags[one].name) for one in product.tag_ids),
    )


def _path(category_ids: Sequence[int], labels: Labels) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for one in category_ids:
        at = labels.categories.get(one)
        while at is not None:
            found.append(words_of(at.name))
            at = labels.categories.get(at.parent_id or 0)
    return found


#: product id -> grade
Grades = Mapping[int, int]


def graded(predicates: Sequence[tuple[int, Predicate]], catalogue: Sequence[Facts]) -> dict[int, int]:
    """The wanted products with their grades: the highest of those whose predicate holds."""
    found: dict[int, int] = {}
    for grade, predicate in predicates:
        for facts in catalogue:
            if predicate.holds(facts):
                found[facts.id] = max(grade, found.get(facts.id, 0))
    return found
