"""``OPENSEARCH_AS_CALLER`` from the browser to the engine: whoever asks the shop, the engine is asked as them.

A real application over HTTP, tokens of a real issuer (RS256), and the engine's security plugin, which takes the shop's
own keys from the application's address. What the engine refuses is answered without it, and never wider.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from demo.double import Double, DoubleServer
from demo.wholesale import generate
from identity.keys_directory import KeyDirectory
from search.asking import Asking
from search.on_behalf import AUDIENCE, OnBehalf
from search.security import Called
from server.role_push import PushOptions, push_roles
from server.settings import Settings
from tests.identity.wired import Shop, shop
from tests.search.beside import indexed
from tests.support.bff import Answer, settings_for
from tests.support.issuer import OpenIdProvider, provider
from tests.support.opensearch import OpenSearch, Space, new_space

pytestmark = pytest.mark.timeout(300)

ROLES = """
language = "en_US"
[roles.guest]
documents = 'published and not category = "Pharmacy"'
fields = ["Product.name", "Product.slug", "Product.description", "Product.sku", "Product.categories"]
[roles.practice]
documents = 'published and not category = "Pharmacy / Vaccines"'
fields = ["Product.*"]
pricelists = "own"
granted.signed_in = true
[roles.vip]
documents = "all"
fields = ["Product.*"]
pricelists = "own"
granted.claims.roles = ["vip"]
"""
LIST = "{ products(pageSize: 100) { totalCount products { id name } } }"
PROBE = """
query ($search: String!) {
  products(pageSize: 100, search: $search) { totalCount products { id } }
  productConnection(first: 100, search: $search, orSimilar: true) { totalCount nodes { id } }
  searchSuggestions(search: $search) { products { id } }
}
"""
#: who asks: a role that the token grants beside that of every customer; None: a guest without a token
WHO: Mapping[str, list[str] | None] = {"guest": None, "practice": [], "vip": ["vip"]}
ALIVE = 10


@dataclass(eq=False)
class Site:
    """``space``: of the tests' own hand in the engine."""

    shop: Shop
    issuer: OpenIdProvider
    settings: Settings
    space: Space

    @property
    def called(self) -> Called:
        return Called(self.settings.opensearch_prefix, {})

    @property
    def asking(self) -> Asking:
        asking: Asking = self.shop.app.state.services.search.asking
        return asking

    @property
    def behalf(self) -> OnBehalf:
        behalf: OnBehalf = self.shop.app.state.services.search.on_behalf
        return behalf

    async def ask(self, who: str, text: str = LIST, variables: Any = None, **claims: Any) -> Answer:
        roles, headers = WHO[who], {}
        if roles is not None:
            _, partner_id = self.shop.customer(1)
            headers["authorization"] = f"Bearer {self.issuer.token(partner_id=partner_id, roles=roles, **claims)}"
        return await self.shop.query(text, variables, **headers)

    async def seen(self, who: str, *, fell_back: bool = False) -> dict[int, str]:
        """Names of the products of a list, by id. Was it answered without the index?"""
        answer = await self.ask(who)
        assert (answer.body.get("extensions") == {"search": "FALLBACK"}) is fell_back, answer.body.get("extensions")
        found = answer.data["products"]
        assert found["totalCount"] == len(found["products"])
        return {one["id"]: one["name"] for one in found["products"]}

    @asynccontextmanager
    async def tokens(self) -> AsyncIterator[None]:
        """While the engine takes the shop's tokens."""
        async with self.space.accepting_tokens(
            jwks_uri=f"{self.shop.url}/.well-known/jwks.json",
            required_issuer=self.shop.url,
            required_audience=AUDIENCE,
            jwt_clock_skew_tolerance_seconds=0,
        ):
            yield

    async def push(self) -> None:
        assert await push_roles(self.settings, PushOptions()) == 0

    @asynccontextmanager
    async def narrowed(self, role: str, product_id: int) -> AsyncIterator[None]:
        """While a role of the engine hides a product that the shop's own filter shows."""
        name, security = f"{self.settings.opensearch_prefix}+{role}", self.space.admin.security
        found = (await security.get_role(role=name))[name]
        grants = found["index_permissions"]
        for grant in grants:
            hidden = {"bool": {"filter": [json.loads(grant["dls"])], "must_not": [{"term": {"id": product_id}}]}}
            grant["dls"] = json.dumps(hidden)
        body = {"cluster_permissions": found["cluster_permissions"], "index_permissions": grants}
        await security.create_role(role=name, body={**body, "description": found["description"]})
        try:
            yield
        finally:
            await self.push()

    @contextmanager
    def overheard(self) -> Iterator[list[tuple[list[str], Mapping[str, Any] | None]]]:
        """Of each request to the engine the indexes that it asks, and what its token says; None: it has none."""
        client: Any = self.asking._engine.client
        asked, heard = client.msearch, list[tuple[list[str], Mapping[str, Any] | None]]()

        async def msearch(*, body: Any, headers: Mapping[str, str] | None = None, **more: Any) -> Any:
            heard.append(([line["index"] for line in body[::2]], _claims(headers)))
            return await asked(body=body, headers=headers, **more)

        client.msearch = msearch
        try:
            yield heard
        finally:
            del client.msearch


