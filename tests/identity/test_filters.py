"""The language in which roles say which products they see."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.records import Product
from identity.filter_parser import MAX_DEPTH, FilterSyntaxError, parse
from identity.filter_predicates import predicate
from identity.filter_words import Vocabulary, resolve, unknown_words
from identity.filters import (
    ATTRIBUTE,
    EVERYTHING,
    NOTHING,
    And,
    Compare,
    Everything,
    Filter,
    Flag,
    Not,
    Nothing,
    OneOf,
    Or,
    StartsWith,
    text_of,
)
from tests.identity.products import WORDS, filters, product, products


def seen(text: str, one: Product) -> bool:
    return predicate(resolve(parse(text), WORDS), WORDS)(one)


class TestParsing:
    @given(filters())
    @settings(deadline=None)
    def test_what_is_written_reads_as_the_same(self, node: Filter) -> None:
        assert parse(text_of(node)) == node

    @given(filters())
    @settings(deadline=None)
    def test_spaces_brackets_and_double_negations_mean_nothing(self, node: Filter) -> None:
        text = text_of(node)
        assert parse(f"\n not (\tnot ({text}  ) )") == node

    @given(st.text(max_size=60) | st.text("()=<>!,'\"\\ 1a.orndti", max_size=60))
    @settings(deadline=None)
    def test_any_other_text_is_refused_with_its_place(self, text: str) -> None:
        try:
            node = parse(text)
        except FilterSyntaxError as error:
            wrong = error
        else:
            assert parse(text_of(node)) == node
            return
        assert 0 <= wrong.offset <= len(text)
        assert wrong.reason

    @pytest.mark.parametrize(
        ("text", "normal"),
        [
            ('published and category in (3, 7) and not tag = "x"', 'published and category in (3, 7) and tag != "x"'),
            ("published or saleable and storable", "published or saleable and storable"),
            ("(published or saleable) and storable", "(published or saleable) and storable"),
            ("not published and saleable", "not published and saleable"),
            ("not (published and saleable)", "not (published and saleable)"),
            ("not id = 3", "id != 3"),
            ("not id not in (3, 4)", "id in (3, 4)"),
            ("tag in (1, 1)", "tag = 1"),
            ("tag = 'it\\'s'", 'tag = "it\'s"'),
            ("list_price != 1.50", "not list_price = 1.5"),
            ("list_price > -0.0", "list_price > -0"),
            ("a" * 0, "nothing"),
            ("  \n ", "nothing"),
        ],
    )
    def test_the_normal_form(self, text: str, normal: str) -> None:
        assert text_of(parse(text)) == normal
        assert text_of(parse(normal)) == normal

    @pytest.mark.parametrize(
        ("text", "offset", "reason"),
        [
            ("tagg = 3", 0, "meant tag"),
            ("colour = 3", 0, "there are id, category"),
            ("published and", 13, "expected a field, found the end"),
            ("published published", 10, 'expected "and", "or" or the end'),
            ("published and or saleable", 14, 'found "or"'),
            ("category 3", 9, '"not in"'),
            ("category in 3", 12, 'expected "("'),
            ("category in (3 4)", 15, 'expected ")"'),
            ("category in ()", 13, "compared with"),
            ("(published", 10, 'expected ")"'),
            ("published)", 9, 'found ")"'),
            ('id = "3"', 5, "a number (its id)"),
            ("id = 3.5", 5, "a number (its id)"),
            ("id = -3", 5, "a number (its id)"),
            ("id = 3x", 5, "not understood"),
            ("sku = 3", 6, "a text, not"),
            ("tag starts with 'x'", 4, '"not in"'),
            ("list_price = 'x'", 13, "compared with a number"),
            ("list_price in (1)", 11, "expected =,"),
            ('type = "good"', 7, "goods, service, combo"),
            ('tag = ""', 6, "empty"),
            ("tag = 'x", 6, "does not end"),
            ('tag = "a\nb"', 6, "does not end"),
            ("attribute = 3", 10, 'expected "("'),
            ("id = 3 & published", 7, "not understood"),
            ("id = 1234567890123456", 5, "not understood"),
            ("{match_all: {}}", 0, "not understood"),
        ],
    )
    def test_what_is_wrong_is_told_with_its_place(self, text: str, offset: int, reason: str) -> None:
        with pytest.raises(FilterSyntaxError) as caught:
            parse(text)
        assert reason in caught.value.reason
        assert caught.value.offset == offset

    def test_nesting_is_bounded(self) -> None:
        assert parse("(" * (MAX_DEPTH - 1) + "all" + ")" * (MAX_DEPTH - 1)) == EVERYTHING
        for text in ("(" * 10_000, "not " * 5_000 + "all", "all or " * 5_000):
            with pytest.raises(FilterSyntaxError):
                parse(text)
        assert parse(" and ".join(["published"] * 1_000)) == And((Flag("published"),) * 1_000)


class TestMeaning:
    @given(filters(), products())
    @settings(deadline=None)
    def test_as_a_naive_reading_of_it(self, node: Filter, one: Product) -> None:
        """Unknown words make a third truth value, and only what is true is seen."""
        assert predicate(resolve(node, WORDS), WORDS)(one) is (truth(node, one) is True)

    @given(filters(), st.lists(products(), min_size=1, max_size=5))
    @settings(deadline=None)
    def test_never_both_a_filter_and_its_opposite(self, node: Filter, some: Sequence[Product]) -> None:
        one, other = (predicate(resolve(each, WORDS), WORDS) for each in (node, Not(node)))
        for each in some:
            assert not (one(each) and other(each))
            if not unknown_words(node, WORDS):
                assert one(each) or other(each)

    @given(filters())
    @settings(deadline=None)
    def test_what_is_resolved_holds_ids_alone_and_negated_leaves_alone(self, node: Filter) -> None:
        resolved = resolve(node, WORDS)
        assert resolve(resolved, WORDS) == resolved
        if resolved not in {EVERYTHING, NOTHING}:
            check_resolved(resolved)

    def test_categories_hold_those_below(self) -> None:
        assert seen("category = 1", product(categories=(3,)))
        assert not seen("category = 3", product(categories=(1,)))
        assert not seen("category != 1", product(categories=(6, 3)))
        assert seen("internal_category = 1", product(category=3))
        assert not seen("internal_category = 1", product(category=None))

    def test_names_are_found_in_any_capitals_and_categories_by_their_path(self) -> None:
        assert seen('category = "dogs  /  DRY"', product(categories=(3,)))
        assert not seen('category = "Dogs / Dry"', product(categories=(5,)))
        assert seen('category = "dry"', product(categories=(5,)))
        assert seen('tag = "NEW"', product(tags=(3,)))
        assert seen('attribute("colour") = "red"', product(values=(1,)))
        assert not seen('attribute("colour") = "red"', product(values=(4,)))

    def test_accents_are_the_same_however_they_are_encoded(self) -> None:
        words = Vocabulary({"tag": {1: "Bore\u0301al"}}, {}, {}, {})
        assert resolve(parse('tag = "bor\u00c9al"'), words) == OneOf("tag", (1,))

    @pytest.mark.parametrize("text", ['tag = "gone"', 'tag != "gone"', 'tag not in ("gone", "New")', "tag != 99"])
    def test_what_the_shop_does_not_have_hides(self, text: str) -> None:
        """Else a tag renamed in Odoo would show what it was to hide."""
        assert not seen(text, product(tags=(2,)))
        assert [text_of(one) for one in unknown_words(parse(text), WORDS)] == [
            "tag = 99" if "99" in text else 'tag = "gone"'
        ]

    def test_but_hides_no_more_than_it_is_about(self) -> None:
        assert seen('tag in ("gone", "New")', product(tags=(1,)))
        assert seen('published or tag != "gone"', product())
        assert not seen('published and tag != "gone"', product())

    def test_a_category_that_is_its_own_ancestor_ends(self) -> None:
        words = Vocabulary({"category": {1: "a", 2: "b"}}, {1: 2, 2: 1}, {}, {})
        assert resolve(parse('category = "a/b"'), words) == OneOf("category", (2,))
        assert words.below("category", [1]) == {1, 2}


def check_resolved(node: Filter) -> None:
    match node:
        case And(operands) | Or(operands):
            assert len(operands) > 1
            for operand in operands:
                assert type(operand) is not type(node)
                check_resolved(operand)
        case Not(operand):
            assert isinstance(operand, Flag | OneOf | StartsWith | Compare)
            check_resolved(operand)
        case OneOf(field, values, of):
            assert field != ATTRIBUTE
            assert of is None
            assert list(values) == sorted(set(values), key=lambda one: (str(type(one)), one))
            assert all(isinstance(one, str) == (field in {"sku", "barcode", "type"}) for one in values)
        case Everything() | Nothing():
            pytest.fail("stands alone")


def truth(node: Filter, one: Product) -> bool | None:
    """Kleene's logic, without any of the simplifications: None is unknown."""
    match node:
        case Everything() | Nothing():
            return isinstance(node, Everything)
        case Not(operand):
            value = truth(operand, one)
            return None if value is None else not value
        case And(operands) | Or(operands):
            values = [truth(operand, one) for operand in operands]
            decisive = isinstance(node, Or)
            return decisive if decisive in values else None if None in values else not decisive
        case OneOf(field, wanted, of):
            values = [_equals(one, field, each, of) for each in wanted]
            return True if True in values else None if None in values else False
        case Flag(name):
            flags = {"published": one.published, "saleable": one.sale_ok, "storable": one.storable}
            return flags[name]
        case StartsWith(field, text):
            texts = [getattr(variant, field) for variant in one.variants]
            return any(each[: len(text)] == text for each in texts if each)
        case Compare(_, sign, number):
            difference: Decimal = one.list_price - number
            signs = {"<": difference < 0, "<=": difference <= 0, "=": not difference, ">=": difference >= 0}
            return signs.get(sign, difference > 0)


