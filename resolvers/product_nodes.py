"""Products and variants as resolvers see them, and what is computed of them from what is at hand."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, TypeVar

from adapters.records import Product, Variant
from cache.record_cache import NotAtHandError
from cache.reference import Labels
from pricing.rounding import round_half_up
from resolvers.attributes import ValueNode, value_nodes
from resolvers.categories import CategoryNode, CategoryTree, category_tree
from resolvers.images import picture_path, written
from resolvers.info import Info
from resolvers.jsonld import breadcrumb_list
from resolvers.prices import Quote
from resolvers.slugs import product_slug
from resolvers.view import ShopView

T = TypeVar("T")

#: Odoo tells no quantity finer than this (decimal precision of units, as shipped), however fine the unit is
STOCK_STEP = Decimal("0.01")
#: what the facts of one product weigh among the outcomes: as much as so many matches
_FACTS_WEIGHT: Final = 50
#: how much of a product is kept that depends on more than its facts
_MAX_PRICED: Final = 32
_ONE: Final = Decimal(1)


@dataclass(frozen=True, eq=False)
class ProductFacts:
    """What is told of a product whoever asks, in one language and on one website; made when it is first asked for."""

    product: Product
    labels: Labels
    tree: CategoryTree
    _values: dict[int, list[ValueNode]] = field(default_factory=dict)
    _priced: dict[Hashable, tuple[tuple[object, ...], Any]] = field(default_factory=dict)

    def of(self, key: Hashable, inputs: tuple[object, ...], compute: Callable[[], T]) -> T:
        """What ``compute`` makes of the product and of these very inputs; the last one is kept."""
        kept = self._priced.get(key)
        if kept is None or any(old is not new for old, new in zip(kept[0], inputs, strict=True)):
            if len(self._priced) >= _MAX_PRICED:
                self._priced.clear()
            kept = self._priced[key] = inputs, compute()
        found: T = kept[1]
        return found

    @cached_property
    def slug(self) -> str:
        return product_slug(self.product.name, self.product.id)

    @cached_property
    def extras(self) -> dict[int, Decimal]:
        """What values add to the price, by value id."""
        return {value.value_id: value.price_extra for value in self.product.values}

    @cached_property
    def offered(self) -> list[ValueNode]:
        """All values that the product offers."""
        return value_nodes(self.labels, self.extras, self.extras)

    def values_of(self, variant: Variant) -> list[ValueNode]:
        """The values that tell the variant from its siblings or name it."""
        values = self._values.get(variant.id)
        if values is None:
            values = self._values[variant.id] = value_nodes(self.labels, variant.value_ids, self.extras)
        return values

    @cached_property
    def categories(self) -> list[CategoryNode]:
        """The product's categories in display order."""
        found = (self.tree.nodes.get(category_id) for category_id in self.product.public_category_ids)
        nodes = [node for node in found if node is not None]
        return sorted(nodes, key=lambda node: (node.category.sequence, node.category.id))

    @cached_property
    def steps(self) -> list[tuple[str, str]]:
        """(name, slug) from the top category of the product's first category down to the product."""
        path = self.categories[0].path if self.categories else []
        return [*((step.category.name, step.slug) for step in path), (self.product.name, self.slug)]

    @cached_property
    def json_ld_breadcrumb(self) -> str:
        return breadcrumb_list(self.tree, self.steps)


