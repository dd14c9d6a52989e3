"""What single roles and sets of them are told to show in the engine is exactly what the shop shows to who has them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.filter_words import Vocabulary
from identity.filters import EVERYTHING
from identity.policy import compiled
from identity.roles import Definitions, PriceRights, Role
from identity.visibility import SchemaFields
from resolvers.schema import build_schema
from search.fields import PRICED, SHOWN_BY, source_fields
from search.security_grants import OWN_PRICES, TooManyGrantsError, field_grants, own_prices, smallest_sets

SCHEMA = SchemaFields.of(build_schema())
PRICELISTS = (1, 2, 3)
WORDS = Vocabulary({}, {}, {}, {})
#: all that any field of the index needs, and so what a role's fields matter by
NEEDED = sorted(
    {
        told
        for names in SHOWN_BY.values()
        for name in names
        for told in (f"Product.{name}", *(SCHEMA.told_by.get(f"Product.{name}", ())))
        if told.startswith("Product.") and told.count(".") == 1
    }
)

prices = st.builds(
    PriceRights,
    ids=st.frozensets(st.sampled_from((*PRICELISTS, 9)), max_size=2),
    own=st.booleans(),
    all=st.sampled_from((False, False, True)),
)
fields = st.one_of(
    st.frozensets(st.sampled_from(NEEDED), max_size=8),
    st.just(frozenset(NEEDED)),
    st.sampled_from(NEEDED).map(lambda one: frozenset(NEEDED) - {one}),
)


@st.composite
def definitions(draw: st.DrawFn) -> Definitions:
    names = ["guest", "a", "b", "c", "d"][: draw(st.integers(1, 5))]
    roles = {name: Role(name, documents=EVERYTHING, fields=draw(fields), prices=draw(prices)) for name in names}
    guarded = draw(st.sampled_from((frozenset({"Product"}), frozenset({"Product"}), frozenset[str]())))
    return Definitions(roles, SCHEMA, guarded)


def shown(defined: Definitions, roles: frozenset[str], own: int | None) -> set[str]:
    """As the engine does: the union of what is granted, with members of what is granted whole."""
    found = {one for grant in field_grants(defined) if grant.roles <= roles for one in grant.fields}
    members = {f"{head}.p{id_}" for head in PRICED if head in found for id_ in (*PRICELISTS, 9)}
    kinds = own_prices(defined, roles) if own is not None else ()
    theirs = {f"{head}.p{own}" for kind in kinds for head in OWN_PRICES[kind]}
    return (found | members | theirs) - set(PRICED)


@settings(max_examples=150, deadline=None)
@given(definitions(), st.data())
def test_together_they_show_what_the_shop_does(defined: Definitions, data: st.DataObject) -> None:
    roles = data.draw(st.frozensets(st.sampled_from(sorted(defined.roles)), min_size=1))
    own = data.draw(st.sampled_from((None, *PRICELISTS)))
    viewer = compiled(defined, roles, WORDS)
    assert shown(defined, roles, own) == set(source_fields(viewer, (*PRICELISTS, 9), own))


@settings(max_examples=60, deadline=None)
@given(definitions())
def test_nothing_is_granted_twice(defined: Definitions) -> None:
    """What a part of a set shows by itself is not granted to the set again: roles of the engine are few."""
    grants = field_grants(defined)
    for one in grants:
        for other in grants:
            if one is not other and other.roles <= one.roles:
                assert not set(one.fields) & set(other.fields)


def test_every_role_shows_something() -> None:
    """One without a list of fields would be shown all of them."""
    grants = field_grants(Definitions({"guest": Role("guest")}, SCHEMA))
    assert [one.roles for one in grants] == [frozenset({"guest"})]
    assert "id" in grants[0].fields


def test_smallest_sets() -> None:
    a, b, c = (frozenset(one) for one in "abc")
    assert set(smallest_sets([a | b, b | c])) == {b, a | c}
    assert smallest_sets([a, frozenset()]) == []
    assert smallest_sets([a | b, b | c], but=[c]) == [b]


def test_too_many_sets_are_refused() -> None:
    ways = [frozenset(f"{letter}{number}" for number in range(8)) for letter in "abcd"]
    with pytest.raises(TooManyGrantsError):
        smallest_sets(ways)
