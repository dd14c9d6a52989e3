"""What staff see behind the counter, and that nobody else does, by any way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import pytest_asyncio
from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument
from structlog.testing import capture_logs

from cart.model import Failure, Owner
from demo.double import Double, DoubleServer
from resolvers.schema import build_schema
from tests.cart.over_http import add, carts_shop, device, store_of, variant_ids
from tests.identity.wired import Shop, dataset
from tests.resolvers.order_desk import ordered
from tests.support.doubles import DoubleOf

CART = """
id state version name owner customerId customer { id name company } websiteId createdAt changedAt lineCount
lines { id variantId quantity product { id } options { name } note } codes reference note
sync { state version at order { id name stage } refused { kind } error { code message tries at final } }
"""
CUSTOMER = "id name reference email phone isCompany companyId company profiles pricelistId pricelist"
CUSTOMERS = f"""
query ($search: String, $page: Int, $size: Int) {{
  backoffice {{ customers(search: $search, currentPage: $page, pageSize: $size) {{
    totalCount customers {{ {CUSTOMER} }} }} }} }}
"""
ONE = f"""
query ($id: Int!, $from: String, $to: String) {{ backoffice {{ customer(id: $id) {{
  {CUSTOMER} carts {{ {CART} }}
  orders(pageSize: 100) {{ totalCount orders {{
    id name stage dateOrder partnerId amountTotal {{ amount currencyCode }} lineCount cartId }} }}
  stats(from: $from, to: $to) {{ orders }}
}} }} }}
"""
CARTS = f"""
query ($filter: BackofficeCartFilter, $first: Int, $after: String) {{
  backoffice {{ carts(filter: $filter, first: $first, after: $after) {{ endCursor carts {{ {CART} }} }} }} }}
"""
ONE_CART = f"query ($id: ID!) {{ backoffice {{ cart(id: $id) {{ {CART} }} }} }}"
OVERVIEW = """
{ backoffice { overview {
  carts { due waiting failed oldestDueAt oldestDueSeconds }
  odoo { connected answering version adapter transport problem }
  cache { shared listening problem } search { configured lagSeconds problem }
  feed { everySeconds askedAt lagSeconds } } } }
