"""The requests of the golden suite. Each is answered alike by every version of Odoo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from contract.checkouts import checkouts
from contract.picks import UNKNOWN, Picks
from resolvers.connection import Cursor

_LANGUAGES = ("en", "fr", "nl")
_CUSTOMER = "vet1@customer.example"
_SORT_KEYS = ("id", "name", "newest", "popular", "price")


@dataclass(frozen=True, slots=True)
class Case:
    """A request: a document of `contract.documents`, its variables, and HTTP headers."""

    name: str
    document: str
    variables: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def request(self) -> dict[str, Any]:
        return {"document": self.document, "variables": self.variables, "headers": dict(self.headers)}


def _cases(picks: Picks) -> Iterator[Case]:
    yield from _storefront_lists(picks)
    yield from _sorted_lists()
    yield from _searches(picks)
    yield from _filters(picks)
    yield from _pages()
    yield from _products(picks)
    yield from _no_products(picks)
    yield from _variants(picks)
    yield from _categories(picks)
    yield from _connections(picks)
    yield from _shop_wide(picks)
    yield from _languages(picks)
    yield from _accounts()
    yield from _addresses(picks)
    yield from _carts(picks)
    yield from _carts_refused(picks)
    yield from (Case(name, document, variables) for name, document, variables in checkouts())
    yield from _refusals(picks)


def _storefront_lists(picks: Picks) -> Iterator[Case]:
    """What the storefront sends for its pages."""
    yield Case("list_20", "product_list", {"pageSize": 20, "sort": {"popular": "DESC"}})
    yield Case("list_100", "listing", {"pageSize": 100})
    yield Case("list_home", "product_list", {"pageSize": 4, "sort": {"popular": "DESC"}})
    yield Case(
        "list_category_page",
        "product_list",
        {"pageSize": 18, "currentPage": 1, "filter": {"categorySlug": picks.category_slug(picks.top)}},
    )
    absent = dict.fromkeys(("filter", "currentPage", "pageSize", "search", "sort"))
    yield Case("list_explicit_nulls", "product_list", {**absent, "pageSize": None})
    members = (
        "ids",
        "categoryId",
        "categorySlug",
        "name",
        "attribValues",
        "minPrice",
        "maxPrice",
        "inStock",
    )
    yield Case(
        "list_null_members",
        "listing",
        {
            "filter": dict.fromkeys(members),
            "sort": {"id": None, "name": None, "price": None},
            "search": None,
            "pageSize": 12,
        },
    )
    yield Case("list_no_variables", "listing")
    yield Case("recent_views", "recent_views", {"filter": {"ids": picks.untagged(12)}})
    yield Case("routes_products", "routes_products")
    yield Case("routes_categories", "routes_categories")


def _sorted_lists() -> Iterator[Case]:
    for key in _SORT_KEYS:
        for direction in ("ASC", "DESC"):
            yield Case(f"sort_{key}_{direction.lower()}", "listing", {"pageSize": 12, "sort": {key: direction}})
    yield Case("sort_two_keys", "listing", {"pageSize": 12, "sort": {"price": "DESC", "name": "ASC"}})


def _searches(picks: Picks) -> Iterator[Case]:
    for lang in _LANGUAGES:
        word = picks.word(lang)
        yield Case(f"search_{lang}", "listing", {"search": word, "language": lang, "pageSize": 12})
    yield Case("search_other_language", "listing", {"search": picks.word("fr"), "language": "nl", "pageSize": 12})
    yield Case("search_sku", "listing", {"search": picks.simple.variants[0].code})
    words = " ".join(reversed(picks.simple.name.en.upper().split()[-2:]))
    yield Case("search_words_in_any_order", "listing", {"search": words})
    yield Case("search_nothing_found", "product_list", {"search": "zzyzx qqq"})
    yield Case("search_blank", "listing", {"search": "  ", "pageSize": 3})
    yield Case("search_wildcards", "listing", {"search": "%_%", "pageSize": 3})
    yield Case("search_mega_menu", "tree", {"search": picks.leaf.name.en[:5].lower()})


def _filters(picks: Picks) -> Iterator[Case]:
    low, high = picks.middle_prices
    filters: dict[str, dict[str, Any]] = {
        "category_id": {"categoryId": [picks.leaf.id]},
        "category_ids": {"categoryId": [picks.leaf.id, picks.middle.id]},
        "category_with_descendants": {"categoryId": [picks.top.id]},
        "category_slug": {"categorySlug": picks.category_slug(picks.leaf)},
        "category_unknown_slug": {"categorySlug": "/category/nowhere"},
        "name": {"name": picks.word("en")},
        "value": {"attribValues": picks.tokens(1, of_one_attribute=True)},
        "values_of_one_attribute": {"attribValues": picks.tokens(3, of_one_attribute=True)},
        "values_of_two_attributes": {"attribValues": picks.overlapping_tokens()},
        "value_malformed": {"attribValues": ["red"]},
        "value_unknown": {"attribValues": [f"1-{UNKNOWN}"]},
        "min_price": {"minPrice": high},
        "max_price": {"maxPrice": low},
        "price_range": {"minPrice": low, "maxPrice": high},
        "price_zero": {"minPrice": 0, "maxPrice": 0},
        "in_stock": {"inStock": True},
        "in_stock_false": {"inStock": False},
        "ids": {"ids": [t.id for t in reversed(picks.shown[5:9])]},
        "ids_some_hidden": {"ids": [picks.unpublished.id, picks.simple.id, picks.archived.id, UNKNOWN, None]},
        "ids_empty": {"ids": []},
        "everything": {
            "categoryId": [picks.top.id],
            "attribValues": picks.tokens(2, of_one_attribute=True),
            "minPrice": 1.0,
            "maxPrice": high,
            "inStock": True,
        },
    }
    for name, wanted in filters.items():
        yield Case(f"filter_{name}", "product_list", {"filter": wanted, "pageSize": 3})


def _pages() -> Iterator[Case]:
    for name, page in (("2", 2), ("last", 15), ("beyond", 999), ("0", 0), ("negative", -1)):
        yield Case(f"page_{name}", "listing", {"pageSize": 20, "currentPage": page})


def _products(picks: Picks) -> Iterator[Case]:
    special = {
        "simple": picks.simple,
        "varied": picks.varied,
        "two_axes": picks.two_axes,
        "with_choice": picks.with_choice,
        "with_archived_variant": picks.with_archived_variant,
        "recommending": picks.recommending,
        "pictured": picks.pictured,
        "untranslated": picks.untranslated,
        "not_stored": picks.consumable,
    }
    for name, template in special.items():
        yield Case(f"product_{name}", "product", {"slug": picks.slug(template)})
        yield Case(f"offer_{name}", "offer", {"id": template.id})
    yield Case("product_by_id", "product", {"id": picks.simple.id, "slug": None, "barcode": None})
    yield Case("product_by_old_slug", "offer", {"slug": f"/product/renamed-since-{picks.simple.id}"})
    yield Case("product_by_barcode", "product", {"barcode": picks.coded.variants[0].barcode})
    yield Case("product_id_before_slug", "offer", {"id": picks.simple.id, "slug": picks.slug(picks.varied)})


def _no_products(picks: Picks) -> Iterator[Case]:
    """Products that the shop does not show are not there, whichever way they are asked for."""
    hidden = {
        "unpublished": picks.unpublished,
        "archived": picks.archived,
        "not_for_sale": picks.not_for_sale,
    }
    for name, template in hidden.items():
        yield Case(f"no_product_{name}", "product", {"id": template.id})
        yield Case(f"no_product_{name}_slug", "product", {"slug": picks.slug(template)})
        yield Case(f"no_variant_{name}", "product_variant", {"productTemplateId": template.id, "combinationId": []})
    yield Case("no_product_unknown", "product", {"id": UNKNOWN})
    yield Case("no_product_unknown_slug", "product", {"slug": f"/product/x-{UNKNOWN}"})
    yield Case("no_product_odd_slug", "product", {"slug": "/about-us"})
    yield Case("no_product_unknown_barcode", "product", {"barcode": "0000000000000"})
    yield Case("no_product_hidden_barcode", "product", {"barcode": picks.unpublished.variants[0].barcode})
    yield Case("no_product_without_argument", "product", {})


def _variants(picks: Picks) -> Iterator[Case]:
    varied, two = picks.varied, picks.two_axes

    def case(name: str, template_id: int | None, combination: list[int | None] | None) -> Case:
        variables = {"productTemplateId": template_id, "combinationId": combination}
        return Case(f"variant_{name}", "product_variant", variables)

    last = next(v for v in reversed(varied.variants) if v.active)
    full = picks.combination(two.variants[-1])
    choice = picks.with_choice
    archived = next(v for v in picks.with_archived_variant.variants if not v.active)
    yield case("combination", varied.id, [*picks.combination(last)])
    yield case("reversed_combination", two.id, [*reversed(full)])
    yield case("half_combination", two.id, [*full[:1]])
    yield case("impossible_combination", varied.id, [UNKNOWN])
    yield case("archived_combination", picks.with_archived_variant.id, [*picks.combination(archived)])
    yield case("empty_combination", varied.id, [])
    yield case("null_combination", varied.id, None)
    yield case("null_in_combination", varied.id, [None, *picks.combination(last)])
    yield case("combination_with_choice", choice.id, [*picks.combination(choice.variants[0]), *picks.choices(choice)])
    yield case("of_simple_product", picks.simple.id, [])
    yield case("of_unknown_product", UNKNOWN, [])
    yield case("of_no_product", None, None)


def _categories(picks: Picks) -> Iterator[Case]:
    yield Case("categories_menu", "categories", {"filter": {"parent": True, "id": None}})
    yield Case("categories_all", "tree", {"pageSize": 500})
    yield Case("categories_page_2", "tree", {"pageSize": 5, "currentPage": 2, "sort": {"id": "DESC"}})
    yield Case("categories_by_id", "tree", {"filter": {"id": [picks.leaf.id, UNKNOWN, None]}})
    named = {"top": picks.top, "middle": picks.middle, "leaf": picks.leaf}
    for name, category in named.items():
        yield Case(f"category_{name}", "category", {"slug": picks.category_slug(category)})
    yield Case("category_by_id", "category", {"id": picks.leaf.id})
    yield Case("category_by_old_slug", "category", {"slug": f"/category/renamed-{picks.leaf.id}"})
    yield Case("category_unknown", "category", {"id": UNKNOWN})
    yield Case("category_unknown_slug", "category", {"slug": "/category/nowhere"})


def _connections(picks: Picks) -> Iterator[Case]:
    yield Case("connection_default", "connection", {})
    yield Case("connection_first", "connection", {"first": 5, "sort": {"name": "ASC"}})
    yield Case("connection_last", "connection", {"last": 5, "sort": {"price": "DESC"}})
    yield Case("connection_nothing_wanted", "connection", {"first": 0})
    gone = Cursor(position=4, product_id=UNKNOWN).encode()
    yield Case("connection_after_one_gone", "connection", {"first": 3, "after": gone})
    tokens = picks.tokens(2, of_one_attribute=True)
    yield Case("connection_facets", "connection", {"first": 2, "filter": {"attribValues": tokens}})
    both = picks.overlapping_tokens()
    yield Case("connection_facets_of_two", "connection", {"first": 2, "filter": {"attribValues": both}})
    yield Case("connection_category", "connection", {"first": 2, "filter": {"categoryId": [picks.top.id]}})
    yield Case("connection_empty", "connection", {"search": "zzyzx qqq"})
    for lang in _LANGUAGES:
        variables = {"first": 3, "search": picks.word(lang), "language": lang}
        yield Case(f"connection_{lang}", "connection", variables)


def _shop_wide(picks: Picks) -> Iterator[Case]:
    yield Case("countries", "countries", {})
    yield Case("countries_by_id", "countries", {"filter": {"id": picks.country_with_states}})
    yield Case("states", "states", {"id": picks.country_with_states})
    yield Case("country_by_code", "country", {"code": "be"})
    yield Case("homepage", "homepage")
    yield Case("website", "website")
    for attribute_id in picks.attribute_ids:
        yield Case(f"attribute_{attribute_id}", "attribute", {"id": attribute_id})


def _languages(picks: Picks) -> Iterator[Case]:
    """By argument, and by header where the storefront's documents have no argument."""
    for lang in _LANGUAGES:
        yield Case(f"language_{lang}_offer", "offer", {"id": picks.varied.id, "language": lang})
        yield Case(f"language_{lang}_untranslated", "offer", {"id": picks.untranslated.id, "language": lang})
        yield Case(f"language_{lang}_categories", "tree", {"language": lang, "pageSize": 500})
        yield Case(f"language_{lang}_attribute", "attribute", {"id": picks.attribute_ids[1], "language": lang})
        header = {"accept-language": f"{lang}-BE,{lang};q=0.9,de;q=0.8"}
        yield Case(f"header_{lang}_list", "product_list", {"pageSize": 3, "sort": {"name": "ASC"}}, header)
        yield Case(f"header_{lang}_product", "product", {"id": picks.varied.id}, header)
        yield Case(f"header_{lang}_countries", "countries", {}, header)
        yield Case(f"header_{lang}_menu", "categories", {"filter": {"parent": True}}, header)
    yield Case("language_by_full_code", "offer", {"id": picks.simple.id, "language": "fr_FR"})
    german = {"accept-language": "de-DE,de;q=0.9"}
    yield Case("header_language_not_spoken", "product", {"id": picks.simple.id}, german)
    yield Case("argument_before_header", "offer", {"id": picks.simple.id, "language": "nl"}, {"accept-language": "fr"})


