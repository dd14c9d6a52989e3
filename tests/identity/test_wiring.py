"""Who asks, over HTTP: sessions in cookies, from the request to what is answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from identity.identity import Identity
from resolvers import accounts_tries
from resolvers.context import RequestContext
from tests.identity.wired import LOGIN, MUTATION, OPERATOR, VIEWER, Shop, session_cookie, shop
from tests.support.valkey import Valkey
from tests.support.waiting import until

CACHED = "{ products(pageSize: 3) { products { id name } } }"
#: what is no id of a session
STRANGE = ["undefined", "", "null", "x", "é", "a" * 42, "a" * 44, "../" * 14 + "a", "a" * 5000, '"' + "a" * 41 + '"']


@pytest.fixture
async def wired() -> AsyncIterator[Shop]:
    async with shop() as found:
        yield found


class TestCookies:
    async def test_every_mutation_sets_one(self, wired: Shop) -> None:
        answer = await wired.query(MUTATION)
        assert answer.codes == {"FORBIDDEN"}
        cookie = session_cookie(answer)
        assert cookie is not None
        assert len(cookie.value) == 43
        assert (cookie["path"], cookie["samesite"], cookie["max-age"]) == ("/", "Lax", "1209600")
        assert cookie["httponly"]
        assert not cookie["domain"]
        assert not cookie["secure"]

    async def test_an_existing_session_goes_on(self, wired: Shop) -> None:
        first, second = [session_cookie(await wired.query(MUTATION)) for _ in range(2)]
        assert first is not None
        assert second is not None
        assert first.value == second.value
        assert second["max-age"] == "1209600"

    @pytest.mark.parametrize("method", ["GET", "POST"])
    @pytest.mark.parametrize("text", [CACHED, VIEWER])
    async def test_queries_set_none(self, wired: Shop, method: str, text: str) -> None:
        for _ in range(2):
            if method == "POST":
                answer = await wired.query(text)
            else:
                answer = await wired.send("GET", "/graphql", params={"query": text})
            assert answer.status == 200
            assert "set-cookie" not in answer.headers

    async def test_failed_mutations_set_one_too(self, wired: Shop) -> None:
        answer = await wired.query(LOGIN, {"email": "vet1@customer.example", "password": "wrong"})
        assert answer.errors
        assert session_cookie(answer) is not None
        assert (await wired.viewer())["isGuest"]

    @pytest.mark.parametrize(
        "settings", [{"public_url": "https://shop.example"}, {"cookie_secure": True}], ids=["by address", "by setting"]
    )
    async def test_by_tls_alone(self, settings: dict[str, Any]) -> None:
        async with shop(**settings) as wired:
            cookie = session_cookie(await wired.query(MUTATION))
            assert cookie is not None
            assert cookie["secure"]

    async def test_operators_have_none(self, wired: Shop) -> None:
        answer = await wired.query("mutation { invalidateCache { tags } }", authorization=f"Bearer {OPERATOR}")
        assert answer.data["invalidateCache"]["tags"]
        assert session_cookie(answer) is None


class TestGuests:
    @pytest.mark.parametrize("value", STRANGE)
    async def test_what_is_no_id_is_a_guest(self, wired: Shop, value: str) -> None:
        cookie = f"session_id={value}"
        assert (await wired.viewer(cookie=cookie))["isGuest"]
        ids = set()
        for _ in range(2):
            made = session_cookie(await wired.query(MUTATION, cookie=cookie))
            assert made is not None
            ids.add(made.value)
        assert len(ids) == 2, "two visitors share a session"
        assert value not in ids

    async def test_other_cookies_are_not_looked_at(self, wired: Shop) -> None:
        await wired.log_in()
        mine = wired.cookie
        assert not (await wired.viewer(cookie=f"lang=fr; session_id={mine}; theme=dark"))["isGuest"]
        assert (await wired.viewer(cookie=f"my_session_id={mine}"))["isGuest"]

    async def test_they_have_the_guests_roles(self, wired: Shop) -> None:
        assert await wired.roles() == ["guest"]
        await wired.query(MUTATION)
        assert wired.cookie
        assert await wired.roles() == ["guest"]


@pytest.mark.parametrize("version", ["10.0", "19.0"])
async def test_on_other_versions(version: str) -> None:
    async with shop(version=version) as wired:
        await wired.query(MUTATION)
        guest = wired.cookie
        await wired.log_in(1)
        assert (await wired.viewer())["email"] == "vet1@customer.example"
        assert "practice" in await wired.roles()
        mine = wired.cookie
        await wired.query("mutation { logout }")
        for old in (guest, mine):
            assert (await wired.viewer(cookie=f"session_id={old}"))["isGuest"]


class TestLogin:
    async def test_who_logs_in_is_seen(self, wired: Shop) -> None:
        await wired.log_in(1)
        viewer = await wired.viewer()
        assert viewer["email"] == "vet1@customer.example"
        assert "practice" in {role["name"] for role in viewer["roles"]}
        assert not viewer["staff"]

    async def test_the_id_is_another_one_and_the_cart_goes_along(self, wired: Shop) -> None:
        await wired.query(MUTATION)
        before, sessions = wired.cookie, wired.identification.sessions
        guest = await sessions.find(before)
        assert guest is not None
        await sessions.set_values(guest, {"cart": "c1"})
        answer = await wired.log_in(1)
        cookie = session_cookie(answer)
        assert cookie is not None
        assert cookie["max-age"] == "604800"
        assert wired.cookie != before
        assert await sessions.find(before) is None
        found = await sessions.find(wired.cookie)
        assert found is not None
        assert found.values["cart"] == "c1"

    async def test_the_next_customer_at_the_same_browser_does_not_inherit_the_cart(self, wired: Shop) -> None:
        await wired.log_in(1)
        before, sessions = wired.cookie, wired.identification.sessions
        first = await sessions.find(before)
        assert first is not None
        await sessions.set_values(first, {"cart": "c1"})
        await wired.log_in(2)
        second = await sessions.find(wired.cookie)
        assert second is not None
        assert second.identity.email == "vet2@customer.example"
        assert "cart" not in second.values
        assert await sessions.find(before) is None

    @pytest.mark.parametrize(
        "change",
        [
            'mutation { updatePassword(currentPassword: "Secret-1", newPassword: "Another-1!") { id } }',
            'mutation { login(email: "vet1@customer.example", password: "Secret-1") { user { id } } }',
        ],
        ids=["another password", "another login"],
    )
    async def test_who_stays_who_they_are_keeps_the_cart(self, wired: Shop, change: str) -> None:
        await wired.log_in(1)
        before, sessions = wired.cookie, wired.identification.sessions
        first = await sessions.find(before)
        assert first is not None
        await sessions.set_values(first, {"cart": "c1"})
        assert (await wired.query(change)).data
        assert wired.cookie != before
        assert await sessions.find(before) is None
        second = await sessions.find(wired.cookie)
        assert second is not None
        assert second.values["cart"] == "c1"

    async def test_an_id_chosen_by_an_attacker_never_becomes_a_session(self, wired: Shop) -> None:
        planted = "A" * 43
        wired.cookie = planted
        await wired.query(MUTATION)
        assert wired.cookie != planted
        wired.cookie = planted
        await wired.log_in(1)
        assert wired.cookie != planted
        assert (await wired.viewer(cookie=f"session_id={planted}"))["isGuest"]
        assert not (await wired.viewer())["isGuest"]

    async def test_a_guest_s_session_known_to_an_attacker_does_not_become_the_customer_s(self, wired: Shop) -> None:
        await wired.query(MUTATION)
        planted = wired.cookie
        assert (await wired.viewer(cookie=f"session_id={planted}"))["isGuest"]  # it is remembered from now on
        await wired.log_in(1)
        assert (await wired.viewer(cookie=f"session_id={planted}"))["isGuest"]

    async def test_a_session_replayed_after_logout_is_a_guest_s(self, wired: Shop) -> None:
        await wired.log_in(1)
        mine = wired.cookie
        assert not (await wired.viewer())["isGuest"]
        await wired.query("mutation { logout }")
        assert wired.cookie not in {None, mine}
        assert (await wired.viewer())["isGuest"]
        assert (await wired.viewer(cookie=f"session_id={mine}"))["isGuest"]

    async def test_what_is_kept_for_roles_is_told_to_those_alone(self, wired: Shop) -> None:
        prices = "{ products(pageSize: 50) { products { id price } } }"
        as_guest = (await wired.query(prices)).data
        assert (await wired.query(prices)).data == as_guest
        await wired.log_in(1)
        as_customer = (await wired.query(prices)).data
        assert as_customer != as_guest
        assert (await wired.query(prices, cookie="session_id=undefined")).data == as_guest


class TestActing:
    @pytest.fixture
    async def staff(self) -> AsyncIterator[Shop]:
        async with shop() as found:
            await found.log_in_staff()
            assert (await found.viewer())["staff"]
            yield found

    async def test_staff_see_what_the_customer_sees(self, staff: Shop) -> None:
        _, partner_id = staff.customer(1)
        before = staff.cookie
        await staff.query("mutation($id: Int!) { actFor(partnerId: $id) { name } }", {"id": partner_id})
        assert staff.cookie != before
        viewer = await staff.viewer()
        assert viewer["email"] == "vet1@customer.example"
        assert viewer["actedBy"] == {"name": "Sofie Wouters"}
        assert not viewer["staff"]
        assert (await staff.viewer(cookie=f"session_id={before}"))["isGuest"]
        cookie = session_cookie(await staff.query(MUTATION))
        assert cookie is not None
        assert cookie["max-age"] == "1800"

    async def test_what_staff_kept_while_they_acted_is_not_the_customer_s(self, staff: Shop) -> None:
        _, partner_id = staff.customer(1)
        await staff.query("mutation($id: Int!) { actFor(partnerId: $id) { name } }", {"id": partner_id})
        sessions = staff.identification.sessions
        acting = await sessions.find(staff.cookie)
        assert acting is not None
        await sessions.set_values(acting, {"cart": "c1"})
        await staff.log_in(1)
        found = await sessions.find(staff.cookie)
        assert found is not None
        assert found.identity.acted_by is None
        assert not found.values

    async def test_who_is_logged_out_at_the_issuer_acts_no_more(self, staff: Shop) -> None:
        signs, sessions = staff.identification.sign_ins, staff.identification.sessions
        member = await staff.identification.people.now(partner_id=staff.user("staff@vetwholesale.example")[1])
        assert member is not None
        begun = await sessions.begin(member, issuer="https://id", sid="s1", sub="sofie")
        context = RequestContext(
            staff.app.state.services, identity=member, session=begun.session, session_id=begun.session_id
        )
        assert (await signs.act_for(context, staff.customer(1)[1])).acted_by
        acting = context.session_id
        assert await sessions.find(acting) is not None
        assert await sessions.end_all_of_subject("https://id", "sofie") == 1
        assert await sessions.find(acting) is None

    async def test_nobody_else_may(self, wired: Shop) -> None:
        await wired.log_in(2)
        _, partner_id = wired.customer(1)
        text = "mutation($id: Int!) { actFor(partnerId: $id) { name } }"
        existing = await wired.query(text, {"id": partner_id})
        missing = await wired.query(text, {"id": 999_999})
        assert existing.codes == missing.codes == {"FORBIDDEN"}
        assert (await wired.viewer())["email"] == "vet2@customer.example"


class TestCost:
    """What it takes to know who asks, when it was known before."""

    @pytest.mark.parametrize("again", [False, True], ids=["found in Redis", "remembered"])
    async def test_a_session_costs_no_call_and_at_most_a_round_trip(self, valkey: Valkey, again: bool) -> None:
        async with shop(redis_url=valkey.url, redis_namespace=f"cost-{again}", local_cache_bytes=1 << 24) as wired:
            await wired.viewer(cookie=f"session_id={'n' * 43}")  # Redis knows the script by now
            await wired.log_in(1)
            callers, link = wired.identification.callers, wired.identification.link
            assert link is not None
            headers = {b"cookie": f"session_id={wired.cookie}".encode()}
            if again:
                await callers.of(headers)
                await self.until_listening(wired)
                await callers.of(headers)
            store = wired.app.state.store
            odoo, redis = wired.asked(), link.round_trips + store.round_trips
            caller = await callers.of(headers)
            taken = link.round_trips + store.round_trips - redis
            assert caller.identity.email == "vet1@customer.example"
            assert (wired.asked() - odoo, taken) == (0, 0 if again else 1)
            if again:
                assert callers.at_hand(headers) == caller.identity

    async def until_listening(self, wired: Shop) -> None:
        await until(lambda: wired.app.state.store.listening)

    async def test_guests_cost_nothing(self, wired: Shop) -> None:
        callers = wired.identification.callers
        for headers in ({}, {b"cookie": b"lang=fr"}, {b"cookie": b"session_id=undefined"}):
            assert callers.at_hand(headers) == Identity(roles=("guest",))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("mutation { resetPassword(email: %s) { id } }", "BAD_USER_INPUT"),
        ("mutation { changePassword(token: %s, newPassword: %s) { id } }", "ERP_REJECTED"),
        ("mutation { register(email: %s, name: %s, password: %s) { id } }", "EMAIL_TAKEN"),
    ],
    ids=["reset", "token", "register"],
)
async def test_requests_about_accounts_are_counted_in_all_processes(
    valkey: Valkey, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    monkeypatch.setattr(accounts_tries, "EVENED", 0.001)
    about = "nobody@customer.example" if told == "BAD_USER_INPUT" else "vet2@customer.example"
    given = json.dumps(about if "changePassword" not in text else "an-unknown-token")
    text = text.replace("%s", given)
    kept: dict[str, Any] = {
        "redis_url": valkey.url,
        "redis_namespace": f"requests-{told}",
        "local_cache_bytes": 1 << 24,
    }
    async with shop(**kept) as one, shop(double=one.odoo, **kept) as two:
        codes = [(await (one, two)[at % 2].query(text)).codes for at in range(7)]
        assert [code != {"TOO_MANY_TRIES"} for code in codes] == [True] * 5 + [False] * 2
        # of other requests nobody is kept by that
        for process in (one, two):
            await process.log_in(2)


async def test_without_redis_nobody_is_taken_for_another(own_valkey: Valkey) -> None:
    """While Redis is away, visitors are guests, and nothing is changed for those who may be somebody."""
    async with shop(redis_url=own_valkey.url, redis_namespace="away", local_cache_bytes=1 << 24) as wired:
        await wired.log_in(1)
        own_valkey.kill()
        await asyncio.sleep(3.5)  # what was found is remembered for a moment
        assert (await wired.viewer())["isGuest"]
        answer = await wired.query(MUTATION)
        assert (answer.status, answer.codes) == (503, {"IDENTITY_UNAVAILABLE"})
        stranger = await wired.query(MUTATION, cookie="session_id=undefined")
        assert stranger.codes == {"FORBIDDEN"}
        assert session_cookie(stranger) is None