class ProductNode:
    """A product, or one of its variants where ``variant`` is set."""

    __slots__ = ("facts", "product", "variant", "view")

    def __init__(
        self, view: ShopView, product: Product, variant: Variant | None = None, facts: ProductFacts | None = None
    ) -> None:
        self.view = view
        self.product = product
        self.variant = variant
        self.facts = facts or product_facts(view, product)

    def of(self, variant: Variant | None) -> ProductNode:
        """A variant of the same product, or the product itself."""
        return ProductNode(self.view, self.product, variant, self.facts)

    @property
    def id(self) -> int:
        return self.variant.id if self.variant else self.product.id

    @property
    def shown_variant(self) -> Variant | None:
        """The variant itself; of a product the first one, None while there is none."""
        return self.variant or self.product.first_variant

    @property
    def slug(self) -> str:
        return self.facts.slug

    @property
    def display_name(self) -> str:
        """The name, of a variant with the values that make it: ``Renal diet (5 kg)``."""
        names = [node.value.name for node in variant_values(self)] if self.variant else []
        return f"{self.product.name} ({', '.join(names)})" if names else self.product.name

    @property
    def sku(self) -> str | None:
        if self.variant is None and len(self.product.variants) != 1:
            return None
        return self.shown_variant.sku if self.shown_variant else None

    @property
    def picture(self) -> str:
        return picture_path("variant" if self.variant else "product", self.id, written(self.product, self.variant))


def product_facts(view: ShopView, product: Product) -> ProductFacts:
    """The facts of this very product: the same ones for as long as they are true."""
    tree = category_tree(view)
    return view.outcomes.of(
        ("product", product.id, view.lang, view.website.id),
        (product, tree),
        lambda: ProductFacts(product, view.labels, tree),
        lambda _: _FACTS_WEIGHT,
    )


def product_nodes(view: ShopView, products: Iterable[Product]) -> list[ProductNode]:
    return [ProductNode(view, product) for product in products]


def variant_values(node: ProductNode) -> list[ValueNode]:
    """The values of a variant that tell it from its siblings or name it; of a product those of its first variant."""
    variant = node.shown_variant
    return node.facts.values_of(variant) if variant else []


async def quote(node: ProductNode, quantity: Decimal = _ONE) -> Quote | None:
    """What the variant costs whoever asks; None for a product without any variant."""
    if node.shown_variant is not None:
        await node.view.rules(node.product)
    return quote_at_hand(node, quantity)


def quote_at_hand(node: ProductNode, quantity: Decimal = _ONE) -> Quote | None:
    """As `quote`. Raises NotAtHandError when the product's rules have to be waited for."""
    variant = node.shown_variant
    if variant is None:
        return None
    return node.view.pricer.quote(node.product, variant, node.view.rules_at_hand(node.product), quantity)


def free_quantity(node: ProductNode) -> Decimal:
    """What is free of the variant, rounded to its unit as Odoo does it; of a product: of all its variants.

    Raises NotAtHandError when it has to be waited for; so does the next.
    """
    free = node.view.free_at_hand(node.product)
    unit = node.view.tables.uoms.get(node.product.uom_id)
    shown = [free.get(node.variant.id, Decimal(0))] if node.variant else list(free.values())
    step = max(unit.rounding, STOCK_STEP) if unit else STOCK_STEP
    return sum((round_half_up(quantity, step) for quantity in shown), Decimal(0))


def stock_status(node: ProductNode) -> str:
    """A member of `StockStatus`."""
    if not node.product.storable:
        return "NOT_TRACKED"
    free = node.view.free_at_hand(node.product)
    quantities = [free.get(node.variant.id, Decimal(0))] if node.variant else free.values()
    if any(quantity > 0 for quantity in quantities):  # what one variant lacks does not take from another
        return "IN_STOCK"
    return "AVAILABLE_TO_ORDER" if node.product.allow_out_of_stock else "OUT_OF_STOCK"


def waiting(answer: Callable[[ProductNode], T]) -> Callable[[ProductNode, Info | None], T | Awaitable[T]]:
    """Makes a resolver of what answers from what is at hand: it waits for what is not.

    On a warm catalogue nearly everything is at hand. Then it answers at once: coroutines cost more than the answers.
    """

    async def later(node: ProductNode, missing: NotAtHandError) -> T:
        while missing.wait is not None:
            await missing.wait()
            try:
                return answer(node)
            except NotAtHandError as another:
                missing = another
        raise missing

    def resolve(node: ProductNode, _: Info | None) -> T | Awaitable[T]:
        try:
            return answer(node)
        except NotAtHandError as missing:
            return later(node, missing)

    return resolve