def _accounts() -> Iterator[Case]:
    """What guests are told, and who somebody is that signs in. Nothing is changed but for a mail that is sent."""
    yield Case("account_guest", "partner")
    yield Case("account_guest_viewer", "viewer")
    for place in (1, 10):
        variables = {"email": f" VET{place}@customer.example", "password": f"Secret-{place}"}
        yield Case(f"account_login_{place}", "login", variables)
    yield Case("account_login_wrong", "login", {"email": _CUSTOMER, "password": "wrong"})
    yield Case("account_login_unknown", "login", {"email": "nobody@customer.example", "password": "wrong"})
    yield Case("account_login_empty", "login", {"email": _CUSTOMER, "password": ""})
    yield Case("account_logout", "logout")
    taken = {"email": _CUSTOMER, "name": "X", "password": "Some-pass-1", "subscribeNewsletter": False}
    yield Case("account_register_taken", "register", taken)
    yield Case("account_register_invalid", "register", {**taken, "email": "no address"})
    yield Case("account_reset", "reset_password", {"email": _CUSTOMER})
    yield Case("account_reset_unknown", "reset_password", {"email": "nobody@customer.example"})
    yield Case("account_no_token", "change_password", {"newPassword": "Some-pass-1", "token": "no token"})
    passwords = {"currentPassword": "Secret-1", "newPassword": "Some-pass-1"}
    yield Case("account_guests_password", "update_password", passwords)
    yield Case("account_guests_change", "update_my_account", {"myaccount": {"name": "X"}})
    yield Case("account_guest_acts", "acting", {"partnerId": 1})


