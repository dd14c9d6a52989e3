"""What moved, and where redirects lead."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storefront.places import Moves, moves, redirected

PATHS = st.sampled_from([f"/product/{name}" for name in "abcdef"])
KEYS = st.sampled_from([f"product:{number}:fr" for number in range(4)] + ["category:1:fr"])
#: products have ids in their paths, so no two are at one path; others may be
STATES = st.dictionaries(KEYS, PATHS, max_size=5).filter(lambda state: len(set(state.values())) == len(state))


def test_a_renamed_product_leads_on() -> None:
    found = moves({"product:1:fr": "/product/a-1"}, {"product:1:fr": "/product/b-1"})
    assert found == Moves({"/product/b-1": "product"}, frozenset(), {"/product/a-1": "/product/b-1"})


def test_what_is_gone_is_gone() -> None:
    assert moves({"product:1:fr": "/product/a-1"}, {}) == Moves({}, frozenset({"/product/a-1"}), {})


def test_a_name_that_is_the_same_in_two_languages_stays_where_one_of_them_has_it() -> None:
    before = {"product:1:fr": "/product/a-1", "product:1:nl": "/product/a-1"}
    found = moves(before, {"product:1:fr": "/product/b-1", "product:1:nl": "/product/a-1"})
    assert found == Moves({"/product/b-1": "product"}, frozenset(), {})


def test_renamed_twice_leads_on_in_one_step_and_back_not_at_all() -> None:
    redirects: dict[str, str] = {}
    state = {"product:1:fr": "/product/a-1"}
    for name in ("b", "c", "a"):
        after = {"product:1:fr": f"/product/{name}-1"}
        redirects, state = redirected(redirects, moves(state, after)), after
    assert redirects == {"/product/b-1": "/product/a-1", "/product/c-1": "/product/a-1"}


@given(st.lists(STATES, max_size=6))
def test_redirects_never_lead_astray(states: list[dict[str, str]]) -> None:
    """Whatever is renamed, swapped, taken away, brought back: they lead to pages, from where none is."""
    redirects: dict[str, str] = {}
    known: dict[str, str] = {}
    routes: dict[str, object] = {}
    for state in states:
        found = moves(known, state)
        after = redirected(redirects, found)
        routes |= found.begun
        for path in found.gone | (redirects.keys() - after.keys() - found.begun.keys()):
            routes.pop(path)
        redirects, known = after, state
        pages = set(state.values())
        assert set(redirects.values()) <= pages
        assert not redirects.keys() & pages
        assert routes.keys() == pages | redirects.keys()
        assert not moves(state, state)
