"""Asking the engine as whoever asks the shop: by a token that the engine takes, and that says no more than it needs."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from msgspec import structs
from opensearchpy.exceptions import AuthenticationException
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from identity.bearer_claims import Principal
from identity.identity import GUEST, Identity
from identity.keys import KeyFileError, KeyRing, OwnAlgorithm, SigningKey, generate
from identity.signing import OwnKeys, Signer
from resolvers.search_freshness import LastChanges, SearchIndex
from search.asking import Asking, NotAnsweredError
from search.indexes import Indexes
from search.on_behalf import AUDIENCE, OnBehalf
from search.queries import search_body
from search.request import Asker, ProductSearch
from search.security import Called
from tests.search.secured import SecuredShop, leaves, ten_profiles
from tests.search.shop import LANGS, IndexedShop, engine_of, small_shop
from tests.support.bff import serving
from tests.support.opensearch import OpenSearch, new_space

ISSUER = "https://shop.example"
CUSTOMER = Identity(subject="odoo:7", partner_id=41, pricelist_id=2, roles=("practice", "not a role"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def secured(opensearch: OpenSearch) -> AsyncIterator[SecuredShop]:
    async with new_space(opensearch) as space:
        engine = engine_of(opensearch)
        try:
            shop = await IndexedShop.of(small_shop(products=25, pricelists=3), Indexes(engine, space.name("shop")))
            await shop.builder.build()
            found = await SecuredShop.of(shop, space)
            await found.push(ten_profiles())
            yield found
        finally:
            await engine.close()


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


def signing(*keys: SigningKey, audience: str = AUDIENCE, clock: Clock | None = None) -> Signer:
    own = OwnKeys(lambda: KeyRing(keys))
    return Signer(own, issuer=ISSUER, audience=(audience,), seconds=60.0, clock=clock or Clock())


def key(algorithm: OwnAlgorithm = "RS256") -> SigningKey:
    return generate(algorithm, begins=0)


def jwks_of(signer: Signer) -> Starlette:
    async def jwks(_: Request) -> JSONResponse:
        return JSONResponse(signer.jwks())

    return Starlette(routes=[Route("/.well-known/jwks.json", jwks)])


async def test_the_engine_takes_them_and_shows_what_the_shop_does(secured: SecuredShop) -> None:
    definitions, ours = ten_profiles(), key()
    signer = signing(ours)
    behalf = OnBehalf(signer, definitions, secured.called())
    async with (
        serving(jwks_of(signer)) as port,
        secured.space.accepting_tokens(
            jwks_uri=f"http://127.0.0.1:{port}/.well-known/jwks.json",
            required_issuer=ISSUER,
            required_audience=AUDIENCE,
        ),
    ):
        admin = secured.shop.engine.client
        for identity, own in ((CUSTOMER, 2), (CUSTOMER, 1), (GUEST, 1), (structs.replace(CUSTOMER, roles=()), 2)):
            headers = dict(behalf.headers_for(identity.roles, own))
            # with the client of the shop: what it is sent along counts, not who the client is
            answer = await admin.search(index=secured.alias, body={"size": 1_000}, headers=headers)
            seen = {int(hit["_id"]) for hit in answer["hits"]["hits"]}
            assert seen == secured.shown(definitions, identity.roles, own).keys()
            assert 0 < len(seen) <= len(secured.documents)
        # a customer's own token is for the shop, and another issuer's for others
        for stranger in (
            signing(key()),
            signing(ours, audience="headless-odoo"),
        ):
            token = stranger.sign(Principal(subject="7", roles=(secured.called().role("backoffice"),)))
            with pytest.raises(AuthenticationException):
                await secured.space.bearer(token).search(index=secured.alias, body={})


async def test_the_shops_own_questions_are_answered_alike(secured: SecuredShop) -> None:
    """With all that they filter by besides: what a role's filter compares is shown to whoever has it."""
    definitions = ten_profiles()
    async with secured.accepting_tokens():
        for roles in (("guest",), ("practice", "breeder"), ("pharmacy", "sees-prices", "whose-prices"), ("shelter",)):
            policy = secured.policy(definitions, roles)
            asker = Asker(policy, secured.words, website_id=1, company_id=1, pricelist_id=2)
            for wanted in (ProductSearch(), ProductSearch(text="a"), ProductSearch(name="c")):
                body = search_body(asker, wanted, 100, pricelist_ids=secured.tables.pricelists)
                mine = await secured.having(definitions, roles, 2).search(index=secured.alias, body=body)
                shops = await secured.shop.engine.search(secured.alias, body)
                found = [{hit["_id"]: hit["_source"] for hit in one["hits"]["hits"]} for one in (mine, shops)]
                assert found[0] == found[1]


