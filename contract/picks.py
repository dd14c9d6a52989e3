"""Which records of the generated shop the cases are about: chosen by what they are, not by their numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property

from contract.doubles import PRICELISTS, PRODUCTS
from demo.wholesale.build import build
from demo.wholesale.goods import PublicCategory, Template, Variant
from demo.wholesale.world import Text
from resolvers.slugs import category_slug, product_slug

SEED = 1  # `demo.wholesale.generate`'s own
#: No record has it.
UNKNOWN = 99_999_999


class Picks:
    """Records of the generated shop by what is special about them."""

    def __init__(self) -> None:
        self._shop, _ = build(PRODUCTS, PRICELISTS, SEED)
        self._own = self._shop.templates[:PRODUCTS]
        self.makes_variants = {attribute.id: attribute.makes_variants for attribute in self._shop.attributes}

    # -- products ---------------------------------------------------------------------------------------------

    @cached_property
    def shown(self) -> list[Template]:
        """What the web shop shows."""
        return [t for t in self._own if t.active and t.published and t.sellable]

    def first(self, wanted: Callable[[Template], object], among: Iterable[Template] | None = None) -> Template:
        """Raises LookupError when the generated shop has none such."""
        found = next((t for t in (self.shown if among is None else among) if wanted(t)), None)
        if found is None:
            raise LookupError("the generated shop has no such product")
        return found

    @cached_property
    def simple(self) -> Template:
        return self.first(lambda t: not t.lines)

    @cached_property
    def varied(self) -> Template:
        """Has several variants, of which some cost more."""
        return self.first(lambda t: len(t.variants) > 2 and any(v.extra for v in t.variants))

    @cached_property
    def two_axes(self) -> Template:
        return self.first(lambda t: sum(len(line.values) > 1 for line in t.lines if line.makes_variants) > 1)

    @cached_property
    def with_choice(self) -> Template:
        """Has an attribute that makes no variants."""
        return self.first(lambda t: any(not line.makes_variants for line in t.lines))

    @cached_property
    def with_archived_variant(self) -> Template:
        return self.first(lambda t: any(not v.active for v in t.variants))

    @cached_property
    def recommending(self) -> Template:
        """Has alternatives and accessories."""
        return self.first(lambda t: t.alternative_ids and t.accessory_ids)

    @cached_property
    def pictured(self) -> Template:
        return self.first(lambda t: len(t.images) > 1)

    @cached_property
    def untranslated(self) -> Template:
        """Its name was never translated into French."""
        return self.first(lambda t: not t.name.fr)

    @cached_property
    def consumable(self) -> Template:
        return self.first(lambda t: t.kind != "storable")

    @cached_property
    def unpublished(self) -> Template:
        return self.first(lambda t: t.active and not t.published and t.sellable and t.variants[0].barcode, self._own)

    @cached_property
    def archived(self) -> Template:
        return self.first(lambda t: not t.active, self._own)

    @cached_property
    def not_for_sale(self) -> Template:
        return self.first(lambda t: t.active and t.published and not t.sellable, self._own)

    @cached_property
    def coded(self) -> Template:
        """Its first variant has a barcode."""
        return self.first(lambda t: t.variants[0].barcode)

    def untagged(self, number: int) -> list[int]:
        """Products without tags, which 19.0 alone has, spread over the shop."""
        found = [t.id for t in self.shown if not t.tag_ids]
        return found[:: len(found) // number][:number]

    @cached_property
    def middle_prices(self) -> tuple[float, float]:
        """The quartiles of the list prices."""
        prices = sorted(t.price for t in self.shown)
        return prices[len(prices) // 4] / 100, prices[len(prices) * 3 // 4] / 100

    # -- categories and attributes ----------------------------------------------------------------------------

    @cached_property
    def _stocked(self) -> Counter[int]:
        """How many products the web shop shows on each category itself."""
        return Counter(category_id for t in self.shown for category_id in t.public_category_ids)

    @cached_property
    def leaf(self) -> PublicCategory:
        """The fullest category without children."""
        parents = {c.parent_id for c in self._shop.public_categories}
        return max((c for c in self._shop.public_categories if c.id not in parents), key=lambda c: self._stocked[c.id])

    @cached_property
    def top(self) -> PublicCategory:
        """The top category above the fullest one."""
        by_id = {c.id: c for c in self._shop.public_categories}
        return by_id[self.leaf.path[0]]

    @cached_property
    def middle(self) -> PublicCategory:
        """A category with a parent and with children."""
        parents = {c.parent_id for c in self._shop.public_categories}
        return next(c for c in self._shop.public_categories if c.parent_id and c.id in parents)

    @cached_property
    def _offered(self) -> Counter[tuple[int, int]]:
        """How many products offer each (attribute, value)."""
        return Counter(
            (line.attribute_id, value.value_id) for t in self.shown for line in t.lines for value in line.values
        )

    def tokens(self, number: int, *, of_one_attribute: bool) -> list[str]:
        """The values offered most, as `ProductFilterInput.attribValues` takes them."""
        chosen: list[tuple[int, int]] = []
        for (attribute, value), _ in self._offered.most_common():
            same = {attribute} | {other for other, _ in chosen} == {attribute}
            new = attribute not in {other for other, _ in chosen}
            if not chosen or (same if of_one_attribute else new):
                chosen.append((attribute, value))
        return [f"{attribute}-{value}" for attribute, value in chosen[:number]]

    def overlapping_tokens(self) -> list[str]:
        """Values of two attributes that some product has both."""
        both = Counter(
            (first.attribute_id, one.value_id, second.attribute_id, two.value_id)
            for t in self.shown
            for first in t.lines
            for second in t.lines
            if first.attribute_id < second.attribute_id
            for one in first.values
            for two in second.values
        )
        a, x, b, y = both.most_common(1)[0][0]
        return [f"{a}-{x}", f"{b}-{y}"]

    @cached_property
    def country_with_states(self) -> int:
        return Counter(state.country_id for state in self._shop.states).most_common(1)[0][0]

    @property
    def attribute_ids(self) -> list[int]:
        return [attribute.id for attribute in self._shop.attributes]

    # -- texts ------------------------------------------------------------------------------------------------

    def word(self, lang: str) -> str:
        """A word that stands in many names of that language and in few of the others."""
        spoken = {code: Counter(_words(t.name, code) for t in self.shown) for code in ("en", "fr", "nl")}
        counts = {code: Counter(w for words, n in seen.items() for w in words * n) for code, seen in spoken.items()}
        others = [counts[code] for code in counts if code != lang]
        return max(sorted(counts[lang]), key=lambda w: counts[lang][w] - 2 * sum(other[w] for other in others))

    @staticmethod
    def slug(template: Template) -> str:
        return product_slug(template.name.en, template.id)

    @staticmethod
    def category_slug(category: PublicCategory) -> str:
        return category_slug(category.name.en, category.id)

    @staticmethod
    def combination(variant: Variant) -> list[int]:
        """The attribute values that make a variant, as `productVariant` takes them."""
        return [value.value_id for value in variant.values]

    def choices(self, template: Template) -> list[int]:
        """One value of each of its attributes that make no variants."""
        return [line.values[0].value_id for line in template.lines if not line.makes_variants]


def _words(name: Text, lang: str) -> tuple[str, ...]:
    text: str = getattr(name, lang) or name.en
    return tuple({word.lower() for word in text.split() if len(word) > 4 and word.isalpha()})