def _addresses(picks: Picks) -> Iterator[Case]:
    """What guests are told of addresses. Nothing is changed: who buys is told at login (`account_login_1`)."""
    given = {"name": "X", "street": "Y 1", "zip": "4000", "phone": "", "countryId": picks.country_with_states}
    yield Case("addresses_of_a_guest", "addresses", {"filter": {"addressType": ["Billing", "Shipping"]}})
    yield Case("address_nowhere", "add_address", {"address": {**given, "countryId": UNKNOWN}, "type": "Billing"})
    yield Case("address_no_state", "add_address", {"address": {**given, "stateId": UNKNOWN}, "type": "Shipping"})
    yield Case("address_nameless", "add_address", {"address": {**given, "name": " "}, "type": "Shipping"})
    yield Case("address_missing", "add_address", {"type": "Shipping"})
    yield Case("address_purpose", "add_address", {"address": given, "type": "Other"})
    for name, contact_id in (("guests", 4), ("a_customers", 11), ("nobodys", UNKNOWN)):
        one = {"id": contact_id}
        yield Case(f"address_update_{name}", "update_address", {"address": {**one, "name": "X"}})
        yield Case(f"address_select_{name}", "select_address", {"address": one, "type": "Billing"})
        yield Case(f"address_delete_{name}", "delete_address", {"address": one})
    yield Case("contact_invalid", "create_update_partner", {"name": "X", "email": "no address"})
    yield Case("contact_phone", "create_update_partner", {"name": "X", "email": "x@y.example", "phone": "call me"})


