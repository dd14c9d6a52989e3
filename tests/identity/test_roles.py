"""Roles: the file that defines them, who has them, and what several show together."""

from __future__ import annotations

import json
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.records import Product
from adapters.records.catalogue import ProductQuery
from adapters.records.customers import Customer, Group, PartnerCategory
from cache.reference import Labels, Reference, ShopTables
from cache.solo import SoloStore
from demo.double import Double
from demo.wholesale import generate
from identity.facts import facts_of, identity_of
from identity.filter_parser import parse
from identity.filter_words import Vocabulary
from identity.filters import EVERYTHING, NOTHING, Filter
from identity.identity import GUEST, Identity, NotStaffError, VisibleScope, acting_for, guest_of
from identity.policy import EffectivePolicy, Policies, compiled
from identity.role_file import RoleFileError, open_roles, parse_roles, read_roles
from identity.roles import Definitions, Facts, Granted, PriceRights, Role, claimed, grants, reasons
from identity.toml_places import Places
from identity.visibility import SchemaFields
from resolvers.schema import build_schema
from tests.identity.products import WORDS, filters, product, products
from tests.support.direct import adapter_of

SCHEMA = SchemaFields.of(build_schema())
EXAMPLE = Path(__file__).parents[2] / "identity" / "roles.example.toml"
FIELDS = sorted(f"Product.{name}" for name in SCHEMA.types["Product"])


def problems(text: str) -> list[str]:
    with pytest.raises(RoleFileError) as caught:
        parse_roles(text, SCHEMA)
    return [f"{one.line}:{one.column} {one.reason}" for one in caught.value.problems]


GUEST_TABLE = "[roles.guest]\n"


