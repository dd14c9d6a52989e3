"""Bringing the roles into the engine: only what differs, only what is ours, and never more than before or after."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from identity.filter_words import Vocabulary
from search.engine import Engine
from search.indexes import Indexes
from search.security import Called, UnspeakableError, Wanted, mapping_body, mark, role_body, wanted_security
from search.security_push import Change, Plan, Security, SecurityError, planned
from tests.search.secured import SecuredShop, roles_of, ten_profiles
from tests.search.shop import IndexedShop, engine_of, small_shop
from tests.support.opensearch import OpenSearch, Space, new_space

TWO = """
[roles.guest]
documents = 'published and not category = "Pharmacy"'
fields = ["Product.name", "Product.categories"]
[roles.practice]
documents = "all"
fields = ["Product.*"]
pricelists = [2]
"""
ONE = TWO[: TWO.index("[roles.practice]")]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def secured(opensearch: OpenSearch) -> AsyncIterator[SecuredShop]:
    async with new_space(opensearch) as space:
        engine = engine_of(opensearch)
        try:
            shop = await IndexedShop.of(small_shop(products=25, pricelists=3), Indexes(engine, space.name("shop")))
            await shop.builder.build()
            yield await SecuredShop.of(shop, space)
        finally:
            await engine.close()


async def everything(space: Space) -> dict[str, Any]:
    """All roles and mappings of the engine but those of other tests."""
    security = space.admin.security
    roles, mappings = await security.get_roles(), await security.get_role_mappings()
    return {
        f"{kind} {name}": value
        for kind, found in (("role", roles), ("mapping", mappings))
        for name, value in found.items()
        if not name.startswith("test-") or name.startswith(space.prefix)
    }


async def test_only_what_differs_is_written(secured: SecuredShop) -> None:
    begin = f"{secured.prefix}+"
    before = await everything(secured.space)
    first = await secured.security.plan(secured.wanted(roles_of(TWO)))
    assert first.changes == (
        Change("add", f"{begin}guest"),
        Change("add", f"{begin}practice"),
    )
    assert await everything(secured.space) == before, "to plan is to write nothing"
    await secured.security.apply(first)
    again = await secured.security.plan(secured.wanted(roles_of(TWO)))
    assert (again.changes, again.kept, list(again.steps())) == ((), 2, [])

    narrower = TWO.replace('"Product.name", "Product.categories"', '"Product.name"').replace("[2]", "[2, 3]")
    changed = await secured.security.plan(secured.wanted(roles_of(narrower)))
    assert changed.changes == (
        Change("change", f"{begin}guest", ("fields",)),
        Change("change", f"{begin}practice", ("fields",)),
    )
    assert changed.wider == ("role guest is shown category_ids, as its filter compares it",)

    gone = await secured.push(roles_of(ONE))
    assert gone.changes == (Change("remove", f"{begin}practice"),)
    after = await everything(secured.space)
    assert {name for name in after if begin in name} == {f"role {begin}guest", f"mapping {begin}guest"}
    assert {name: value for name, value in after.items() if begin not in name} == before


async def test_what_was_changed_by_hand_is_found_and_undone(secured: SecuredShop) -> None:
    await secured.push(roles_of(TWO))
    guest, practice = f"{secured.prefix}+guest", f"{secured.prefix}+practice"
    security = secured.space.admin.security
    grant = f"/{guest}/index_permissions/0"
    opened = [
        {"op": "replace", "path": f"{grant}/dls", "value": ""},
        {"op": "replace", "path": f"{grant}/fls", "value": []},
    ]
    await security.patch_roles(body=opened)
    await security.patch_role_mappings(body=[{"op": "add", "path": f"/{practice}/users", "value": ["somebody"]}])
    plan = await secured.push(roles_of(TWO))
    assert plan.changes == (
        Change("change", guest, ("documents", "fields")),
        Change("change", practice, ("who has it",)),
    )
    assert not (await secured.security.plan(secured.wanted(roles_of(TWO)))).changes


async def test_a_category_that_moved_is_found(secured: SecuredShop) -> None:
    await secured.push(roles_of(TWO))
    words = secured.words
    pharmacy = next(id_ for id_, name in words.names["category"].items() if name == "Pharmacy")
    moved = next(id_ for id_, name in words.names["category"].items() if name == "Nutrition")
    parents = {**words.parents, moved: pharmacy}
    tree = Vocabulary(words.names, parents, words.internal_parents, words.value_attributes)
    wanted = wanted_security(roles_of(TWO), tree, secured.tables, ["fr_FR", "nl_NL"], secured.called())
    plan = await secured.security.plan(wanted)
    assert plan.changes == (Change("change", f"{secured.prefix}+guest", ("documents",)),)


async def test_a_role_of_somebody_else_is_not_touched(secured: SecuredShop) -> None:
    await secured.push(roles_of(ONE))
    theirs = await secured.space.role("shop+practice", {"index_patterns": ["other"], "allowed_actions": ["read"]})
    before = await everything(secured.space)
    try:
        with pytest.raises(SecurityError, match=r"in the way.*\+practice"):
            await secured.push(roles_of(TWO))
        assert await everything(secured.space) == before
    finally:
        await secured.space.admin.security.delete_role_mapping(role=theirs)
        await secured.space.admin.security.delete_role(role=theirs)


async def test_what_the_same_people_are_shown_by_roles_of_others_is_told(secured: SecuredShop) -> None:
    grant = {"index_patterns": [f"{secured.alias[:-2]}*"], "allowed_actions": ["read"]}
    other = await secured.space.role("everybody", grant, backend_roles=["practice"])
    definitions = roles_of(TWO)
    try:
        assert not (await secured.security.plan(secured.wanted(definitions))).wider
        plan = await secured.security.plan(secured.wanted(definitions, practice=["practice"]))
        assert [other in one for one in plan.wider] == [True]
        mapped = [{"op": "replace", "path": f"/{other}/backend_roles", "value": ["*"]}]
        await secured.space.admin.security.patch_role_mappings(body=mapped)
        assert (await secured.security.plan(secured.wanted(definitions))).wider
    finally:
        await secured.space.admin.security.delete_role_mapping(role=other)
        await secured.space.admin.security.delete_role(role=other)


async def test_the_rights_that_it_takes(secured: SecuredShop) -> None:
    """Those of the engine's own role for this; who has not got it is told what is needed."""
    able, unable = await secured.space.user("able", "security_rest_api_access"), await secured.space.user("unable")
    wanted = secured.wanted(roles_of(TWO.replace("practice", "vet")))
    with pytest.raises(SecurityError, match=r"security_rest_api_access.*restapi:admin/rolesmapping"):
        await Security(Engine(unable), secured.prefix).plan(wanted)
    security = Security(Engine(able), secured.prefix)
    await security.apply(await security.plan(wanted))
    assert not (await secured.security.plan(wanted)).changes