def _claims(headers: Mapping[str, str] | None) -> Mapping[str, Any] | None:
    if headers is None:
        return None
    payload = headers["Authorization"].removeprefix("Bearer ").split(".")[1]
    claims: Mapping[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(opensearch: OpenSearch, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    keys, file = tmp_path_factory.mktemp("keys"), tmp_path_factory.mktemp("roles") / "roles.toml"
    # made a while ago: tokens may be older than this test
    KeyDirectory(keys, clock=lambda: time.time() - 600).rotate("RS256")
    file.write_text(ROLES, encoding="utf-8")
    double = Double(generate("14.0", products=24, pricelists=5))
    async with AsyncExitStack() as stack:
        space = await stack.enter_async_context(new_space(opensearch))
        beside = await stack.enter_async_context(indexed(double, opensearch))
        issuer = await stack.enter_async_context(provider())
        odoo = stack.enter_context(DoubleServer(double))
        values: dict[str, Any] = {**beside.settings, "roles_file": file}
        served = await stack.enter_async_context(
            shop(
                double=odoo,
                issuers=[issuer.issuer()],
                signing_keys_dir=keys,
                token_seconds=ALIVE,
                opensearch_as_caller=True,
                **values,
            )
        )
        found = Site(served, issuer, settings_for(odoo.url, **values), space)
        await found.push()
        yield found


async def everybody(site: Site) -> dict[str, dict[int, str]]:
    """What each of them sees by the index: others see others."""
    seen = {who: await site.seen(who) for who in WHO}
    assert seen["guest"].keys() < seen["practice"].keys() < seen["vip"].keys()
    return seen


async def probed(site: Site, who: str, hidden: Mapping[int, str], *, fell_back: bool) -> None:
    """Nothing of what is hidden from them is found by its name."""
    assert hidden
    for name in list(hidden.values())[:3]:
        answer = await site.ask(who, PROBE, {"search": name})
        assert (answer.body.get("extensions") == {"search": "FALLBACK"}) is fell_back
        for kind, found in answer.data.items():
            listed = found.get("nodes") or found.get("products") or []
            assert hidden.keys().isdisjoint(one["id"] for one in listed), (who, name, kind)
            assert found.get("totalCount", len(listed)) == len(listed)


async def test_the_engine_enforces_the_callers_role_where_the_shop_would_show_more(site: Site) -> None:
    async with site.tokens():
        seen = await everybody(site)
        victim = min(seen["guest"])
        for narrowed, concerned in (("practice", "practice"), ("guest", "guest")):
            async with site.narrowed(narrowed, victim):
                for who, products in seen.items():
                    expected = products.keys() - ({victim} if who == concerned else set())
                    assert (await site.seen(who)).keys() == expected, (narrowed, who)
        assert await everybody(site) == seen


async def test_what_reaches_the_engine_is_a_token_of_the_callers_rights_and_nothing_else(site: Site) -> None:
    called = site.called
    async with site.tokens():
        for who, granted in WHO.items():
            with site.overheard() as heard:
                await site.seen(who)
            roles = [called.role(one) for one in ("guest",) if granted is None]
            roles += [called.role(one) for one in ("practice", *(granted or ())) if granted is not None]
            told = [claims for indexes, claims in heard if indexes != [f"{called.prefix}-state"]]
            assert told, "no products were asked for"
            for claims in told:
                assert claims is not None, "products were asked for as the shop"
                assert [one for one in claims["roles"] if ":role:" in one] == roles
                assert claims["sub"] == f"{called.prefix} {' '.join(claims['roles'])}", "nobody's name"
                assert claims["exp"] - claims["iat"] == ALIVE


async def test_a_token_that_ends_on_the_way(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of this machine is late, and the engine's is not: it takes the token at first, and then no more."""
    async with site.tokens():
        seen = await everybody(site)
        site.behalf._kept.clear()
        late = time.time()
        monkeypatch.setattr(site.behalf, "_clock", lambda: late)
        monkeypatch.setattr(site.behalf._signer, "_clock", lambda: late - ALIVE + 4)
        assert await site.seen("practice") == seen["practice"]
        with site.overheard() as heard:
            fell_back = False
            while not fell_back:
                answer = await site.ask("practice")
                fell_back = answer.body.get("extensions") == {"search": "FALLBACK"}
                assert {one["id"] for one in answer.data["products"]["products"]} == seen["practice"].keys()
        assert {claims["exp"] for indexes, claims in heard if claims is not None} == {int(late + 4)}
        assert time.time() >= late + 3
        await probed(site, "practice", _hidden(seen, "practice"), fell_back=True)
        monkeypatch.undo()
        site.behalf._kept.clear()
        assert await site.seen("practice") == seen["practice"]


def _hidden(seen: Mapping[str, Mapping[int, str]], who: str) -> dict[int, str]:
    return {id_: name for id_, name in seen["vip"].items() if id_ not in seen[who]}


async def test_a_caller_whose_own_token_has_ended_asks_nothing(site: Site) -> None:
    async with site.tokens():
        with site.overheard() as heard:
            answer = await site.ask("vip", exp=int(time.time()) - 60, iat=int(time.time()) - 360)
        assert (answer.status, answer.codes, heard) == (401, {"TOKEN_EXPIRED"}, [])


async def test_tokens_that_the_engine_does_not_take(site: Site) -> None:
    """Such as before it is told of the keys (401): all are answered without it, as they would be by it."""
    async with site.tokens():
        seen = await everybody(site)
    for who, products in seen.items():
        with site.overheard() as heard:
            assert await site.seen(who, fell_back=True) == products
        assert all(claims for indexes, claims in heard if indexes != [f"{site.called.prefix}-state"])
    for who in ("guest", "practice"):
        await probed(site, who, _hidden(seen, who), fell_back=True)
    async with site.tokens():
        assert await everybody(site) == seen, "it is asked again at once"


async def test_a_caller_whom_the_engine_forbids_it(site: Site) -> None:
    """Of whose roles it knows none (403) is answered without it; others by it."""
    security, theirs = site.space.admin.security, set(await _backend_roles(site, "practice"))
    async with site.tokens():
        seen = await everybody(site)
        mapped = await security.get_role_mappings()
        for name in [name for name, mapping in mapped.items() if theirs.intersection(mapping["backend_roles"])]:
            await security.delete_role_mapping(role=name)
        try:
            assert await site.seen("practice", fell_back=True) == seen["practice"]
            await probed(site, "practice", _hidden(seen, "practice"), fell_back=True)
            assert await site.seen("guest") == seen["guest"]
            await probed(site, "guest", _hidden(seen, "guest"), fell_back=False)
        finally:
            await site.push()
        assert await everybody(site) == seen


async def test_a_role_that_is_not_pushed_shows_less_and_never_more(site: Site) -> None:
    """Who has a role of prices besides, which shows no product by itself, is shown none."""
    async with site.tokens():
        seen = await everybody(site)
        await site.space.admin.security.delete_role_mapping(role=f"{site.settings.opensearch_prefix}+practice")
        try:
            assert await site.seen("practice") == {}
            assert await site.seen("vip") == seen["vip"]
        finally:
            await site.push()
        assert await site.seen("practice") == seen["practice"]


async def _backend_roles(site: Site, who: str) -> list[str]:
    """As their token names them."""
    async with site.tokens():
        with site.overheard() as heard:
            await site.seen(who)
    (claims,) = [claims for _, claims in heard if claims is not None]
    roles: list[str] = claims["roles"]
    return roles