class TestFile:
    def test_the_example(self) -> None:
        found = read_roles(EXAMPLE, SCHEMA)
        assert set(found.roles) == {
            "guest",
            "practice",
            "shareholder",
            "price-prix-de-vente-brut-1",
            "price-prix-de-vente-brut-2",
            "backoffice",
        }
        assert found.roles["guest"].documents == parse('published and category != "Pharmacy"')
        assert "Product.stock" not in found.roles["guest"].fields
        assert not found.roles["guest"].prices.allow(None, None)
        assert found.roles["price-prix-de-vente-brut-1"].documents == NOTHING
        assert found.roles["price-prix-de-vente-brut-1"].prices == PriceRights(frozenset({2}))
        assert found.is_staff(["backoffice"])
        assert not found.is_staff(["shareholder", "unheard-of"])
        assert found.version != parse_roles(EXAMPLE.read_text() + "\n#", SCHEMA).version

    def test_what_is_left_out_is_nothing(self) -> None:
        found = parse_roles(GUEST_TABLE, SCHEMA)
        assert found.roles["guest"] == Role("guest")
        policy = Policies(found).in_words([], WORDS)
        assert policy.sees_nothing
        assert not policy.sees(product())
        assert not policy.field_visible("Product", "name")
        assert not policy.shows_prices(None, None)
        assert policy.field_visible("Category", "name")

    def test_without_a_file_everybody_sees_everything(self) -> None:
        found = open_roles(SCHEMA)
        policy = Policies(found).in_words(["whatever"], WORDS)
        assert policy.sees_everything
        assert all(policy.field_visible("Product", name) for name in SCHEMA.types["Product"])
        assert policy.shows_prices(3, 3)
        assert not policy.shows_prices(3, 4)

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("", "1:1 no role guest"),
            ("[roles.vip]\n", "1:1 no role guest"),
            (GUEST_TABLE + "documents = 'published and tagg = 3'", '2:28 no field "tagg"; meant tag?'),
            (GUEST_TABLE + "documents = '''\npublished\n  and or'''", '4:7 expected a field, found "or"'),
            (GUEST_TABLE + 'documents = """published and\\\n and"""', '2:13 expected "and", "or" or the end'),
            (GUEST_TABLE + "documents = true", "2:13 documents is a text"),
            (GUEST_TABLE + 'fields = ["Product.name", "Product.stok"]', '2:27 no field "stok" in Product; meant'),
            (GUEST_TABLE + 'fields = [\n  "Prodct.name",\n]', '3:3 no type "Prodct" in the schema'),
            (GUEST_TABLE + 'fields = ["Money.amount"]', "2:11 fields of Money are seen by all"),
            (GUEST_TABLE + 'fields = ["Product.na*", "Product.na*"]', "2:26 'Product.na*' is there twice"),
            (GUEST_TABLE + 'fields = "Product.name"', "2:10 expected a list"),
            (GUEST_TABLE + "fields = [3]", "2:11 expected field names"),
            (GUEST_TABLE + 'pricelists = ["all"]', "2:15 'all' is neither the id"),
            (GUEST_TABLE + "pricelists = [true]", "2:15 expected ids of pricelists"),
            (GUEST_TABLE + 'dokuments = "all"', '2:13 "dokuments" means nothing here; meant documents?'),
            (GUEST_TABLE + "granted = { group = [1] }", '2:21 "group" means nothing here; meant groups?'),
            (GUEST_TABLE + 'granted.pricelists = ["one"]', "2:23 expected pricelist ids"),
            (GUEST_TABLE + 'granted.groups = [""]', "2:19 expected ids or XML ids"),
            (GUEST_TABLE + "granted.claims.roles = 3", "2:24 expected a list of values"),
            (GUEST_TABLE + 'granted.everyone = "yes"', "2:20 everyone is true or false"),
            (GUEST_TABLE + "[roles.guest.granted]\nstaff = true", '3:9 "staff" means nothing here'),
            (GUEST_TABLE + "[roles.Guest]\n", "2:1 the roles guest and Guest differ in capitals alone"),
            (GUEST_TABLE + '[roles."a b"]\n', "2:1 'a b' is no name of a role"),
            (GUEST_TABLE + "[roles]\nvip = 3", "3:7 vip is a table"),
            (GUEST_TABLE + GUEST_TABLE, "2:13 Cannot declare ('roles', 'guest') twice"),
            ('language = "english"\n' + GUEST_TABLE, "1:12 'english' is no language"),
            ("language = 3\n" + GUEST_TABLE, "1:12 language is a text"),
            ('guarded = ["Product", "Prodct"]\n' + GUEST_TABLE, '1:23 no type "Prodct"'),
            ("roles = 3", "1:9 roles is a table"),
            (GUEST_TABLE + "title = 'x", "2:11 "),
            (GUEST_TABLE + "title", "2:6 Expected '='"),
        ],
    )
    def test_what_is_wrong_is_told_with_line_and_column(self, text: str, told: str) -> None:
        assert any(one.startswith(told) for one in problems(text)), problems(text)
        assert any(one.startswith(told) for one in problems(text.replace("\n", "\r\n")))

    def test_all_that_is_wrong_is_told_at_once(self) -> None:
        text = GUEST_TABLE + 'documents = "x"\nfields = ["y"]\nstaff = 1\n'
        assert [one.partition(":")[0] for one in problems(text)] == ["2", "3", "4"]

    def test_the_error_reads_as_that_of_a_compiler(self, tmp_path: Path) -> None:
        path = tmp_path / "roles.toml"
        path.write_text(GUEST_TABLE + "staff = 1\n")
        with pytest.raises(RoleFileError, match=r"roles\.toml:2:9: staff is true or false"):
            read_roles(path, SCHEMA)
        path.write_bytes(GUEST_TABLE.encode() + b"title = '\xff'")
        with pytest.raises(RoleFileError, match=r"roles\.toml:2:1: not UTF-8"):
            read_roles(path, SCHEMA)


def toml_values() -> st.SearchStrategy[Any]:
    texts = st.text("ab ,]}#='\"\\.\n", max_size=6)
    plain = st.integers(-9, 99) | st.booleans() | texts
    return st.recursive(
        plain,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b.c", "d e"]), inner, max_size=2)
        ),
        max_leaves=6,
    )


