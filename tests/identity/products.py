"""Products, a small vocabulary, and filters drawn at random, for tests of roles."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import strategies as st

from adapters.records import Product, Seo, TemplateValue, Variant
from identity.filter_words import Vocabulary
from identity.filters import (
    ATTRIBUTE,
    EVERYTHING,
    FLAGS,
    NOTHING,
    Compare,
    Filter,
    Flag,
    OneOf,
    StartsWith,
    all_of,
    any_of,
    negated,
)

THEN = datetime(2026, 1, 2, tzinfo=UTC)
#: 1 Food > 2 Dogs > 3 Dry; 4 Cats > 5 Dry; 6 stands alone
WORDS = Vocabulary(
    names={
        "category": {1: "Food", 2: "Dogs", 3: "Dry", 4: "Cats", 5: "Dry", 6: "Other  things"},
        "tag": {1: "New", 2: 'With "quotes"', 3: "new"},
        "ribbon": {1: "Sale"},
        ATTRIBUTE: {1: "Colour", 2: "Size"},
        "value": {1: "Red", 2: "Blue", 3: "Big", 4: "Red"},
    },
    parents={1: None, 2: 1, 3: 2, 4: None, 5: 4, 6: None},
    internal_parents={1: None, 2: 1, 3: 2},
    value_attributes={1: 1, 2: 1, 3: 2, 4: 2},
)


def product(
    id_: int = 1,
    *,
    published: bool = True,
    sale_ok: bool = True,
    storable: bool = False,
    type_: str = "goods",
    price: str = "10",
    category: int | None = None,
    categories: tuple[int, ...] = (),
    tags: tuple[int, ...] = (),
    ribbon: int | None = None,
    values: tuple[int, ...] = (),
    skus: tuple[str | None, ...] = (),
) -> Product:
    """A product with these traits, and a variant with each of the SKUs (its barcode: the same with a 0 in front)."""
    return Product(
        id=id_,
        name=f"Product {id_}",
        description=None,
        website_description=None,
        product_type=type_,  # type: ignore[arg-type]  # drawn from the right ones
        storable=storable,
        published=published,
        sale_ok=sale_ok,
        website_id=None,
        company_id=None,
        list_price=Decimal(price),
        internal_category_id=category,
        uom_id=1,
        tax_ids=(),
        public_category_ids=categories,
        alternative_ids=(),
        accessory_ids=(),
        tag_ids=tags,
        ribbon_id=ribbon,
        allow_out_of_stock=True,
        out_of_stock_message=None,
        show_available_quantity=False,
        rating_average=Decimal(0),
        rating_count=0,
        seo=Seo(),
        created_at=THEN,
        updated_at=THEN,
        values=tuple(
            TemplateValue(
                template_id=id_,
                attribute_id=WORDS.value_attributes.get(one, 9),
                value_id=one,
                price_extra=Decimal(0),
            )
            for one in values
        ),
        variants=tuple(
            Variant(
                id=id_ * 10 + index,
                template_id=id_,
                sku=sku,
                barcode=None if sku is None else f"0{sku}",
                value_ids=(),
                price_extra=Decimal(0),
                cost=Decimal(0),
                weight=Decimal(0),
                updated_at=THEN,
            )
            for index, sku in enumerate(skus)
        ),
        images=(),
    )


_SKUS = st.sampled_from(["A", "AB", "B", "0A"])
_SOME = st.lists(st.integers(1, 6), max_size=3).map(tuple)


def products() -> st.SearchStrategy[Product]:
    return st.builds(
        product,
        st.integers(1, 6),
        published=st.booleans(),
        sale_ok=st.booleans(),
        storable=st.booleans(),
        type_=st.sampled_from(["goods", "service", "combo"]),
        price=st.sampled_from(["0", "9.99", "10", "10.5"]),
        category=st.none() | st.integers(1, 4),
        categories=_SOME,
        tags=_SOME,
        ribbon=st.none() | st.integers(1, 2),
        values=_SOME,
        skus=st.lists(st.none() | _SKUS, max_size=3).map(tuple),
    )


_IDS = st.integers(1, 7)
_NAMES = {
    "category": ["Food", "dogs", "Dry", "Cats / Dry", "Dogs/Dry", "Food/Dry", "other THINGS", "gone"],
    "tag": ["New", 'with "quotes"', "back\\slash", "gone"],
    "ribbon": ["sale", "gone"],
    ATTRIBUTE: ["Red", "blue", "gone"],
}


def _one_of() -> st.SearchStrategy[Filter]:
    def values(of: st.SearchStrategy[int | str]) -> st.SearchStrategy[tuple[int | str, ...]]:
        return st.lists(of, min_size=1, max_size=3, unique=True).map(tuple)

    ids = st.builds(OneOf, st.sampled_from(["id", "internal_category", "value"]), values(_IDS))
    named = [
        st.builds(
            OneOf,
            st.just(field),
            values(_IDS | st.sampled_from(names)),
            (st.sampled_from([1, 2, 9, "Colour", "size", "gone"]) if field == ATTRIBUTE else st.none()),
        )
        for field, names in _NAMES.items()
    ]
    texts = st.builds(OneOf, st.sampled_from(["sku", "barcode"]), values(_SKUS))
    types = st.builds(OneOf, st.just("type"), values(st.sampled_from(["goods", "service", "combo"])))
    return st.one_of(ids, *named, texts, types)


def leaves() -> st.SearchStrategy[Filter]:
    return st.one_of(
        st.builds(Flag, st.sampled_from(FLAGS)),
        _one_of(),
        st.builds(StartsWith, st.sampled_from(["sku", "barcode"]), st.sampled_from(["A", "0", "0A", "x'\"\\"])),
        st.builds(
            Compare,
            st.just("list_price"),
            st.sampled_from(["<", "<=", "=", ">=", ">"]),
            st.sampled_from(["0", "10", "9.990", "-1.5", "100000"]).map(Decimal),
        ),
        st.sampled_from([EVERYTHING, NOTHING]),
    )


def filters() -> st.SearchStrategy[Filter]:
    """Any tree that a text can stand for."""
    return st.recursive(
        leaves(),
        lambda inner: st.one_of(
            inner.map(negated),
            st.lists(inner, min_size=2, max_size=3).map(all_of),
            st.lists(inner, min_size=2, max_size=3).map(any_of),
        ),
        max_leaves=8,
    )
