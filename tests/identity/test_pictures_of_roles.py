"""Pictures of products that not everybody sees: shown to who does, and kept by nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from server.picture_placeholder import PLACEHOLDER
from server.pictures import FOREVER, PRIVATELY, VARY
from server.role_commands import refresh_roles
from tests.identity.wired import OPERATOR, Shop, shop
from tests.support.bff import Answer, settings_for
from tests.support.issuer import OpenIdProvider, provider
from tests.support.valkey import Valkey

#: guests see neither 6 nor 2, customers not 2; whoever has the last role sees no pictures
ROLES = """
[roles.guest]
documents = 'published and not id in (6, 2)'
fields = ["Product.name", "Product.image*", "Product.mediaGallery"]

[roles.practice]
documents = 'published and not id = 2'
fields = ["Product.*"]
granted.signed_in = true

[roles.backoffice]
documents = "all"
fields = "all"
staff = true
granted.groups = ["sales_team.group_sale_salesman_all_leads"]
"""
UNPICTURED = ROLES.replace('"Product.*"', '"Product.name"').replace('fields = "all"', 'fields = ["Product.name"]')
#: the first two have pictures
OPEN, PRACTICES, STAFF, MISSING = 18, 6, 2, 999_999
ACT = "mutation($id: Int!) { actFor(partnerId: $id) { name } }"


@pytest.fixture
async def issuer() -> AsyncIterator[OpenIdProvider]:
    async with provider() as found:
        yield found


@pytest.fixture
async def wired(issuer: OpenIdProvider, tmp_path: Path) -> AsyncIterator[Shop]:
    file = tmp_path / "roles.toml"
    file.write_text(ROLES, encoding="utf-8")
    async with shop(issuers=[issuer.issuer()], roles_file=file, local_cache_bytes=1 << 24) as found:
        yield found


async def picture(wired: Shop, product_id: int, **headers: str) -> Answer:
    return await wired.get(f"/web/image/product/{product_id}/64x64", **headers)


async def statuses(wired: Shop, **headers: str) -> list[int]:
    """Of what guests, practices and staff see, and of what is not there."""
    return [(await picture(wired, one, **headers)).status for one in (OPEN, PRACTICES, STAFF, MISSING)]


def told(answer: Answer) -> Any:
    """All that can be told from an answer."""
    own = {"date", "x-request-id"}
    return answer.status, answer.raw, {k.lower(): v for k, v in answer.headers.items() if k.lower() not in own}


class TestWhoSeesThem:
    async def test_by_a_session(self, wired: Shop) -> None:
        assert await statuses(wired) == [200, 404, 404, 404]
        await wired.log_in(1)
        assert await statuses(wired) == [200, 200, 404, 404]
        await wired.query("mutation { logout }")
        assert await statuses(wired) == [200, 404, 404, 404]
        await wired.log_in_staff()
        assert await statuses(wired) == [200, 200, 200, 404]
        _, partner_id = wired.customer(1)
        await wired.query(ACT, {"id": partner_id})
        assert await statuses(wired) == [200, 200, 404, 404], "staff see what the customer sees"

    async def test_by_a_token(self, wired: Shop, issuer: OpenIdProvider) -> None:
        _, vet = wired.customer(1)
        _, staff = wired.user("staff@vetwholesale.example")
        for partner_id, expected in ((vet, 200), (staff, 200)):
            token = issuer.token(partner_id=partner_id)
            assert (await picture(wired, PRACTICES, authorization=f"Bearer {token}")).status == expected
        assert (await picture(wired, STAFF, authorization=f"Bearer {issuer.token(partner_id=vet)}")).status == 404
        assert await statuses(wired, authorization=f"Bearer {OPERATOR}") == [200, 404, 404, 404]

    async def test_by_the_shop_s_variants_and_galleries_too(self, wired: Shop) -> None:
        text = """query($ids: [Int!]) { products(filter: {ids: $ids}) { products {
                  image productVariants { image } mediaGallery { image } } } }"""
        guest = wired.cookie
        await wired.log_in(1)
        (product,) = (await wired.query(text, {"ids": [PRACTICES]})).data["products"]["products"]
        nodes = [product, *product["productVariants"], *(product["mediaGallery"] or ())]
        for node in nodes:
            path = f"{node['image']}/64x64"
            mine = await wired.get(path)
            assert (mine.status, mine.headers["Cache-Control"]) == (200, PRIVATELY)
            others = await wired.get(path, cookie=f"session_id={guest}")
            assert (others.status, others.raw) == (404, PLACEHOLDER)

    async def test_a_field_that_is_hidden_hides_the_picture(self, tmp_path: Path) -> None:
        file = tmp_path / "roles.toml"
        file.write_text(UNPICTURED, encoding="utf-8")
        async with shop(roles_file=file) as wired:
            await wired.log_in(1)
            # by guests' rights: what everybody may see, customers may
            assert await statuses(wired) == [200, 404, 404, 404]


class TestWhatIsTold:
    async def test_what_guests_see_is_for_everybody(self, wired: Shop) -> None:
        path = (await wired.query("query($id: Int) { product(id: $id) { image } }", {"id": OPEN})).data["product"]
        address = f"{path['image']}/64x64/x"
        as_guest = await wired.get(address)
        assert as_guest.headers["Cache-Control"] == FOREVER
        assert as_guest.headers["Vary"] == "Accept"
        await wired.log_in(1)
        assert told(await wired.get(address)) == told(as_guest)
        assert told(await wired.get(address, authorization="Bearer forged")) == told(as_guest)

    async def test_what_they_do_not_see_is_for_who_asks(self, wired: Shop) -> None:
        await wired.log_in(1)
        found = await picture(wired, PRACTICES)
        assert (found.headers["Cache-Control"], found.headers["Vary"]) == (PRIVATELY, VARY)
        assert PRIVATELY.startswith("private")
        assert "Cache-Tag" not in found.headers, "a CDN has no business with it"
        assert found.raw != PLACEHOLDER
        again = await picture(wired, PRACTICES, **{"If-None-Match": found.headers["ETag"]})
        assert (again.status, again.raw) == (304, b"")
        assert (again.headers["Cache-Control"], again.headers["Vary"]) == (PRIVATELY, VARY)

    async def test_what_is_hidden_is_as_what_is_missing(self, wired: Shop, issuer: OpenIdProvider) -> None:
        _, vet = wired.customer(1)
        ended = issuer.token(partner_id=vet, exp=1)
        for headers in (
            {},
            {"If-None-Match": "*"},
            {"authorization": f"Bearer {issuer.token(partner_id=vet)}"},
            {"authorization": f"Bearer {ended}"},
            {"cookie": "session_id=undefined"},
        ):
            hidden, missing = [await picture(wired, one, **headers) for one in (STAFF, MISSING)]
            assert told(hidden) == told(missing)
            assert hidden.status == (401 if ended in headers.get("authorization", "") else 404)
            assert hidden.headers["Vary"] == VARY
            assert hidden.raw == PLACEHOLDER

    async def test_a_token_that_is_not_taken_is_not_a_guest_s(self, wired: Shop) -> None:
        for token in ("forged", "a.b.c"):
            answer = await picture(wired, PRACTICES, authorization=f"Bearer {token}")
            assert (answer.status, answer.headers["Cache-Control"]) == (401, "no-store")
            assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


class TestCost:
    async def test_what_is_known_costs_no_call(self, wired: Shop) -> None:
        await wired.log_in(1)
        first = await picture(wired, PRACTICES)
        asked = wired.asked()
        for _ in range(3):
            assert (await picture(wired, PRACTICES)).raw == first.raw
            assert (await picture(wired, PRACTICES, **{"If-None-Match": first.headers["ETag"]})).status == 304
        assert wired.asked() == asked

    async def test_for_what_guests_see_nobody_asks_who_it_is(self, valkey: Valkey, tmp_path: Path) -> None:
        file = tmp_path / "roles.toml"
        file.write_text(ROLES, encoding="utf-8")
        settings: dict[str, Any] = {"redis_url": valkey.url, "redis_namespace": "pictures", "roles_file": file}
        async with shop(**settings, local_cache_bytes=1 << 24) as wired:
            await wired.log_in(1)
            await wired.viewer()  # Redis knows the script by now
            link = wired.identification.link
            assert link is not None
            wired.identification.sessions._memo.clear()
            before = link.round_trips
            assert (await picture(wired, OPEN)).status == 200
            assert link.round_trips == before
            assert (await picture(wired, PRACTICES)).status == 200
            assert link.round_trips == before + 1


async def test_who_loses_the_role_loses_the_picture(wired: Shop, valkey: Valkey, tmp_path: Path) -> None:
    file = tmp_path / "roles.toml"
    settings: dict[str, Any] = {"redis_url": valkey.url, "redis_namespace": f"lost-{tmp_path.name}"}
    async with shop(double=wired.odoo, roles_file=file, local_cache_bytes=1 << 24, **settings) as found:
        await found.log_in_staff()
        assert await statuses(found) == [200, 200, 200, 404]
        user_id, _ = found.user("staff@vetwholesale.example")
        group = found.double.db.table("res.groups").find("name", ["Portal"])
        found.double.write("res.users", [user_id], {"groups_id": [(6, 0, list(group))]})
        await refresh_roles(settings_for("http://127.0.0.1:1", **settings))
        assert await statuses(found) == [200, 200, 404, 404]