def _carts(picks: Picks) -> Iterator[Case]:
    """A guest's cart, each in a session of its own."""
    simple, varied, other = picks.simple.variants[0], picks.varied.variants[0], picks.coded.variants[0]
    yield Case("cart_none", "cart")

    def added(*pairs: tuple[int, int]) -> dict[str, Any]:
        return {"products": [{"id": variant_id, "quantity": quantity} for variant_id, quantity in pairs]}

    yield Case("cart_add", "cart_add", added((simple.id, 2), (varied.id, 1)))
    yield Case("cart_add_twice_the_same", "cart_add", added((simple.id, 2), (simple.id, 3)))
    # more of one, and versions that round prices before they multiply differ from those that do not
    yield Case("cart_add_one", "cart_add", added((other.id, 1)))
    yield Case("cart_add_nothing", "cart_add", {"products": [None]})
    yield Case("cart_update_unknown_line", "cart_update", {"lines": [{"id": 99, "quantity": 1}, None]})
    yield Case("cart_remove_unknown_line", "cart_remove", {"lineIds": [99, None]})
    yield Case("cart_clear", "cart_clear")

    def change(number: int, **more: Any) -> dict[str, Any]:
        return {"id": f"00000000-0000-4000-8000-{number:012}", **more}

    put = change(1, productId=simple.id, delta="2", note="cold")
    yield Case("cart_sync", "cart_sync", {"transactions": [put, change(2, productId=varied.id, quantity="1.5"), put]})
    chosen = [{"name": "b", "value": "2"}, {"name": "a", "value": "1"}]
    with_options = [
        change(1, productId=simple.id, delta="1", options=chosen),
        change(2, productId=simple.id, delta="1"),
        change(3, productId=simple.id, delta="1", options=chosen[::-1]),
    ]
    yield Case("cart_sync_options", "cart_sync", {"transactions": with_options})
    taken = [change(1, productId=simple.id, delta="-3"), change(2, productId=simple.id, delta="4")]
    yield Case("cart_sync_taken_before", "cart_sync", {"transactions": taken})
    codes = f"SKU;Quantity\n{simple.code};2,5\n{other.barcode};3\nnowhere;1\n{simple.code};1.000"
    yield Case("cart_quick_order", "quick_order", {"lines": [{"sku": varied.code}], "text": codes})


