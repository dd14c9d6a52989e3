"""Every role, and every two: the engine shows by itself what the shop shows, never more."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from itertools import combinations

import pytest
import pytest_asyncio
from opensearchpy.exceptions import AuthorizationException

from demo.double import Double
from search.indexes import Indexes
from search.security import SCOPE_FIELDS
from tests.search.secured import Leaves, SecuredShop, ten_profiles
from tests.search.shop import IndexedShop, engine_of, small_shop
from tests.support.opensearch import OpenSearch, new_space

#: whose own pricelist is: of single roles, of pairs
OWN, OWN_OF_PAIRS = (None, 2, 4, 8), (4,)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def secured(opensearch: OpenSearch) -> AsyncIterator[SecuredShop]:
    """The ten profiles in the engine; some products are as they should not be in an index."""
    double: Double = small_shop()
    async with new_space(opensearch) as space:
        engine = engine_of(opensearch)
        try:
            shop = await IndexedShop.of(double, Indexes(engine, space.name("shop")))
            await shop.builder.build()
            found = await SecuredShop.of(shop, space)
            astray, strange, hidden, taken = sorted(found.documents)[:4]
            await found.change(astray, website_id=99)
            await found.change(strange, company_id=99)
            await found.change(hidden, published=False)
            await found.change(taken, saleable=False)
            plan = await found.push(ten_profiles())
            assert not plan.wider
            async with found.accepting_tokens():
                yield found
        finally:
            await engine.close()


def pairs(names: list[str]) -> list[tuple[str, ...]]:
    return [*((name,) for name in names), *combinations(names, 2)]


async def test_the_engine_shows_what_the_shop_shows(secured: SecuredShop, capsys: pytest.CaptureFixture[str]) -> None:
    definitions = ten_profiles()
    counted: Counter[str] = Counter()
    differing: list[str] = []
    for roles in pairs(sorted(definitions.roles)):
        for own in OWN if len(roles) == 1 else OWN_OF_PAIRS:
            visitor = secured.having(definitions, roles, own)
            seen = await secured.seen(visitor)
            shown = secured.shown(definitions, roles, own)
            with_scope = secured.shown(definitions, roles, own, scope=True)
            counted["visitors"] += 1
            counted["documents"] += len(seen)
            counted["values"] += sum(map(len, seen.values()))
            wider = [id_ for id_ in seen if not _without_scope(seen[id_]) <= shown.get(id_, frozenset())]
            narrower = [id_ for id_ in shown if not shown[id_] <= seen.get(id_, frozenset())]
            others = [id_ for id_ in seen if id_ not in shown or seen[id_] != with_scope[id_]]
            counted["wider"] += len(wider)
            counted["narrower"] += len(narrower)
            if wider or narrower or others:
                differing.append(f"{roles} {own}: wider {wider}, narrower {narrower}, others {others}")
    with capsys.disabled():
        print(f"\n{dict(counted)}")  # noqa: T201
    assert differing == []
    assert counted["documents"] > 1_000  # else nothing was compared


def _without_scope(found: Leaves) -> Leaves:
    return frozenset(leaf for leaf in found if leaf[0] not in SCOPE_FIELDS)


async def test_the_profiles_differ(secured: SecuredShop) -> None:
    """Else the matrix would say nothing."""
    definitions = ten_profiles()
    shown = {name: secured.shown(definitions, [name], 2) for name in definitions.roles}
    documents = {name: frozenset(found) for name, found in shown.items()}
    assert len(set(documents.values())) >= 8
    assert documents["price-group-1"] == documents["whose-prices"] == frozenset()
    assert all(len(found) < len(secured.documents) for found in documents.values())
    together = secured.shown(definitions, ["guest", "sees-prices", "whose-prices"], None)
    alone = [secured.shown(definitions, roles, None) for roles in (["guest", "sees-prices"], ["guest", "whose-prices"])]
    price = next(path for found in together.values() for path, _ in found if path == "prices.p4")
    assert not any(path == price for one in alone for found in one.values() for path, _ in found)


async def test_three_roles_show_what_only_all_of_them_tell(secured: SecuredShop) -> None:
    roles = ("guest", "sees-prices", "whose-prices")
    seen = await secured.seen(secured.having(ten_profiles(), roles))
    assert seen == secured.shown(ten_profiles(), roles, None, scope=True)
    assert any(path == "prices.p4" for found in seen.values() for path, _ in found)


async def test_who_has_no_role_of_the_shop_sees_nothing(secured: SecuredShop) -> None:
    for stranger in (secured.visitor(), secured.visitor("guest")):
        with pytest.raises(AuthorizationException):
            await secured.seen(stranger)
    assert await secured.seen(secured.visitor(secured.called().own("prices", 2))) == {}
