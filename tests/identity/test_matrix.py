"""Every role, every way to a product, a field or a price, and every way to ask: nothing is told that is to be hidden.

What there is to ask is drawn from the schema; what has to be answered is worked out from the shop's rows and from what
the same shop answers without roles. A field, an argument or an input that nobody thought of fails the first tests.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    get_named_type,
)

from cache.policy import Policies, Scope
from resolvers.schema import build_schema
from tests.identity.matrix_oracle import ELSEWHERE, PRODUCT, SAME, Oracle, Rights
from tests.identity.matrix_shop import Persona, Shops, shops
from tests.identity.matrix_trees import HIDDEN, WAYS, Expecting, Tree, document, pruned, tree_of

pytestmark = pytest.mark.timeout(900)  # thousands of requests

SCHEMA = build_schema()
QUERY: Any = SCHEMA.query_type
#: root fields that lead to products
ENTRIES = ("product", "products", "productVariant", "productConnection", "searchSuggestions")
#: types that tell the same to everybody, whatever products they see
COMMON = {
    "Attribute", "AttributeValue", "Categories", "Category", "CategoryFilterInput", "CategoryList", "CategorySortInput",
    "Company", "Countries", "Country",
    "CountryFilterInput", "CountryList", "CountrySortInput", "Currency", "Homepage", "HomepageList", "Language",
    "Money",
    "PageInfo", "ProductImage", "ProductTag", "Ribbon", "State", "Website",
    "WebsitePage", "WebsitePageFilterInput", "WebsitePageList", "WebsitePageSortInput", "WebsitePages",
    # for whom content is, and which products its blocks show, is tested at home
    "ContentBanner", "ContentBlock", "ContentImage", "ContentLink", "ContentMenu", "ContentMenuItem", "ContentPage",
    "ContentPageList", "ContentSeo", "ContentTranslation",
    # of a product it is asked of the product: "Product.hreflang"
    "HreflangLink",
    # that names of hidden products are in none is tested at home
    "Redirect", "RedirectList",
}  # fmt: skip
#: types that tell of whoever asks, and of nobody else; and what mutations take and answer
PERSONAL = {
    "LoginOutput", "Mutation", "Partner", "Pricelist", "Query", "UpdateMyAccountParams", "User", "Viewer",
    "AccessToken", "Actor", "CacheInvalidation", "ViewerCompany", "ViewerRole", "VisibleFields",
    "ContactUsParams", "ContactusAttachmentInput", "Lead", "NewsletterSubscribe",
    "WishlistData", "WishlistItem", "WishlistItems",
    # carts, addresses, orders, invoices: that they are their owner's alone is tested at home
    "AddAddressInput", "AddressFilterInput", "AdyenPaymentDetailsResult", "AdyenPaymentMethodsResult",
    "AdyenPaymentsResult", "AdyenProviderInfoResult", "AdyenTransactionResult", "ApplyCouponList", "ApplyCoupons",
    "ApplyGiftCardList", "ApplyGiftCards", "Cart", "CartData", "CartDifference", "CartLine", "CartLineInput",
    "CartLineOption", "CartNotice", "CartOptionInput", "CartRefusal", "CartSync", "CartSyncPayload", "CartTax",
    "CartTotals",
    "CartTransactionInput", "CartTransactionResult", "Coupon", "DeleteAddress", "DeleteAddressInput", "GiftCard",
    "Invoice", "InvoiceLine", "InvoiceList", "InvoiceSortInput", "Invoices", "MakeGiftCardPayment", "Order",
    "OrderChange", "OrderFilterInput", "OrderLine", "OrderList", "OrderReceipt", "OrderRequest", "OrderSortInput",
    "Orders", "Payment", "PaymentMethod", "PaymentProvider", "PaymentTerm", "PaymentTransaction", "PlaceOrderInput",
    "PlaceOrderPayload", "ProductInput", "QuickOrderLineInput", "QuickOrderPayload", "QuickOrderResult",
    "ReorderPayload", "ReorderResult", "SelectAddressInput", "ShippingMethod", "StripeGetInlineFormValuesResult",
    "StripeTransactionResult", "UpdateAddressInput",
    # what one follows is theirs alone; promotions are those of the own pricelist, with what is shown of their products
    "CustomerSubscription", "Promotion", "SubscribeInput",
    # purchases of whoever asks; what is behind the counter is for staff alone: both tested at home
    "PurchaseAmount", "PurchasePeriod", "PurchaseStats", "PurchasedCategory", "PurchasedProduct", "PurchasedProducts",
    "Backoffice", "BackofficeCache", "BackofficeCart", "BackofficeCartFilter", "BackofficeCartLine",
    "BackofficeCartQueue", "BackofficeCartSync", "BackofficeCartSyncError", "BackofficeCarts", "BackofficeCustomer",
    "BackofficeCustomers", "BackofficeFeed", "BackofficeOdoo", "BackofficeOrder", "BackofficeOrders",
    "BackofficeOverview", "BackofficeSearch", "GiveUpCartSyncPayload", "RetryCartSyncPayload",
}  # fmt: skip


def _leading_to_products() -> set[str]:
    """Types with fields, reached from the root fields that lead to products."""
    waiting: list[Any] = [get_named_type(QUERY.fields[name].type) for name in ENTRIES]
    waiting += [get_named_type(arg.type) for name in ENTRIES for arg in QUERY.fields[name].args.values()]
    found: set[str] = set()
    while waiting:
        type_ = waiting.pop()
        if type_.name not in found and hasattr(type_, "fields"):
            found.add(type_.name)
            waiting += [get_named_type(of.type) for of in type_.fields.values()]
    return found


class TestEverythingIsThoughtOf:
    def test_every_field_of_what_leads_to_products(self) -> None:
        known = {f"Product.{name}" for name in PRODUCT} | ELSEWHERE.keys()
        classified = {SAME.get(place.partition(".")[0], place.partition(".")[0]) for place in known}
        for name in _leading_to_products() - COMMON:
            of: Any = SCHEMA.type_map[name]
            same = SAME.get(name, name)
            assert same in classified, f"what does {name} tell of products?"
            unknown = {f"{same}.{field}" for field in of.fields} - known
            assert not unknown, f"what do they tell of products? Say so in the matrix: {sorted(unknown)}"

    def test_every_argument_of_what_leads_to_products(self) -> None:
        harmless = {"language", "currentPage", "pageSize", "first", "last", "after", "before", "id", "slug",
                    "filter", "sort", "productTemplateId", "orSimilar"}  # fmt: skip
        for name in ENTRIES:
            for argument in QUERY.fields[name].args:
                assert argument in harmless or f"Query.{name}.{argument}" in ELSEWHERE, f"{name}({argument}:)"

    def test_every_type(self) -> None:
        reached = _leading_to_products() | SAME.keys()
        for name, type_ in SCHEMA.type_map.items():
            if name.startswith("__") or isinstance(type_, GraphQLScalarType | GraphQLEnumType):
                continue
            assert name in reached | COMMON | PERSONAL, f"who may see what of {name}?"

    def test_what_is_kept_for_everybody_holds_no_product(self) -> None:
        policies = Policies(SCHEMA)
        for name, field in QUERY.fields.items():
            declared = policies._of_field.get(("Query", name))
            if declared is None or declared.scope is not Scope.PUBLIC:
                continue
            waiting, found = [get_named_type(field.type)], set()
            while waiting:
                type_ = waiting.pop()
                if type_.name not in found and isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
                    found.add(type_.name)
                    waiting += [get_named_type(of.type) for of in type_.fields.values()]
            assert not found - COMMON, name

    def test_object_types_reveal_what_their_interfaces_say(self) -> None:
        for type_ in SCHEMA.type_map.values():
            if isinstance(type_, GraphQLObjectType):
                for interface in type_.interfaces:
                    for name, field in interface.fields.items():
                        assert _directives(field) == _directives(type_.fields[name]), f"{type_.name}.{name}"


def _directives(definition: Any) -> set[str]:
    from graphql import print_ast

    return {print_ast(one) for one in definition.ast_node.directives or ()}


class Matrix:
    """Asks both applications the same, and counts what was compared."""

    def __init__(self, world: Shops) -> None:
        self.world = world
        self.oracle = Oracle(world)
        self.cells = 0
        self.leaks: list[str] = []
        self._truth: dict[Any, dict[str, Any]] = {}

    def expecting(self, persona: Persona) -> Expecting:
        return Expecting(self.oracle.rights(persona), self.oracle.visible(persona), self.oracle.owner)

    async def truth(self, text: str, variables: Any, persona: Persona) -> dict[str, Any]:
        """What is answered without roles: to whoever has the same pricelist the same."""
        key = text, json.dumps(variables), persona.pricelist_id
        if key not in self._truth:
            self._truth[key] = await self.world.all.ask(text, variables, persona)
        return self._truth[key]

    def told(self, text: str, ok: bool) -> None:
        self.cells += 1
        if not ok:
            self.leaks.append(text)

    async def selection(
        self, persona: Persona, entry: str, tree: Tree, way: str, *, get: bool = False, persisted: bool = False
    ) -> None:
        """One document that selects the tree: its answer is the one without roles, but for what is hidden."""
        expecting = self.expecting(persona)
        text, variables, aliases = document(way, entry, tree)
        plain, _, _ = document("plain", entry, tree)
        truth = await self.truth(plain, {}, persona)
        if persisted:
            sha = hashlib.sha256(text.encode()).hexdigest()
            await self.world.roles.ask(text, variables, persona, sha=sha)
            answer = await self.world.roles.ask(None, variables, persona, sha=sha, get=get)
        else:
            answer = await self.world.roles.ask(text, variables, persona, get=get)
        where = f"{persona} {way}{' get' * get}{' persisted' * persisted} {entry}"
        if truth.get("data") is None:
            self.told(f"{where}: {answer} instead of {truth}", _told(answer) == _told(truth))
            return
        assert "errors" not in truth, truth
        name = entry.partition("(")[0]
        expected = expecting.of(tree, truth["data"][name], variants=False)
        if expected is HIDDEN:
            expected = None
        if answer.get("data") is None or "errors" in answer:
            self.leaks.append(f"{where}: {answer.get('errors')}")
            return
        found = answer["data"]["mine" if way == "alias" else name]
        self.leaks += expecting.compare(tree, found, expected, aliases, where)
        self.cells += expecting.cells

    def done(self) -> int:
        assert not self.leaks, f"{len(self.leaks)} of {self.cells}: " + "\n".join(self.leaks[:20])
        return self.cells


def _told(answer: Mapping[str, Any]) -> Any:
    return [(error["message"], error["extensions"]["code"]) for error in answer.get("errors", [])]


def _allowed(tree: Tree, rights: Rights) -> Tree:
    """Without what using is refused."""
    return pruned(tree, lambda one: not one.required or rights.shows(one.place))


def _tree(name: str, *, depth: int = 3, products: int = 1) -> Tree:
    return tree_of(SCHEMA, "Query", name, QUERY.fields[name], depth=depth, products=products)


def _some(oracle: Oracle, persona: Persona) -> list[int]:
    """A product that they see, and one that they do not, where there are."""
    visible = oracle.visible(persona)
    ids = [row["id"] for row in oracle.sold]
    return [*[one for one in ids if one in visible][:1], *[one for one in ids if one not in visible][:1]]


async def _of_one_product(matrix: Matrix, persona: Persona, ways: Mapping[str, Any]) -> None:
    """By id, slug and variant; each field of it, and of the products that it points to."""
    world, oracle = matrix.world, matrix.oracle
    rights = oracle.rights(persona)
    full, flat = _allowed(_tree("product"), rights), _allowed(_tree("product", depth=2, products=0), rights)
    for id_ in [row["id"] for row in oracle.sold]:
        await matrix.selection(persona, f"product(id: {id_})", flat, "plain")
    variant = pruned(_allowed(_tree("productVariant", depth=2, products=0), rights), lambda _: True)
    for id_ in _some(oracle, persona):
        for way in ways:
            await matrix.selection(persona, f"product(id: {id_})", full, way)
        await matrix.selection(persona, f"product(id: {id_})", full, "fragment", get=True)
        await matrix.selection(persona, f"product(id: {id_})", flat, "plain", persisted=True)
        await matrix.selection(persona, f"product(id: {id_})", flat, "inline", persisted=True, get=True)
        await matrix.selection(persona, f'product(slug: "/product/x-{id_}")', full, "alias")
        if rights.shows("Query.product.barcode"):
            row = next(row for row in oracle.sold if row["id"] == id_)
            for code in list(oracle.codes(row, "barcode"))[:1]:
                await matrix.selection(persona, f'product(barcode: "{code}")', flat, "plain")
        await _of_a_variant(matrix, persona, variant, id_)
    missing = await world.roles.ask("{ product(id: 999999) { id } }", {}, persona)
    hidden = [row["id"] for row in oracle.sold if row["id"] not in oracle.visible(persona)]
    for id_ in hidden:
        for text in (f"product(id: {id_})", f'product(slug: "/product/anything-{id_}")'):
            answer = await world.roles.ask(f"{{ {text} {{ id }} }}", {}, persona)
            matrix.told(f"{persona} {text}: {answer}", answer == missing)


async def _of_a_variant(matrix: Matrix, persona: Persona, tree: Tree, id_: int) -> None:
    if id_ in matrix.oracle.visible(persona):
        for way in WAYS:
            await matrix.selection(persona, f"productVariant(productTemplateId: {id_})", tree, way)
        return
    missing = await matrix.world.roles.ask("{ productVariant(productTemplateId: 999999) { __typename } }", {}, persona)
    answer = await matrix.world.roles.ask(
        f"{{ productVariant(productTemplateId: {id_}) {{ __typename }} }}", {}, persona
    )
    matrix.told(f"{persona} variant of {id_}: {answer}", answer == missing)


#: for every input of a list: what is asked with it, and what restricts nothing
SAMPLES: Mapping[str, tuple[list[Any], list[Any]]] = {
    "ProductFilterInput.ids": ([[1, 2, 3, 4, 5, 6, 7, 8, 30, 999]], [None, []]),
    "ProductFilterInput.categoryId": ([[1], [17]], [None, []]),
    "ProductFilterInput.categorySlug": (["/category/pharmacy-1"], [None, ""]),
    "ProductFilterInput.name": (["a"], [None, ""]),
    "ProductFilterInput.attribValues": ([["1-12"], ["1-1", "1-2", "1-3"]], [None, []]),
    "ProductFilterInput.attributeValueId": ([[12]], [None, []]),
    "ProductFilterInput.minPrice": ([25.0, 1], [None, 0, 0.0]),
    "ProductFilterInput.maxPrice": ([40.5], [None, 0]),
    "ProductFilterInput.inStock": ([True], [None, False]),
    "ProductFilterInput.minUnitPrice": (["20.5"], [None, 0]),
    "ProductFilterInput.maxUnitPrice": (["40.5"], [None, 0]),
    "ProductSortInput.id": (["ASC", "DESC"], [None]),
    "ProductSortInput.name": (["ASC", "DESC"], [None]),
    "ProductSortInput.newest": (["DESC"], [None]),
    "ProductSortInput.popular": (["DESC"], [None]),
    "ProductSortInput.price": (["ASC", "DESC"], [None]),
    "ProductSortInput.unitPrice": (["ASC", "DESC"], [None]),
    "Query.products.search": (["a", "1009"], [None, ""]),
    "Query.productConnection.search": (["a", "1009"], [None, ""]),
}


def _literal(value: Any, enum: bool) -> str:
    return value if enum and isinstance(value, str) else json.dumps(value)


def _asked(entry: str, place: str, value: Any) -> Iterator[tuple[str, str, dict[str, Any], str]]:
    """(way, arguments, variables, their declaration) of every way to give a value for a place."""
    owner, _, name = place.rpartition(".")
    if owner.startswith("Query."):
        yield "literal", f"{name}: {json.dumps(value)}", {}, ""
        yield "variable", f"{name}: $v", {"v": value}, "$v: String"
        yield "default", f"{name}: $v", {}, f"$v: String = {json.dumps(value)}"
        return
    argument = "filter" if owner == "ProductFilterInput" else "sort"
    of: Any = SCHEMA.type_map[owner]
    literal = _literal(value, argument == "sort")
    type_ = str(of.fields[name].type)
    yield "literal", f"{argument}: {{{name}: {literal}}}", {}, ""
    yield "whole", f"{argument}: $v", {"v": {name: value}}, f"$v: {owner}"
    yield "within", f"{argument}: {{{name}: $v}}", {"v": value}, f"$v: {type_}"
    yield "default", f"{argument}: $v", {}, f"$v: {owner} = {{{name}: {literal}}}"


async def _of_lists(matrix: Matrix, persona: Persona) -> None:
    """Every input by every way: refused, or just what is left of the list without roles."""
    rights = matrix.oracle.rights(persona)
    inputs: Any = [SCHEMA.type_map[name] for name in ("ProductFilterInput", "ProductSortInput")]
    places = [f"{of.name}.{name}" for of in inputs for name in of.fields]
    for entry, size in (("products", "pageSize"), ("productConnection", "first")):
        own = [f"Query.{entry}.{name}" for name in QUERY.fields[entry].args if f"Query.{entry}.{name}" in ELSEWHERE]
        for place in [*places, *own]:
            meant, idle = SAMPLES[place]
            for value in meant:
                for way, arguments, variables, declared in _asked(entry, place, value):
                    where = f"{persona} {entry} {place} {way} {value!r}"
                    await _one_list(
                        matrix, persona, entry, f"{size}: 500, {arguments}", variables, declared, where,
                        refused=not rights.shows(place),
                    )  # fmt: skip
            for value in idle:
                for way, arguments, variables, declared in _asked(entry, place, value):
                    where = f"{persona} {entry} {place} {way} {value!r}"
                    await _one_list(
                        matrix, persona, entry, f"{size}: 500, {arguments}", variables, declared, where, refused=False
                    )
        await _one_list(matrix, persona, entry, f"{size}: 500", {}, "", f"{persona} {entry}", refused=False)


async def _one_list(
    matrix: Matrix, persona: Persona, entry: str, arguments: str, variables: Any, declared: str, where: str,
    *, refused: bool,
) -> None:  # fmt: skip
    nodes = "products" if entry == "products" else "nodes"
    head = f"query({declared})" if declared else "query"
    text = f"{head} {{ {entry}({arguments}) {{ totalCount {nodes} {{ id }} }} }}"
    answer = await matrix.world.roles.ask(text, variables, persona)
    if refused:
        ok = answer.get("data") is None and {one["extensions"]["code"] for one in answer["errors"]} == {
            "FORBIDDEN_FIELD"
        }
        matrix.told(f"{where}: not refused: {answer!s:.200}", ok)
        got = await matrix.world.roles.ask(text, variables, persona, get=True)
        matrix.told(f"{where} by GET: not refused", got.get("data") is None)
        return
    truth = await matrix.truth(text, variables, persona)
    visible = matrix.oracle.visible(persona)
    expected = [node["id"] for node in truth["data"][entry][nodes] if node["id"] in visible]
    ok = "errors" not in answer and [node["id"] for node in answer["data"][entry][nodes]] == expected
    matrix.told(f"{where}: {answer!s:.300} instead of {expected}", ok)
    matrix.told(f"{where}: count", ok and answer["data"][entry]["totalCount"] == len(expected))


async def _of_aggregates(matrix: Matrix, persona: Persona) -> None:
    """Totals, least and greatest prices, facets and counts, worked out anew from what is visible."""
    oracle, world = matrix.oracle, matrix.world
    rights, visible = oracle.rights(persona), oracle.visible(persona)
    truth = (await world.all.ask(
        "{ products(pageSize: 500) { products { id attributeValues { id attribute { filterVisibility } } } } }",
        {}, persona,
    ))["data"]["products"]["products"]  # fmt: skip
    stocked = await world.all.ask(
        "{ products(pageSize: 500, filter: {inStock: true}) { products { id } } }", {}, persona
    )
    in_stock = sum(one["id"] in visible for one in stocked["data"]["products"]["products"])
    counts: dict[int, int] = {}
    for one in truth:
        for value in one["attributeValues"] if one["id"] in visible else ():
            if value["attribute"]["filterVisibility"] == "Visible":
                counts[value["id"]] = counts.get(value["id"], 0) + 1
    prices = [row["list_price"] for row in oracle.sold if row["id"] in visible]
    wanted: dict[str, tuple[str, Any]] = {
        "totalCount": ("totalCount", len(prices)),
        "minPrice": ("minPrice", min(prices, default=0)),
        "maxPrice": ("maxPrice", max(prices, default=0)),
        "attributeValues": ("attributeValues { id }", sorted(counts)),
        "filterCounts": ("filterCounts", sorted([*counts.items(), (0, in_stock)])),
        "searchUrl": ("searchUrl", None),
        "didYouMean": ("didYouMean", None),
        "fallback": ("fallback", None),
    }
    of: Any = SCHEMA.type_map["Products"]
    assert of.fields.keys() == wanted.keys() | {"products"}
    for name, (text, value) in wanted.items():
        answer = await world.roles.ask(f"{{ products {{ {text} }} }}", {}, persona)
        found = answer["data"]["products"][name]
        if name == "filterCounts" and found is not None:
            found = sorted((one.get("id", 0), one["total"]) for one in found)
        elif name == "attributeValues" and found is not None:
            found = sorted(one["id"] for one in found)
        expected = value if rights.shows(f"Products.{name}") else None
        matrix.told(f"{persona} {name}: {found} instead of {expected}", found == expected)
    await _of_the_connection(matrix, persona, counts, in_stock, prices)


async def _costs(matrix: Matrix, persona: Persona) -> list[float]:
    """What one unit of the cheapest variant of each product costs that they see."""
    text = "{ productConnection(first: 500) { nodes { id productVariants { unitPrice { price { amount } } } } } }"
    truth = await matrix.truth(text, {}, persona)
    visible = matrix.oracle.visible(persona)
    return [
        min(float(variant["unitPrice"]["price"]["amount"]) for variant in node["productVariants"])
        for node in truth["data"]["productConnection"]["nodes"]
        if node["id"] in visible and node["productVariants"]
    ]


async def _of_the_connection(
    matrix: Matrix, persona: Persona, counts: Mapping[int, int], in_stock: int, prices: list[float]
) -> None:
    world, rights = matrix.world, matrix.oracle.rights(persona)
    costs = await _costs(matrix, persona)
    for name, text, expected in (
        ("totalCount", "totalCount", len(prices)),
        ("inStockCount", "inStockCount", in_stock),
        ("facets", "facets { values { value { id } count } }", dict(counts)),
        ("priceRange", "priceRange { min { amount } max { amount } }", [min(prices), max(prices)] if prices else None),
        ("pageInfo", "pageInfo { hasNextPage endCursor }", len(prices) > 20),
        (
            "unitPriceRange",
            "unitPriceRange { min { amount } max { amount } }",
            [min(costs), max(costs)] if costs else None,
        ),
        ("categoryFacets", "categoryFacets { category { id } count }", matrix.oracle.in_categories(persona)),
        ("didYouMean", "didYouMean", None),
        ("fallback", "fallback", None),
    ):
        for written in (text, f"... {{ {text} }}"):
            answer = await world.roles.ask(f"{{ productConnection {{ {written} }} }}", {}, persona)
            shown = rights.shows(f"ProductConnection.{name}")
            of: Any = SCHEMA.type_map["ProductConnection"]
            if not shown and str(of.fields[name].type).endswith("!"):
                refused = answer.get("data") is None and answer["errors"][0]["extensions"]["code"] == "FORBIDDEN_FIELD"
                matrix.told(f"{persona} {name}: {answer!s:.200}", refused)
                continue
            found = answer["data"]["productConnection"][name]
            if found is not None and name == "facets":
                found = {one["value"]["id"]: one["count"] for facet in found for one in facet["values"]}
            elif found is not None and name == "categoryFacets":
                found = {one["category"]["id"]: one["count"] for one in found}
            elif found is not None and name in ("priceRange", "unitPriceRange"):
                found = [float(found["min"]["amount"]), float(found["max"]["amount"])]
            elif name == "pageInfo":
                found = found["hasNextPage"]
            matrix.told(f"{persona} {name}: {found} instead of {expected}", found == (expected if shown else None))


async def _of_lists_of_fields(matrix: Matrix, persona: Persona) -> None:
    """Every field of the products in lists."""
    rights = matrix.oracle.rights(persona)
    for entry, within in (
        ("products(pageSize: 500)", ("products",)),
        ("productConnection(first: 500)", ("nodes", "edges")),
    ):
        name = entry.partition("(")[0]
        tree = _allowed(_tree(name, depth=2, products=0), rights)
        tree.children = [one for one in tree.children if one.name in within]
        for edges in tree.children:
            edges.children = [one for one in edges.children if one.name != "cursor"]
        await matrix.selection(persona, entry, tree, list(WAYS)[len(persona.roles) % len(WAYS)])
        links = pruned(tree, lambda one: bool(one.children) or one.name in ("id", "name", "slug", "price"))
        links = pruned(
            links, lambda one: one.name in ("products", "nodes", "edges", "node", "id", "name", "slug", "price")
        )
        for way in WAYS:
            await matrix.selection(persona, entry, links, way)


async def _of_refused_fields(matrix: Matrix, persona: Persona) -> None:
    """Fields that cannot be null are refused wherever they stand."""
    rights = matrix.oracle.rights(persona)
    id_ = matrix.oracle.sold[0]["id"]
    for field, below in (("listPrice", " { amount }"), ("hasDiscountedPrice", "")):
        name, place = field + below, f"UnitPrice.{field}"
        maybe = f"{field} @include(if: $y){below}"
        for text in (
            f"{{ product(id: {id_}) {{ unitPrice {{ {name} }} }} }}",
            f"{{ product(id: {id_}) {{ productVariants {{ unitPrice {{ a: {name} }} }} }} }}",
            f"{{ products {{ products {{ ...F }} }} }} fragment F on Product {{ unitPrice {{ ... {{ {name} }} }} }}",
            f"query($y: Boolean = true) {{ products {{ products {{ unitPrice {{ {maybe} }} }} }} }}",
        ):
            answer = await matrix.world.roles.ask(text, {}, persona)
            if rights.shows(place):
                matrix.told(f"{persona} {text}: {answer!s:.200}", "errors" not in answer)
            else:
                codes = {one["extensions"]["code"] for one in answer.get("errors", [])}
                matrix.told(
                    f"{persona} {text}: {answer!s:.200}", codes == {"FORBIDDEN_FIELD"} and not answer.get("data")
                )


async def _of_pictures(matrix: Matrix, persona: Persona) -> None:
    """What guests see is for everybody; what the persona sees besides, for who asks alone."""
    common, rights_of_all = matrix.oracle.visible(Persona(())), matrix.oracle.rights(Persona(()))
    visible, rights = matrix.oracle.visible(persona), matrix.oracle.rights(persona)
    headers = [(b"host", b"shop.example"), (b"x-roles", ",".join(persona.roles).encode())]
    paths = [(f"product/{row['id']}", row["id"], "Product.image") for row in matrix.oracle.sold]
    archived = {row["id"] for row in matrix.world.rows("product.product") if not row.get("active")}
    variants = {one: owner for one, owner in matrix.oracle.owner.items() if one not in archived}
    paths += [(f"variant/{one}", owner, "Product.image") for one, owner in variants.items()]
    for path, owner, place in paths:
        status, _ = await matrix.world.roles.send("GET", f"/web/image/{path}", headers)
        shown = owner in visible and rights.shows(place)
        for_all = owner in common and rights_of_all.shows(place)
        matrix.told(f"{persona} picture {path}: {status}", status == (200 if shown or for_all else 404))


async def _of_what_is_common(matrix: Matrix, persona: Persona) -> None:
    """Whoever asks, categories and the like are the same."""
    for text in (
        "{ categories(pageSize: 500) { totalCount categories { id slug parent { id } jsonLd breadcrumb } } }",
        "{ category(id: 1) { id name metaTitle } attribute(id: 1) { id name values { id name search } } }",
        "{ website { id name currency { name } } websiteHomepage { jsonLd } }",
    ):
        answer, truth = [await shop.ask(text, {}, persona) for shop in (matrix.world.roles, matrix.world.all)]
        matrix.told(f"{persona} {text}", answer == truth)


async def run(matrix: Matrix, personas: list[Persona]) -> int:
    """The whole matrix; the number of its cells."""
    for persona in personas:
        await _of_one_product(matrix, persona, WAYS)
        await _of_lists(matrix, persona)
        await _of_aggregates(matrix, persona)
        await _of_lists_of_fields(matrix, persona)
        await _of_refused_fields(matrix, persona)
        await _of_what_is_common(matrix, persona)
        await _of_pictures(matrix, persona)
    return matrix.done()


async def test_nothing_leaks(tmp_path: Path) -> None:
    async with shops("14.0", tmp_path, products=40) as world:
        matrix = Matrix(world)
        cells = await run(matrix, world.personas)
    many = len(world.personas)
    print(f"\n14.0: {cells} cells of {many} sets of roles, {world.roles.asked} requests, 0 leaks")  # noqa: T201
    assert cells > 100_000


@pytest.mark.parametrize("version", ["10.0", "19.0"])
async def test_nothing_leaks_of_other_versions(version: str, tmp_path: Path) -> None:
    async with shops(version, tmp_path, products=20) as made:
        matrix = Matrix(made)
        cells = await run(matrix, made.personas[3:16:4])
    print(f"\n{version}: {cells} cells, {made.roles.asked} requests, 0 leaks")  # noqa: T201
    assert cells > 5_000