def _carts_refused(picks: Picks) -> Iterator[Case]:
    simple = picks.simple.variants[0]
    hidden = {"unpublished": picks.unpublished, "archived": picks.archived, "not_for_sale": picks.not_for_sale}
    ids = {**{name: template.variants[0].id for name, template in hidden.items()}, "unknown": UNKNOWN, "negative": -1}
    for name, variant_id in ids.items():
        entries = [{"id": simple.id, "quantity": 1}, {"id": variant_id, "quantity": 1}]
        yield Case(f"cart_add_{name}", "cart_add", {"products": entries})
    changes = [
        {"id": "00000000-0000-4000-8000-000000000001", "productId": ids["unpublished"], "delta": "1"},
        {"id": "00000000-0000-4000-8000-000000000002", "productId": simple.id},
        {"id": "00000000-0000-4000-8000-000000000003", "lineId": 7, "quantity": "1"},
        {"id": "00000000-0000-4000-8000-000000000004", "productId": simple.id, "delta": "0.0000001"},
        {"id": "no uuid", "productId": simple.id, "delta": "1"},
    ]
    yield Case("cart_sync_rejected", "cart_sync", {"transactions": changes})
    nobodys = "00000000-0000-8000-8000-000000000000"
    yield Case("cart_sync_nobodys", "cart_sync", {"cartId": nobodys, "transactions": []})
    yield Case("cart_guests_basket", "save_cart", {"name": "weekly"})
    yield Case("cart_guest_activates", "activate_cart", {"cartId": nobodys})
    yield Case("cart_delete_nobodys", "delete_cart", {"cartId": nobodys})
    yield Case("cart_guest_reorders", "reorder", {"orderId": 1})


def _refusals(picks: Picks) -> Iterator[Case]:
    """What is asked wrongly is refused alike."""
    yield Case("refused_page_size", "listing", {"pageSize": 0})
    yield Case("refused_huge_page_size", "listing", {"pageSize": 10_001})
    yield Case("refused_language", "offer", {"id": picks.simple.id, "language": "tlh"})
    yield Case("refused_cursor", "connection", {"after": "no cursor"})
    yield Case("refused_first_and_last", "connection", {"first": 1, "last": 1})
    yield Case("refused_long_search", "listing", {"search": "x" * 300})
    yield Case("refused_attribute", "attribute", {"id": UNKNOWN})
    yield Case("refused_country", "country", {"code": "XX"})
    yield Case("refused_id_type", "offer", {"id": "one"})
    yield Case("refused_in_stock_text", "listing", {"filter": {"inStock": "true"}})


CASES: tuple[Case, ...] = tuple(_cases(Picks()))