"""
RETRY = "mutation ($ids: [ID!]) { retryCartSync(cartIds: $ids) { retried skipped } }"
GIVE_UP = "mutation ($id: ID!) { giveUpCartSync(cartId: $id) { done cart { id sync { state } } } }"
ACT = "mutation ($id: Int!) { actFor(partnerId: $id) { name actedBy { name } } }"
SCHEMA: Any = build_schema()


async def staff(of: Shop) -> Shop:
    """The same shop, asked by a member of staff on another device."""
    found = device(of)
    await found.log_in_staff()
    return found


async def for_all(of: Shop) -> int:
    """A variant that guests may buy."""
    found = (await device(of).query("{ products { products { firstVariant { id } } } }")).data["products"]["products"]
    return int(found[0]["firstVariant"]["id"])


async def fail(of: Shop, cart_id: str) -> None:
    """As if Odoo had refused it too often."""
    store, token = store_of(of), uuid4().hex
    assert await store.take(cart_id, token, 30.0, only_due=False) is not None
    failure = Failure(code="ERP_REJECTED", message="It is not for sale.", tries=8, at=1_764_000_000.0, dead=True)
    assert await store.failed(cart_id, token, failure, 0.0)


# -- who may --------------------------------------------------------------------------------------------------------


def _ways() -> Iterator[tuple[str, str, str]]:
    """(way, the field that is asked, document) of every field of `Backoffice`, written in every way."""
    for name, field in SCHEMA.type_map["Backoffice"].fields.items():
        arguments = {"customer": "(id: 11)", "cart": '(id: "x")'}.get(name, "")
        below = "{ __typename }" if isinstance(get_named_type(field.type), GraphQLObjectType) else ""
        selected = f"{name}{arguments} {below}"
        yield "plain", name, f"{{ backoffice {{ {selected} }} }}"
        yield "alias", name, f"{{ viewer: backoffice {{ cart: {selected} }} }}"
        yield (
            "fragment",
            name,
            f"{{ ...Q }} fragment Q on Query {{ backoffice {{ ...B }} }} fragment B on Backoffice {{ {selected} }}",
        )
        yield "inline", name, f"{{ ... on Query {{ backoffice {{ ... on Backoffice {{ {selected} }} }} }} }}"
        yield "beside", name, f"{{ viewer {{ isGuest }} backoffice {{ {selected} }} }}"


MUTATIONS = (
    ("retryCartSync", "mutation { retryCartSync { retried } }"),
    ("retryCartSync", 'mutation { retryCartSync(cartIds: ["x"]) { skipped } }'),
    ("giveUpCartSync", 'mutation { giveUpCartSync(cartId: "x") { done } }'),
    ("giveUpCartSync", 'mutation { ...M } fragment M on Mutation { viewer: giveUpCartSync(cartId: "x") { done } }'),
)


async def test_nobody_but_staff(one_shop: Shop) -> None:
    guest, customer, acting = device(one_shop), device(one_shop), device(one_shop)
    await customer.log_in(2)
    await acting.log_in_staff()
    _, partner_id = one_shop.customer(2)
    assert (await acting.query(ACT, {"id": partner_id})).data["actFor"]["actedBy"]
    for name, who in (("guest", guest), ("customer", customer), ("staff for a customer", acting)):
        for way, field, text in _ways():
            answer = await who.query(text)
            assert answer.codes == {"FORBIDDEN"}, f"{name}, {way}: {field}"
            assert not (answer.body.get("data") or {}).get("backoffice"), f"{name}, {way}: {field}"
        for field, text in MUTATIONS:
            assert (await who.query(text)).codes == {"FORBIDDEN"}, f"{name}: {field}"


async def test_without_a_role_file_nobody(odoo: DoubleOf) -> None:
    async with carts_shop(odoo("14.0")) as found:
        await found.log_in_staff()
        for _, _, text in _ways():
            assert (await found.query(text)).codes == {"FORBIDDEN"}


def test_only_the_root_leads_there() -> None:
    """There is one way to each type behind the counter, and the guard stands at its beginning."""
    private = {name for name in SCHEMA.type_map if name.startswith("Backoffice")}
    guarded = {("Query", "backoffice"), ("Mutation", "giveUpCartSync"), ("Mutation", "retryCartSync")}
    payloads = {"GiveUpCartSyncPayload", "RetryCartSyncPayload"}
    ways = {
        (owner, name)
        for owner, type_ in SCHEMA.type_map.items()
        if isinstance(type_, GraphQLObjectType) and owner not in private | payloads
        for name, field in type_.fields.items()
        if get_named_type(field.type).name in private | payloads
    }
    assert ways == guarded
    assert not SCHEMA.query_type.fields["backoffice"].args
    for name in private:
        for interface in getattr(SCHEMA.type_map[name], "interfaces", ()):
            raise AssertionError(f"{name} is reached as {interface}")


async def test_nothing_of_it_is_kept(one_shop: Shop) -> None:
    office = await staff(one_shop)
    for text in (CUSTOMERS, CARTS, OVERVIEW):
        assert "fwd=bypass" in (await office.query(text)).headers["cache-status"]


async def test_who_asked_for_what_is_logged(one_shop: Shop) -> None:
    office = await staff(one_shop)
    _, partner_id = one_shop.customer(2)
    with capture_logs() as logs:
        await office.query(ONE, {"id": partner_id})
        await office.query(CUSTOMERS, {"search": "vet2@customer.example"})
        await office.query(RETRY, {"ids": ["none"]})
    told = [line for line in logs if line["event"] == "backoffice.asked"]
    assert [line["what"] for line in told] == ["customer", "customers", "retryCartSync"]
    assert (told[0]["customer"], told[1]["search"]) == (partner_id, "vet2@customer.example")
    assert all(line["who"].startswith("odoo:") and line["staff"] for line in told)


# -- customers --------------------------------------------------------------------------------------------------------


async def test_customers_are_found_by_what_people_know_of_them(shop: Shop) -> None:
    office = await staff(shop)
    everybody = (await office.query(CUSTOMERS, {"size": 100})).data["backoffice"]["customers"]
    assert everybody["totalCount"] >= 10
    _, partner_id = shop.customer(2)
    row = shop.double.db.table("res.partner").get(partner_id)
    assert row is not None
    company = shop.double.db.table("res.partner").get(row["commercial_partner_id"])
    assert company is not None
    searches = ["vet2@customer.example", row["name"], row["name"].split()[0].upper()]
    for search in filter(None, [*searches, row.get("ref"), row.get("phone")]):
        found = (await office.query(CUSTOMERS, {"search": search, "size": 100})).data["backoffice"]["customers"]
        assert partner_id in {one["id"] for one in found["customers"]}, search
    (one,) = [one for one in everybody["customers"] if one["id"] == partner_id]
    assert (one["name"], one["email"], one["company"]) == (row["name"], row["email"], company["name"])
    assert one["companyId"] == company["id"]
    names = {tag["id"]: tag["name"] for tag in _rows(shop, "res.partner.category")}
    assert {names[tag] for tag in [*row.get("category_id", ()), *company.get("category_id", ())]} <= set(
        one["profiles"]
    )
    assert one["pricelist"]
    nobody = (await office.query(CUSTOMERS, {"search": "nobody is called so"})).data["backoffice"]["customers"]
    assert nobody == {"totalCount": 0, "customers": []}


async def test_customers_come_in_pages(shop: Shop) -> None:
    office = await staff(shop)
    everybody = (await office.query(CUSTOMERS, {"size": 100})).data["backoffice"]["customers"]["customers"]
    paged = [
        (await office.query(CUSTOMERS, {"size": 3, "page": page})).data["backoffice"]["customers"]["customers"]
        for page in (1, 2)
    ]
    assert [one["id"] for page in paged for one in page] == [one["id"] for one in everybody[:6]]
    before = shop.asked()
    await office.query(CUSTOMERS, {"size": 3})
    few = shop.asked() - before
    await office.query(CUSTOMERS, {"size": 100})
    assert shop.asked() - before - few == few <= 6


async def test_addresses_are_no_customers(shop: Shop) -> None:
    office = await staff(shop)
    address = next(row for row in _rows(shop, "res.partner") if row.get("type") == "delivery")
    assert (await office.query(ONE, {"id": address["id"]})).codes == {"NOT_FOUND"}
    for wrong in (0, -1, 2**31 - 1):
        assert (await office.query(ONE, {"id": wrong})).codes == {"NOT_FOUND"}


async def test_a_customer_with_carts_and_orders(shop: Shop) -> None:
    buyer = device(shop)
    await buyer.log_in(3)
    receipt = await ordered(buyer, 1)
    (variant,) = await variant_ids(buyer, 1)
    cart = await add(buyer, (variant, 4))
    office = await staff(shop)
    _, partner_id = shop.customer(3)
    variables = {"id": partner_id, "from": "2020-01-01", "to": "2029-01-01"}
    found = (await office.query(ONE, variables)).data["backoffice"]["customer"]
    assert receipt["id"] in {order["id"] for order in found["orders"]["orders"]}
    assert found["orders"]["totalCount"] == len(found["orders"]["orders"]) == found["stats"]["orders"]
    (told,) = [one for one in found["carts"] if one["id"] == cart["id"]]
    assert (told["owner"], told["customerId"], told["customer"]["id"]) == ("CUSTOMER", partner_id, partner_id)
    assert [(line["variantId"], line["quantity"]) for line in told["lines"]] == [(variant, "4")]
    assert (told["state"], told["sync"]["state"], told["version"]) == ("OPEN", "PENDING", cart["version"])
    whole = (await office.query(ONE, {**variables, "id": found["companyId"]})).data["backoffice"]["customer"]
    assert cart["id"] in {one["id"] for one in whole["carts"]}


def _rows(shop: Shop, model: str) -> list[dict[str, Any]]:
    table = shop.double.db.table(model)
    return [dict(row) for one in table.ids() if (row := table.get(one)) is not None]


# -- carts ------------------------------------------------------------------------------------------------------------


async def test_carts_by_how_far_odoo_knows_them(one_shop: Shop) -> None:
    guest, buyer = device(one_shop), device(one_shop)
    await buyer.log_in(3)
    variant = await for_all(guest)
    guests, buyers = await add(guest, (variant, 1)), await add(buyer, (variant, 2))
    office = await staff(one_shop)

    async def ids(state: str | None = None) -> set[str]:
        found = (await office.query(CARTS, {"filter": {"syncState": state}})).data["backoffice"]["carts"]
        return {one["id"] for one in found["carts"]}

    assert await ids() == await ids("PENDING") == {guests["id"], buyers["id"]}
    assert await ids("SYNCED") == await ids("FAILED") == set()
    await fail(one_shop, buyers["id"])
    assert (await ids("FAILED"), await ids("PENDING")) == ({buyers["id"]}, {guests["id"]})
    failures = (await office.query(f"{{ backoffice {{ cartSyncFailures {{ carts {{ {CART} }} }} }} }}")).data
    (one,) = failures["backoffice"]["cartSyncFailures"]["carts"]
    assert one["sync"]["error"]["message"] == "It is not for sale."
    assert (one["sync"]["error"]["final"], one["sync"]["state"]) == (True, "FAILED")
    told = (await office.query(ONE_CART, {"id": guests["id"]})).data["backoffice"]["cart"]
    assert (told["owner"], told["customerId"], told["customer"]) == ("GUEST", None, None)
    assert (await office.query(ONE_CART, {"id": "no cart"})).codes == {"NOT_FOUND"}


async def test_carts_come_in_pages(one_shop: Shop) -> None:
    variant = await for_all(one_shop)
    made = set()
    for _ in range(5):
        made.add((await add(device(one_shop), (variant, 1)))["id"])
    office = await staff(one_shop)
    found: list[str] = []
    after = None
    for _ in range(100):
        page = (await office.query(CARTS, {"first": 2, "after": after})).data["backoffice"]["carts"]
        found += [one["id"] for one in page["carts"]]
        after = page["endCursor"]
        if after is None:
            break
    assert len(found) == len(set(found))
    assert set(found) == made
    for wrong in ({"first": 0}, {"first": 101}, {"after": "1"}, {"after": "x" * 300}):
        assert (await office.query(CARTS, wrong)).codes == {"BAD_USER_INPUT"}


async def test_failures_are_tried_again_or_given_up(one_shop: Shop) -> None:
    buyer = device(one_shop)
    await buyer.log_in(3)
    (variant,) = await variant_ids(buyer, 1)
    cart = await add(buyer, (variant, 2))
    office, store = await staff(one_shop), store_of(one_shop)
    await fail(one_shop, cart["id"])
    done = (await office.query(RETRY, {"ids": [cart["id"], "none"]})).data["retryCartSync"]
    assert done == {"retried": [cart["id"]], "skipped": ["none"]}
    assert (await store.counts()).dead == 0
    await fail(one_shop, cart["id"])
    assert (await office.query(RETRY)).data["retryCartSync"]["retried"] == [cart["id"]]
    assert not (await office.query(GIVE_UP, {"id": cart["id"]})).data["giveUpCartSync"]["done"]
    await fail(one_shop, cart["id"])
    given = (await office.query(GIVE_UP, {"id": cart["id"]})).data["giveUpCartSync"]
    assert given == {"done": True, "cart": {"id": cart["id"], "sync": {"state": "FAILED"}}}
    assert (await store.counts()).dead == 0
    again = await add(buyer, (variant, 1))
    assert again["sync"]["state"] == "PENDING"


async def test_an_accepted_order_is_not_given_up(one_shop: Shop) -> None:
    variant = await for_all(one_shop)
    cart = await add(device(one_shop), (variant, 1))
    store, token = store_of(one_shop), uuid4().hex
    await store.begin_placing(cart["id"], token, lease_seconds=30.0)
    await store.finish_placing(cart["id"], token, b"\x80", state="requested")
    await fail(one_shop, cart["id"])
    office = await staff(one_shop)
    assert (await office.query(GIVE_UP, {"id": cart["id"]})).codes == {"BAD_USER_INPUT"}
    assert (await store.counts()).dead == 1


# -- companies --------------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture
async def two_companies() -> AsyncIterator[Shop]:
    """A second company with a website, a customer and carts of its own, and staff of the first alone."""
    double = Double(dataset())
    tables = double.db
    company = dict(_row(tables.table("res.company").get(1)), id=2, name="Second")
    tables.table("res.company").put(company)
    website = dict(_row(tables.table("website").get(1)), id=2, name="Second", domain="second.example", company_id=2)
    tables.table("website").put(website)
    with DoubleServer(double) as server:
        from tests.identity.wired import ROLES

        async with carts_shop(server, roles_file=ROLES) as found:
            yield found


def _row(row: Any) -> Any:
    assert row is not None
    return row


async def test_another_companys_customers_and_carts_are_not_there(two_companies: Shop) -> None:
    shop = two_companies
    office, store = await staff(shop), store_of(shop)
    _, partner_id = shop.customer(4)
    adapter = await shop.app.state.services.adapter()
    elsewhere = await store.create(Owner(kind="customer", key=str(partner_id), website_id=2))
    here = await store.create(Owner(kind="customer", key=str(partner_id), website_id=1))
    found = (await office.query(CARTS, {"first": 100})).data["backoffice"]["carts"]["carts"]
    assert {one["id"] for one in found} == {here.id}
    assert (await office.query(ONE_CART, {"id": elsewhere.id})).codes == {"NOT_FOUND"}
    await fail(shop, elsewhere.id)
    assert (await office.query(RETRY, {"ids": [elsewhere.id]})).data["retryCartSync"]["skipped"] == [elsewhere.id]
    assert (await office.query(RETRY)).data["retryCartSync"] == {"retried": [], "skipped": []}
    assert (await office.query(GIVE_UP, {"id": elsewhere.id})).codes == {"NOT_FOUND"}
    told = (await office.query(ONE, {"id": partner_id})).data["backoffice"]["customer"]
    assert {one["id"] for one in told["carts"]} == {here.id}
    await adapter.transport.call("res.partner", "write", [partner_id], {"vals": {"company_id": 2}})
    assert (await office.query(ONE, {"id": partner_id})).codes == {"NOT_FOUND"}
    everybody = (await office.query(CUSTOMERS, {"size": 100})).data["backoffice"]["customers"]["customers"]
    assert partner_id not in {one["id"] for one in everybody}
    # on the website of a company that they do not work for
    answer = await office.query(CUSTOMERS, {}, host="second.example")
    assert answer.codes == {"FORBIDDEN"}


# -- how it stands ----------------------------------------------------------------------------------------------------


async def test_how_it_stands(one_shop: Shop) -> None:
    office = await staff(one_shop)
    variant = await for_all(one_shop)
    cart = await add(device(one_shop), (variant, 1))
    await fail(one_shop, cart["id"])
    found = (await office.query(OVERVIEW)).data["backoffice"]["overview"]
    assert found["carts"]["failed"] == 1
    assert found["odoo"] == {
        "connected": True, "answering": True, "version": "14.0", "adapter": "14.0", "transport": "jsonrpc",
        "problem": None,
    }  # fmt: skip
    assert found["cache"] == {"shared": False, "listening": True, "problem": None}
    assert found["search"] == {"configured": False, "lagSeconds": None, "problem": None}
    assert found["feed"]["everySeconds"] is None


async def test_an_odoo_that_does_not_answer_is_told_as_such(one_shop: Shop) -> None:
    office = await staff(one_shop)
    await office.query(OVERVIEW)
    breaker = (await one_shop.app.state.services.adapter()).transport
    breaker._open_until = breaker._clock() + 60.0
    try:
        found = (await office.query(OVERVIEW)).data["backoffice"]["overview"]
    finally:
        breaker._open_until = None
    assert (found["odoo"]["connected"], found["odoo"]["answering"]) == (True, False)
    assert found["odoo"]["problem"]


def test_every_field_is_asked_by_a_test() -> None:
    """A new field behind the counter is thought of here."""
    texts = f"{CUSTOMERS} {ONE} {CARTS} {ONE_CART} {OVERVIEW} cartSyncFailures"
    for name, type_ in SCHEMA.type_map.items():
        if name.startswith("Backoffice") and isinstance(type_, GraphQLObjectType):
            for field, definition in type_.fields.items():
                if is_leaf_type(get_named_type(definition.type)) and not any(
                    map(is_required_argument, definition.args.values())
                ):
                    assert field in texts or field.startswith("amount") or field == "clientOrderRef", f"{name}.{field}"