async def test_a_page_is_asked_as_whoever_asks(secured: SecuredShop) -> None:
    definitions, ours = ten_profiles(), signing(key())
    names = secured.shop.indexes.names
    asking = Asking(engine_of(secured.space.opensearch), names, seconds=20.0)
    everything: dict[str, Any] = {"query": {"match_all": {}}, "size": 1_000}
    changes = LastChanges()
    shop = SearchIndex(asking, changes, OnBehalf(ours, definitions, secured.called()))
    try:
        async with serving(jwks_of(ours)) as port:
            url = f"http://127.0.0.1:{port}/.well-known/jwks.json"
            async with secured.space.accepting_tokens(jwks_uri=url, required_audience=AUDIENCE):
                for roles in (["guest"], ["pharmacy", "breeder"]):
                    reply = await shop.asking_for(roles, 2).ask(LANGS[0], [everything])
                    seen = {int(hit["_id"]): leaves(hit["_source"]) for hit in reply.first["hits"]["hits"]}
                    assert seen == secured.shown(definitions, roles, 2, scope=True)
                    # which nobody but the shop may read
                    assert reply.observed_at == (await asking.ask(LANGS[0], [everything])).observed_at
                    assert reply.observed_at is not None
        with pytest.raises(NotAnsweredError) as caught:
            await asking.as_caller({"Authorization": "Bearer no.such.token"}).ask(LANGS[0], [everything])
        assert caught.value.outcome == "refused"
        assert not asking.is_away(LANGS[0]), "it answers others"
        unverifiable = SearchIndex(asking, changes, OnBehalf(signing(key("EdDSA")), definitions, secured.called()))
        with pytest.raises(NotAnsweredError, match="RS256"):
            unverifiable.asking_for(["guest"], 2)
        assert SearchIndex(asking, changes).asking_for(["guest"], 2) is asking
    finally:
        await asking.close()


def test_who_has_the_same_rights_has_the_same_headers() -> None:
    clock = Clock()
    behalf = OnBehalf(signing(key(), clock=clock), ten_profiles(), secured_called(), clock=clock)
    first = behalf.headers_for(CUSTOMER.roles, 2)
    other = structs.replace(CUSTOMER, subject="odoo:8", partner_id=42)
    assert behalf.headers_for(other.roles, 2) is first
    assert behalf.headers_for(CUSTOMER.roles, 3) != first
    assert behalf.headers_for(GUEST.roles, 2) != first
    assert "odoo" not in first["Authorization"]
    clock.now += 29
    assert behalf.headers_for(CUSTOMER.roles, 2) is first
    clock.now += 2  # half of its life: the other half is for slow questions and clocks that differ
    assert behalf.headers_for(CUSTOMER.roles, 2) != first


def test_a_key_that_the_engine_cannot_verify_is_refused() -> None:
    with pytest.raises(KeyFileError, match="RS256"):
        OnBehalf(signing(key("EdDSA")), ten_profiles(), secured_called()).headers_for(GUEST.roles, 1)


def secured_called() -> Called:
    return Called("shop", {})
