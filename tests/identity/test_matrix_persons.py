"""Every kind of visitor, and what is told of persons and done to them: nobody learns or changes anything of another.

Every contact of the shop's Odoo carries marks that name it, in all that tells of a person; so whoever an answer tells
of can be read from it, whatever was asked.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from resolvers import accounts_tries
from resolvers.partners import User
from resolvers.schema import build_schema
from tests.identity.matrix_trees import WAYS, document, pruned, tree_of
from tests.identity.wired import Shop, shop
from tests.support.bff import Answer

pytestmark = pytest.mark.timeout(600)

SCHEMA = build_schema()
QUERY: Any = SCHEMA.query_type
MUTATION: Any = SCHEMA.mutation_type
#: root fields that tell of persons
PERSONAL = ("viewer", "partner", "addresses")
VISITORS = ("guest", "vet", "shareholder", "staff", "acting")
#: the profiles of those who sign in, of the customer that staff act for, and of whom all the others go for
PLACE = {"vet": 1, "shareholder": 2, "acting": 3}
VICTIM = 4
MARKED = {"name": "nm", "phone": "ph", "vat": "vt", "street": "st", "comment": "cm"}
_MARK = re.compile(r"\b(nm|ph|vt|st|cm)(\d+)x")

#: what is asked about persons beyond their names and codes: of each field, who has it
VIEWER = {
    "isGuest", "name", "email", "language", "company", "pricelist", "roles", "staff", "actedBy", "seesAllProducts",
    "visibleFields", "token",
}  # fmt: skip
#: the mutations whose cells are here, and those that have tests of their own for the same
CHECKED = {
    "login", "logout", "register", "resetPassword", "changePassword", "updatePassword", "updateMyAccount", "actFor",
    "stopActing", "invalidateCache", "updateAddress", "selectAddress", "deleteAddress",
}  # fmt: skip


@dataclass
class World:
    """``marks``: of each visitor, whom they may be told of; ``told_names``: and of whom the name alone."""

    wired: Shop
    sessions: dict[str, str | None] = field(default_factory=dict)
    contacts: dict[str, int] = field(default_factory=dict)
    cells: int = 0
    leaks: list[str] = field(default_factory=list)

    @property
    def victim(self) -> tuple[int, int]:
        """Ids of the user and the contact."""
        return self.wired.customer(VICTIM)

    def rows(self, model: str) -> dict[int, dict[str, Any]]:
        table = self.wired.double.db.table(model)
        return {int(one): dict(row) for one in table.ids() if (row := table.get(one)) is not None}

    def allowed(self, who: str) -> dict[str, set[int]]:
        """Of whom a visitor may be told: by the kind of mark."""
        partners = self.rows("res.partner")
        own = {int(row["partner_id"]) for row in self.rows("res.company").values()}
        contact = self.contacts.get(who)
        if contact is not None:
            firm = partners[contact].get("commercial_partner_id") or contact
            own |= {one for one, row in partners.items() if (row.get("commercial_partner_id") or one) == firm}
        actor = {self.wired.user("staff@vetwholesale.example")[1]} if who == "acting" else set()
        return {mark: own | (actor if mark == "nm" else set()) for mark in MARKED.values()}

    def tell(self, where: str, good: bool, what: object = "") -> None:
        self.cells += 1
        if not good:
            self.leaks.append(f"{where}: {what!s:.300}")

    def check_told(self, who: str, where: str, answer: Answer) -> None:
        """Does the answer tell of nobody but whom it may?"""
        allowed = self.allowed(who)
        found = {(mark, int(id_)) for mark, id_ in _MARK.findall(answer.raw.decode())}
        self.tell(f"{who} {where}", all(id_ in allowed[mark] for mark, id_ in found), found)
        others = {f"vet{place}@customer.example" for place in range(1, 6) if place != PLACE.get(who)}
        asked = where  # what they typed themselves is told back
        told = [one for one in others if one in answer.raw.decode() and one not in asked]
        self.tell(f"{who} {where}: addresses", not told, told)

    async def ask(self, who: str, text: str, variables: Any = None) -> Answer:
        """As a visitor, in the session that they have."""
        self.wired.cookie = self.sessions.get(who)
        answer = await self.wired.query(text, variables)
        self.sessions[who] = self.wired.cookie
        return answer

    async def come(self, who: str) -> None:
        """A visitor comes (anew)."""
        self.wired.cookie = None
        if who in ("vet", "shareholder"):
            await self.wired.log_in(PLACE[who])
            self.contacts[who] = self.wired.customer(PLACE[who])[1]
        elif who != "guest":
            await self.wired.log_in_staff()
            self.contacts[who] = self.wired.user("staff@vetwholesale.example")[1]
        if who == "acting":
            self.contacts[who] = self.wired.customer(PLACE[who])[1]
            act = "mutation($id: Int!) { actFor(partnerId: $id) { actedBy { name } } }"
            assert (await self.wired.query(act, {"id": self.contacts[who]})).data["actFor"]["actedBy"]
        self.sessions[who] = self.wired.cookie


@asynccontextmanager
async def world(version: str) -> AsyncIterator[World]:
    """A shop in which every contact is marked, with all visitors in it."""
    no_limits: dict[str, Any] = {"login_tries_account": 0, "login_tries_address": 0, "login_tries_all": 0}
    no_limits |= {"max_cost": 10_000_000, "max_depth": 50, "max_aliases": 10_000, "max_tokens": 100_000}
    async with shop(version=version, **no_limits) as wired:
        wired.double.create("ir.config_parameter", {"key": "base.login_cooldown_after", "value": "0"})
        partners = wired.double.db.table("res.partner")
        for one in list(partners.ids()):
            row = partners.get(one)
            assert row is not None
            marks = {name: f"{mark}{one}x" for name, mark in MARKED.items() if name in row or name in ("name", "phone")}
            wired.double.db.put("res.partner", {**row, **marks})
        found = World(wired)
        for who in VISITORS:
            await found.come(who)
        yield found


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts_tries, "EVENED", 0.001)


class TestEverythingIsThoughtOf:
    def test_every_mutation(self) -> None:
        for place in ELSEWHERE.values():
            assert (Path(__file__).parents[2] / place).exists()
        unknown = set(MUTATION.fields) - CHECKED - ELSEWHERE.keys()
        assert not unknown, f"who may do it, and to whom? Say so in a matrix: {sorted(unknown)}"

    def test_every_field_of_a_viewer(self) -> None:
        of: Any = SCHEMA.type_map["Viewer"]
        assert set(of.fields) == VIEWER, "who is told? Say so in the matrix"

    def test_the_marks_are_told_to_whom_they_are_about(self) -> None:
        assert _MARK.findall('{"name":"nm17x","phone":"ph3x"}') == [("nm", "17"), ("ph", "3")]


#: mutation -> where it is tested that nobody does it to another
ELSEWHERE: Mapping[str, str] = {
    "createUpdatePartner": "tests/accounts/test_address_walls.py",
    "addAddress": "tests/accounts/test_address_walls.py",
    "wishlistAddItem": "tests/wishlist/test_wishlist.py",
    "wishlistRemoveItem": "tests/wishlist/test_wishlist.py",
    "newsletterSubscribe": "tests/wishlist/test_visitors.py",
    "contactUs": "tests/wishlist/test_visitors.py",
    "retryCartSync": "tests/stats/test_backoffice_over_http.py",
    "giveUpCartSync": "tests/stats/test_backoffice_over_http.py",
    "subscribe": "tests/subscriptions/test_over_http.py",
    "unsubscribe": "tests/subscriptions/test_over_http.py",
    **dict.fromkeys(
        (
            "activateCart", "applyCoupon", "applyGiftCard", "cartClear", "cartRemoveMultipleItems", "cartSync",
            "cartUpdateMultipleItems", "deleteCart", "makeGiftCardPayment", "placeOrder", "removeCoupon", "renameCart",
            "reopenOrderRequest", "reorder", "requestQuotation", "saveCart", "setCartDetails", "setShippingMethod",
        ),
        "tests/cart/test_cart_walls.py",
    ),
    # they put into one's own cart, and name nobody
    **dict.fromkeys(("cartAddMultipleItems", "quickOrder"), "tests/cart/test_cart_over_http.py"),
    # nothing can be paid by these yet
    **dict.fromkeys(
        (
            "adyenPaymentDetails", "adyenPaymentMethods", "adyenPayments", "adyenProviderInfo", "adyenTransaction",
            "stripeGetInlineFormValues", "stripeTransaction",
        ),
        "tests/resolvers/test_checkout_over_http.py",
    ),
}  # fmt: skip


async def _of_queries(found: World) -> None:
    """All that can be selected of persons, in every way to write it."""
    for who in VISITORS:
        for entry in PERSONAL:
            tree = tree_of(SCHEMA, "Query", entry, QUERY.fields[entry], depth=2 if entry == "viewer" else 1, products=0)
            tree = pruned(tree, lambda one: one.type != "Product" and not (one.owner == "Pricelist" and one.children))
            for way in WAYS:
                text, variables, _ = document(way, entry, tree)
                answer = await found.ask(who, text, variables)
                found.tell(f"{who} {way} {entry}", answer.status == 200, answer.body)
                found.check_told(who, f"{way} {entry}", answer)


async def _of_answers(found: World) -> None:
    """Each is told who they are: by the rows of Odoo."""
    partners, text = (
        found.rows("res.partner"),
        """{
        viewer { isGuest name email staff roles { name } company { id } actedBy { name partnerId } token { value } }
        partner { id name email phone vat isPublic }
    }""",
    )
    _, member = found.wired.user("staff@vetwholesale.example")
    for who in VISITORS:
        data = (await found.ask(who, text)).data
        viewer, partner = data["viewer"], data["partner"]
        row = partners.get(found.contacts.get(who, 0), {})
        firm = row.get("commercial_partner_id") or row.get("id")
        expected = {
            "isGuest": who == "guest",
            "name": row.get("name"),
            "email": row.get("email") or None,
            "staff": who == "staff",
            "company": {"id": firm} if row else None,
            "actedBy": {"name": f"nm{member}x", "partnerId": member} if who == "acting" else None,
            "token": None,
        }
        for name, value in expected.items():
            found.tell(f"{who} viewer.{name}", viewer[name] == value, (viewer[name], value))
        roles = {role["name"] for role in viewer["roles"]}
        found.tell(f"{who} roles", ("backoffice" in roles) == (who == "staff"), roles)
        found.tell(f"{who} roles", (roles == {"guest"}) == (who == "guest"), roles)
        told = {"id": row.get("id", 4), "isPublic": not row, "name": row.get("name", "Public user")}
        told |= {name: row.get(name) or None for name in ("email", "phone")}
        for name, value in told.items():
            found.tell(f"{who} partner.{name}", partner[name] == value, (partner[name], value))


#: (mutation, what each visitor is told: "" when it is done; in the order of VISITORS)
UPDATE = "mutation($me: UpdateMyAccountParams) { updateMyAccount(myaccount: $me) { id name email phone vat } }"
ACT = "mutation($id: Int!) { actFor(partnerId: $id) { name email company { id name } actedBy { name } } }"
RESET = "mutation($email: String!) { resetPassword(email: $email) { id partner { id name phone vat } } }"
LOGIN = """mutation($email: String!, $password: String!) {
  login(email: $email, password: $password) { user { id name email partner { id name phone } } } }"""
REGISTER = """mutation($email: String!) {
  register(email: $email, name: "Somebody", password: "Secret-new-1") { id name partner { id name } } }"""
PASSWORD = """mutation($old: String!) {
  updatePassword(currentPassword: $old, newPassword: "Another-1!") { id name email } }"""
CHANGE_ADDRESS = 'mutation($id: Int!) { updateAddress(address: {id: $id, street: "Elsewhere 1"}) { id name street } }'
SELECT_ADDRESS = "mutation($id: Int!) { selectAddress(address: {id: $id}, type: Shipping) { id name street phone } }"
DELETE_ADDRESS = "mutation($id: Int!) { deleteAddress(address: {id: $id}) { result } }"
TOKEN = """mutation($token: String!) { changePassword(token: $token, newPassword: "Another-1!") { id name } }"""


def _cells(found: World) -> list[tuple[str, str, Any, tuple[str, ...]]]:
    """(name, text, variables, codes by visitor) of what is tried against the victim."""
    user_id, partner_id = found.victim
    email = f"vet{VICTIM}@customer.example"
    none, gone, no = "NOT_SIGNED_IN", "NOT_FOUND", "FORBIDDEN"
    wrong = ("WRONG_CREDENTIALS",) * 5
    return [
        ("of another contact", UPDATE, {"me": {"id": partner_id, "name": "Hacked"}}, (none, gone, gone, gone, gone)),
        ("of another user", UPDATE, {"me": {"id": user_id, "phone": "+32 9 1"}}, (none, gone, gone, gone, gone)),
        ("of nobody", UPDATE, {"me": {"id": 999_999, "phone": "+32 9 1"}}, (none, gone, gone, gone, gone)),
        ("one's own", UPDATE, {"me": {"phone": "+32 9 1"}}, (none, "", "", "", "")),
        ("act", ACT, {"id": partner_id}, (no, no, no, "", no)),
        ("act for nobody", ACT, {"id": 999_999}, (no, no, no, gone, no)),
        ("stop", "mutation { stopActing { isGuest name email } }", None, (no, no, no, no, "")),
        ("their password", PASSWORD, {"old": f"Secret-{VICTIM}"}, (none, *wrong[:3], no)),
        ("a guessed token", TOKEN, {"token": "guessed"}, ("ERP_REJECTED",) * 5),
        ("a link for them", RESET, {"email": email}, ("",) * 5),
        ("their address", REGISTER, {"email": email}, ("EMAIL_TAKEN",) * 5),
        ("a wrong password", LOGIN, {"email": email, "password": "wrong"}, wrong),
        ("another's password", LOGIN, {"email": email, "password": "Secret-1"}, wrong),
        ("no such account", LOGIN, {"email": "nobody@x.example", "password": f"Secret-{VICTIM}"}, wrong),
        ("an address of theirs", CHANGE_ADDRESS, {"id": partner_id}, (gone,) * 5),
        ("ship to them", SELECT_ADDRESS, {"id": partner_id}, (gone,) * 5),
        ("take theirs away", DELETE_ADDRESS, {"id": partner_id}, (gone,) * 5),
        ("drop the cache", "mutation { invalidateCache(tags: []) { tags } }", None, (no,) * 5),
        ("leave", "mutation { logout }", None, ("",) * 5),
    ]


#: what Odoo itself notes when a link was asked for
_NOTED = frozenset({"signup_token", "signup_type", "signup_expiration", "write_date", "write_uid", "__last_update"})


def _state(found: World, but: int | None) -> Any:
    """All that Odoo knows of persons, but of one who may change themselves."""
    partners, users = found.rows("res.partner"), found.rows("res.users")
    rows = {("partner", id_): row for id_, row in partners.items() if id_ != but}
    rows |= {("user", id_): row for id_, row in users.items() if row.get("partner_id") != but}
    return {key: {name: value for name, value in row.items() if name not in _NOTED} for key, row in rows.items()}


async def _of_mutations(found: World) -> None:
    for at, who in enumerate(VISITORS):
        for name, text, variables, codes in _cells(found):
            await found.come(who)
            own = found.contacts.get(who) if name == "one's own" else None
            before = _state(found, own)
            others = {one: found.sessions[one] for one in VISITORS if one != who}
            answer = await found.ask(who, text, variables)
            where = f"{name} {variables}"
            told = answer.codes if "errors" in answer.body else {""}
            found.tell(f"{who} {where}", told == {codes[at]}, answer.body)
            if who == "staff" and codes[at] == "" and name == "act":
                found.contacts[who] = found.victim[1]  # whose contact they are told from now on
                found.tell(f"{who} acts", bool(answer.data["actFor"]["actedBy"]))
            else:
                found.check_told(who, where, answer)
            if name == "a link for them":
                found.tell(f"{who} {where}: contact", answer.data["resetPassword"]["partner"] is None)
            found.tell(f"{who} {where}: rows", _state(found, own) == before)
            found.tell(f"{who} {where}: sessions", {one: found.sessions[one] for one in others} == others)
            await _is_still_who_they_were(found, who, left=name in ("leave", "stop") and codes[at] == "")


async def _is_still_who_they_were(found: World, who: str, *, left: bool) -> None:
    """Nothing that was tried made somebody else of them."""
    viewer = (await found.ask(who, "{ viewer { isGuest name } }")).data["viewer"]
    contact = None if left else found.contacts.get(who)
    name = None if contact is None else found.rows("res.partner")[contact]["name"]
    found.tell(f"{who} afterwards", viewer == {"isGuest": contact is None, "name": name}, viewer)


@pytest.mark.parametrize("version", ["10.0", "14.0", "19.0"])
async def test_nobody_learns_or_changes_anything_of_another(version: str) -> None:
    async with world(version) as found:
        await _of_queries(found)
        await _of_answers(found)
        await _of_mutations(found)
    assert not found.leaks, f"{len(found.leaks)} of {found.cells}: " + "\n".join(found.leaks[:20])
    print(f"\n{version}: {found.cells} cells of {len(VISITORS)} kinds of visitors, 0 leaks")  # noqa: T201
    assert found.cells > 500


def _always(found: World) -> Any:
    """The victim's contact, whoever asks."""

    async def own_customer(context: Any) -> Any:
        return await (await context.adapter()).customer(partner_id=found.victim[1])

    return own_customer


BREAKS: Mapping[str, tuple[str, Any]] = {
    "whose company it is": ("resolvers.viewer.own_customer", _always),
    "what an address proves": (
        "resolvers.accounts_passwords._unproven",
        lambda _: lambda account: User(account.user_id, account.name, account.email or account.login),
    ),
    "whose account is changed": ("resolvers.accounts.own_customer", _always),
}


@pytest.mark.parametrize("broken", BREAKS)
async def test_a_broken_boundary_is_found(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, made = BREAKS[broken]
    async with world("14.0") as found:
        monkeypatch.setattr(place, made(found))
        await _of_queries(found)
        await _of_mutations(found)
    assert found.leaks, f"{broken} may be forgotten, and nobody sees it"