def _equals(one: Product, field: str, wanted: int | str, of: int | str | None) -> bool | None:
    has: dict[str, Any] = {
        "id": [one.id],
        "type": [one.product_type],
        "sku": [variant.sku for variant in one.variants],
        "barcode": [variant.barcode for variant in one.variants],
    }
    if field in has:
        return wanted in has[field]
    tables: dict[str, Any] = {
        "category": WORDS.names["category"],
        "internal_category": dict.fromkeys(WORDS.internal_parents, ""),
        "tag": WORDS.names["tag"],
        "ribbon": WORDS.names["ribbon"],
        "value": WORDS.names["value"],
        ATTRIBUTE: {
            id_: name
            for id_, name in WORDS.names["value"].items()
            if of is None or _is(WORDS.value_attributes[id_], WORDS.names[ATTRIBUTE], of)
        },
    }
    meant = [id_ for id_ in tables[field] if _is(id_, tables[field], wanted, field == "category")]
    if not meant:
        return None
    has = {
        "category": [up for id_ in one.public_category_ids for up in _up(id_, WORDS.parents)],
        "internal_category": [] if (at := one.internal_category_id) is None else _up(at, WORDS.internal_parents),
        "tag": one.tag_ids,
        "ribbon": [one.ribbon_id],
        "value": [value.value_id for value in one.values],
        ATTRIBUTE: [value.value_id for value in one.values],
    }
    return any(id_ in meant for id_ in has[field])


def _is(id_: int, names: Any, wanted: int | str, path: bool = False) -> bool:
    if isinstance(wanted, int):
        return id_ == wanted
    own = [" ".join(names[up].lower().split()) for up in (_up(id_, WORDS.parents) if path else [id_])]
    parts = [" ".join(part.lower().split()) for part in (wanted.split("/") if path else [wanted])]
    return own[: len(parts)] == parts[::-1]


def _up(id_: int | None, parents: Any) -> list[int]:
    found = []
    while id_ is not None:
        found.append(id_)
        id_ = parents.get(id_)
    return found