def toml_of(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml_of(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[\n  " + "".join(f"{toml_of(one)} , # ]\n" for one in value) + "]"
    if isinstance(value, str) and "'" not in value and "\n" not in value:
        return f"'{value}'"
    return json.dumps(value)


class TestPlaces:
    @given(st.lists(toml_values(), min_size=1, max_size=4))
    @settings(deadline=None)
    def test_every_value_stands_where_it_is_said_to(self, values: list[Any]) -> None:
        source = "".join(f"[t.x{index}] # [\n\n  k = {toml_of(one)} # '\n" for index, one in enumerate(values))
        assert tomllib.loads(source) == {"t": {f"x{index}": {"k": one} for index, one in enumerate(values)}}
        places, lines = Places(source), source.split("\n")

        def check(path: tuple[str | int, ...], value: Any) -> None:
            line, column = places.of(path)
            assert "\n".join([lines[line - 1][column - 1 :], *lines[line:]]).startswith(toml_of(value)), path
            children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
            for key, one in children:
                check((*path, key), one)

        for index, value in enumerate(values):
            check(("t", f"x{index}", "k"), value)

    @given(st.text("a=[]{}'\"\\#,.\n 1", max_size=40))
    @settings(deadline=None)
    def test_whatever_stands_there_it_ends(self, source: str) -> None:
        line, column = Places(source).of(("a", 1))
        assert line >= 1
        assert column >= 1


DEFINITIONS = parse_roles(
    """
    [roles.guest]
    [roles.customer]
    granted.signed_in = true
    [roles.shareholder]
    granted = { groups = [7, "shop.holders"], partner_categories = ["Share  Holder", 9], pricelists = [3] }
    [roles.token]
    granted.claims = { roles = ["vip"], "realm_access.roles" = ["vip", 3], "a.b" = ["x"] }
    [roles.open]
    granted.everyone = true
    """,
    SCHEMA,
)


_EVERY = ("customer", "open")


class TestGrants:
    @pytest.mark.parametrize(
        ("facts", "roles"),
        [
            (Facts(), ("open",)),
            (Facts(groups=frozenset({7}), pricelist_id=3, claims={"roles": ["vip"]}), ("open",)),
            (Facts(signed_in=True), ("customer", "open")),
            (Facts(signed_in=True, groups=frozenset({7})), ("customer", "open", "shareholder")),
            (Facts(signed_in=True, groups=frozenset({"shop.holders"})), ("customer", "open", "shareholder")),
            (Facts(signed_in=True, groups=frozenset({"7", "Shop.Holders", 8})), ("customer", "open")),
            (
                Facts(signed_in=True, partner_categories=frozenset({"share holder"})),
                ("customer", "open", "shareholder"),
            ),
            (Facts(signed_in=True, partner_categories=frozenset({"9", 7})), ("customer", "open")),
            (Facts(signed_in=True, pricelist_id=3), ("customer", "open", "shareholder")),
            (Facts(signed_in=True, claims={"roles": ["vip", "x"]}), ("customer", "open", "token")),
            (Facts(signed_in=True, claims={"roles": "vip"}), ("customer", "open", "token")),
            (Facts(signed_in=True, claims={"roles": "vip x"}), ("customer", "open")),
            (Facts(signed_in=True, claims={"realm_access": {"roles": [3]}}), ("customer", "open", "token")),
            (Facts(signed_in=True, claims={"realm_access": {"roles": [True, None, {}]}}), ("customer", "open")),
            (Facts(signed_in=True, claims={"a.b": "x"}), ("customer", "open", "token")),
            (Facts(signed_in=True, claims={"a": "b"}), ("customer", "open")),
        ],
    )
    def test_who_has_which(self, facts: Facts, roles: tuple[str, ...]) -> None:
        assert grants(DEFINITIONS, facts) == roles
        assert all(reasons(DEFINITIONS.roles[name].granted, facts) for name in roles)

    def test_who_has_none_is_a_guest(self) -> None:
        assert grants(parse_roles("[roles.guest]\n[roles.vip]\n", SCHEMA), Facts(signed_in=True)) == ("guest",)

    def test_why(self) -> None:
        facts = Facts(signed_in=True, groups=frozenset({7}), pricelist_id=3)
        assert reasons(DEFINITIONS.roles["shareholder"].granted, facts) == ["group 7", "pricelist 3"]
        assert reasons(Granted(claims={"r": frozenset("a")}), Facts(signed_in=True, claims={"r": "a"})) == ["claim r a"]

    def test_claims_within_claims(self) -> None:
        claims = {"a": {"b": {"c": ["x", 1, 1.5, True]}}, "a.b": "flat"}
        assert claimed(claims, "a.b.c") == {"x", "1"}
        assert claimed(claims, "a.b") == {"flat"}
        assert claimed(claims, "a.c.d") == set()

    def test_of_a_customer_as_odoo_tells_of_them(self) -> None:
        anna = customer()
        assert facts_of(anna).groups == {7, 8, "shop.holders"}
        assert facts_of(anna).partner_categories == {5, "Practice"}
        identity = identity_of(DEFINITIONS, anna, subject="odoo:11", claims={"roles": ["vip"]})
        assert identity.roles == ("customer", "open", "shareholder", "token")
        assert (identity.partner_id, identity.user_id, identity.language) == (40, 11, "fr_BE")
        assert not identity.staff
        assert grants(DEFINITIONS, facts_of(customer(active=False), {"roles": ["vip"]})) == ("open",)
        assert grants(DEFINITIONS, facts_of(None, {"roles": ["vip"]})) == ("customer", "open", "token")
        assert grants(DEFINITIONS, facts_of(None)) == ("open",)


def customer(*, active: bool = True) -> Customer:
    return Customer(
        partner_id=40,
        commercial_partner_id=39,
        commercial_name="Practice",
        kind="portal",
        active=active,
        name="Anna",
        user_id=11,
        lang="fr_BE",
        pricelist_id=2,
        groups=(Group(id=7, name="Holders", xml_id="shop.holders"), Group(id=8, name="Portal")),
        categories=(PartnerCategory(id=5, name="Practice"),),
    )


class TestIdentity:
    def test_guests_have_what_everyone_has(self) -> None:
        assert GUEST.is_guest
        assert guest_of(DEFINITIONS) == Identity(roles=("open",))

    def test_staff_act_for_customers_with_their_eyes_alone(self) -> None:
        otto = Identity(subject="odoo:2", name="Otto", partner_id=3, staff=True, roles=("backoffice",), session="x")
        anna = Identity(subject="odoo:7", name="Anna", partner_id=40, roles=("practice",), staff=True)
        acting = acting_for(otto, anna)
        assert (acting.subject, acting.roles, acting.staff, acting.session) == ("odoo:7", ("practice",), False, None)
        assert acting.who == "odoo:2 for odoo:7"
        assert (anna.who, GUEST.who) == ("odoo:7", "guest")
        for staff, customer in ((anna, GUEST), (Identity(subject="x"), anna), (acting, anna), (GUEST, anna)):
            with pytest.raises(NotStaffError):
                acting_for(staff, customer)

    def test_scopes_that_differ_have_other_keys(self) -> None:
        scopes = [
            VisibleScope(policy, company, pricelist, currency, tax)
            for policy in ("a", "b")
            for company in (None, 1)
            for pricelist in (None, 1, 11)
            for currency in ("EUR", "USD")
            for tax in (False, True)
        ]
        assert len({one.key for one in scopes}) == len(scopes)


def definitions(drawn: dict[str, tuple[Filter, frozenset[str], PriceRights]]) -> Definitions:
    roles = {name: Role(name, "", documents, fields, prices) for name, (documents, fields, prices) in drawn.items()}
    return Definitions({"guest": Role("guest"), **roles}, SCHEMA)


NAMES = ("a", "b", "c", "guest")
DRAWN = st.dictionaries(
    st.sampled_from(NAMES),
    st.tuples(
        filters(),
        st.frozensets(st.sampled_from(FIELDS), max_size=5),
        st.builds(PriceRights, st.frozensets(st.integers(1, 3)), st.booleans(), st.booleans()),
    ),
).map(definitions)
SETS = st.lists(st.sampled_from([*NAMES, "unheard-of", ""]), max_size=5)


def shown(policy: EffectivePolicy, some: list[Product]) -> set[Any]:
    """Everything a policy shows of these products, its fields and some prices."""
    return {
        *(one.id for one in some if policy.sees(one)),
        *(name for name in FIELDS if policy.field_visible(*name.split("."))),
        *(("price", pricelist) for pricelist in (None, 1, 2, 3, 4) if policy.shows_prices(pricelist, 4)),
    }


# hypothesis may describe what it drew: definitions name every field of the schema
@pytest.mark.filterwarnings("ignore:Generating overly large repr")
class TestSeveralRoles:
    @given(DRAWN, SETS, SETS, st.lists(products(), max_size=6))
    @settings(deadline=None, max_examples=60)
    def test_together_they_show_what_each_shows(
        self, roles: Definitions, one: list[str], other: list[str], some: list[Product]
    ) -> None:
        some = [product(index + 1, **_traits(each)) for index, each in enumerate(some)]

        def of(names: list[str]) -> set[Any]:
            return shown(compiled(roles, names, WORDS), some)

        # of sets that have a role each; without any there is the guest's
        one, other = one or ["guest"], other or ["guest"]
        known = [name for name in one if name in roles.roles]
        if known and any(name in roles.roles for name in other):
            together, apart = of([*one, *other]), of(one) | of(other)
            assert apart <= together
            # a field that tells of another is shown with it alone: one role may have the one, another the other
            named = set().union(*(roles.roles[name].fields for name in [*one, *other] if name in roles.roles))
            assert together - apart <= named
        assert of(known) == of(one)
        assert of(one[::-1] * 2) == of(one)
        if not known:
            assert of(one) == of(["guest"])

    @given(DRAWN, SETS)
    @settings(deadline=None, max_examples=60)
    def test_the_key_is_that_of_what_is_shown(self, roles: Definitions, names: list[str]) -> None:
        policy = compiled(roles, names, WORDS)
        again = compiled(roles, [*names[::-1], "unheard-of"], WORDS)
        assert policy.key == again.key
        assert policy.roles == again.roles == roles.known(names)
        for change in (
            Role("new", documents=parse("id = 77 or id = 78")),
            Role("new", fields=frozenset(FIELDS)),
            Role("new", prices=PriceRights(frozenset({77}))),
        ):
            more = compiled(Definitions({**roles.roles, "new": change}, SCHEMA), [*policy.roles, "new"], WORDS)
            same = (more.documents, more.fields.visible, more.prices) == (
                policy.documents,
                policy.fields.visible,
                policy.prices,
            )
            assert (more.key == policy.key) is same

    def test_the_key_follows_the_tree_of_categories(self) -> None:
        roles = definitions({"a": (parse("category = 1"), frozenset(), PriceRights())})
        moved = Vocabulary(WORDS.names, {**WORDS.parents, 6: 2}, WORDS.internal_parents, WORDS.value_attributes)
        assert compiled(roles, ["a"], moved).key != compiled(roles, ["a"], WORDS).key
        elsewhere = Vocabulary(WORDS.names, {**WORDS.parents, 6: 4}, WORDS.internal_parents, WORDS.value_attributes)
        assert compiled(roles, ["a"], elsewhere).key == compiled(roles, ["a"], WORDS).key

    def test_a_policy_is_made_once_for_as_long_as_the_words_stay(self) -> None:
        policies = Policies(definitions({"a": (EVERYTHING, frozenset(), PriceRights())}))
        one = policies.in_words(["a", "unheard-of"], WORDS)
        assert policies.in_words(["a"], WORDS) is one
        assert policies.in_words([], WORDS) is not one
        other = Vocabulary(WORDS.names, WORDS.parents, {}, WORDS.value_attributes)
        assert policies.in_words(["a"], other) is not one

    def test_what_the_shop_does_not_have_is_told(self) -> None:
        roles = definitions({"a": (parse('tag != "gone" and category in (1, 77)'), frozenset(), PriceRights())})
        assert compiled(roles, ["a"], WORDS).unknown == ('tag = "gone"', "category = 77")


def _traits(one: Product) -> dict[str, Any]:
    return {
        "published": one.published,
        "sale_ok": one.sale_ok,
        "storable": one.storable,
        "type_": one.product_type,
        "price": str(one.list_price),
        "category": one.internal_category_id,
        "categories": one.public_category_ids,
        "tags": one.tag_ids,
        "ribbon": one.ribbon_id,
        "values": tuple(value.value_id for value in one.values),
        "skus": tuple(variant.sku for variant in one.variants),
    }


async def shop_of(version: str) -> tuple[list[Product], Labels, ShopTables]:
    adapter = await adapter_of(Double(generate(version, products=80, pricelists=5)))

    async def provided() -> Any:
        return adapter

    reference = Reference(provided, SoloStore())
    matches = await adapter.find_products(ProductQuery(), "en_US")
    found = await adapter.products([one.id for one in matches], "en_US")
    shop = found, await reference.labels("en_US"), await reference.shop()
    await reference.close()
    return shop


class TestWholesaleShop:
    @pytest.mark.parametrize("version", ["10.0", "14.0", "19.0"])
    async def test_the_example_on_every_version(self, version: str) -> None:
        """The counts are those of the shop's own categories and attribute values, found here without a filter."""
        some, labels, tables = await shop_of(version)
        policies = Policies(read_roles(EXAMPLE, SCHEMA))
        pharmacy = _below(labels, "Pharmacy")
        vaccines = _below(labels, "Vaccines")
        brands = {one.id for one in labels.values.values() if one.name in {"Boréal Santé", "Kaap & Kust"}}
        assert {labels.attributes[labels.values[id_].attribute_id].name for id_ in brands} == {"Brand"}
        medicines = {one.id for one in some if pharmacy & set(one.public_category_ids)}
        restricted = {
            one.id
            for one in some
            if vaccines & set(one.public_category_ids) and brands & {value.value_id for value in one.values}
        }
        everything = {one.id for one in some}
        assert restricted < medicines < everything
        for roles, expected in (
            ([], everything - medicines),
            (["practice"], everything - restricted),
            (["shareholder"], everything),
            (["price-prix-de-vente-brut-1"], set()),
            (["price-prix-de-vente-brut-1", "guest"], everything - medicines),
            (["practice", "shareholder"], everything),
        ):
            policy = policies.of(roles, labels, tables)
            assert policy.unknown == ()
            assert {one.id for one in some if policy.sees(one)} == expected, roles

    async def test_a_policy_is_fast(self) -> None:
        some, labels, tables = await shop_of("14.0")
        policies = Policies(read_roles(EXAMPLE, SCHEMA))
        policy = policies.of(["practice", "guest", "price-prix-de-vente-brut-1"], labels, tables)
        many = (some * (18_000 // len(some) + 1))[:18_000]
        started = time.perf_counter()
        count = sum(map(policy.sees, many))
        seconds = time.perf_counter() - started
        print(f"{len(many)} products judged in {seconds * 1000:.1f} ms, {count} seen")  # noqa: T201  # with -s
        started = time.perf_counter()
        for _ in range(1_000):
            policies.of(("guest", "practice", "price-prix-de-vente-brut-1"), labels, tables)
        print(f"a known policy found in {time.perf_counter() - started:.6f} ms")  # noqa: T201  # with -s
        assert seconds < 2


def _below(labels: Labels, name: str) -> set[int]:
    found = {one.id for one in labels.categories.values() if one.name == name}
    assert len(found) == 1
    while more := {one.id for one in labels.categories.values() if one.parent_id in found} - found:
        found |= more
    return found