# -- without an engine ----------------------------------------------------------------------------------------


def stored(wanted: Wanted, prefix: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return (
        {role.name: role_body(role, prefix) for role in wanted.roles},
        {role.name: mapping_body(role, prefix) for role in wanted.roles},
    )


def patched(plan: Plan, roles: dict[str, Any], mappings: dict[str, Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The engine after each step."""
    found = []
    for path, operations in plan.steps():
        target = mappings if path.endswith("rolesmapping") else roles
        for one in operations:
            name = one["path"].removeprefix("/")
            if one["op"] == "remove":
                del target[name]
            else:
                target[name] = one["value"]
        found.append((copy.deepcopy(roles), copy.deepcopy(mappings)))
    return found


async def test_nobody_sees_more_on_the_way(secured: SecuredShop) -> None:
    before = secured.wanted(ten_profiles())
    text = (
        TWO.replace("guest", "pharmacy") + '[roles.new]\n[roles.guest]\nfields = ["Product.name"]\npricelists = "own"\n'
    )
    after = secured.wanted(roles_of(text), pharmacy=["others"])
    prefix = secured.prefix
    roles, mappings = stored(before, prefix)
    plan = planned(after, roles, mappings, prefix)
    assert {one.action for one in plan.changes} == {"add", "change", "remove"}
    was, will = stored(before, prefix), stored(after, prefix)
    steps = patched(plan, copy.deepcopy(roles), copy.deepcopy(mappings))
    assert steps[-1] == will
    for roles, mappings in steps:
        for name, mapping in mappings.items():
            pair = (roles.get(name), mapping)
            both_new = pair == (will[0].get(name), will[1].get(name))
            as_before = pair == (was[0].get(name), was[1].get(name))
            assert both_new or as_before, name


def test_what_stands_for_others_is_no_backend_role() -> None:
    for strange in ("*", "vet?", "/vet.*/"):
        with pytest.raises(UnspeakableError, match="pattern"):
            Called("shop", {"vet": [strange]}).names("vet")
    assert Called("shop", {"vet": ["vet", "vet"]}).names("vet") == ("shop:role:vet", "vet")


async def test_texts_of_filters_are_no_variables_of_the_plugin(secured: SecuredShop) -> None:
    text = '[roles.guest]\ndocuments = \'sku = "${user.name}"\'\nfields = ["Product.sku"]\n'
    (role,) = secured.wanted(roles_of(text)).roles
    assert "$" not in role.documents
    await secured.push(roles_of(text))
    async with secured.accepting_tokens():
        assert await secured.seen(secured.having(roles_of(text), ["guest"])) == {}
    product = next(iter(secured.documents))
    await secured.change(product, sku=["${user.name}"])
    async with secured.accepting_tokens():
        assert set(await secured.seen(secured.having(roles_of(text), ["guest"]))) == {product}


async def test_a_shop_whose_prefix_begins_the_same_is_another(secured: SecuredShop) -> None:
    await secured.push(roles_of(ONE))
    other = Security(secured.shop.engine, secured.prefix[:-1])
    called = Called(other.prefix, {})
    wanted = wanted_security(roles_of(ONE), secured.words, secured.tables, ["fr_FR"], called)
    assert [one.action for one in (await other.plan(wanted)).changes] == ["add"]
    assert mark(other.prefix) != mark(secured.prefix)
