"""What the change feed tells of customers: each way that Odoo lets somebody change who may see what."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from demo.double import Double
from tests.adapters.feed import Clock, Feed, following

VERSIONS = ("10.0", "14.0", "19.0")
USER = 19
Act = Callable[[Double], None]


def _partner(double: Double) -> int:
    return int((double.db.table("res.users").get(USER) or {})["partner_id"])


def _company(double: Double) -> int:
    return int((double.db.table("res.partner").get(_partner(double)) or {})["parent_id"])


def _groups(double: Double) -> str:
    return double.db.profile.names.user_groups


#: what is written -> whose identities it concerns: "contact", "company" (and its contacts), or "all"
ACTS: dict[str, tuple[Act, str]] = {
    "a group, on the user": (lambda odoo: odoo.write("res.users", [USER], {_groups(odoo): [(4, 90)]}), "contact"),
    "a group, taken away": (lambda odoo: odoo.write("res.users", [USER], {_groups(odoo): [(3, 91)]}), "contact"),
    "the password": (lambda odoo: odoo.write("res.users", [USER], {"password": "Another-1"}), "contact"),
    "the user, archived": (lambda odoo: odoo.write("res.users", [USER], {"active": False}), "contact"),
    "the language": (lambda odoo: odoo.write("res.partner", [_partner(odoo)], {"lang": "nl_NL"}), "contact"),
    "a tag": (lambda odoo: odoo.write("res.partner", [_partner(odoo)], {"category_id": [(4, 1)]}), "contact"),
    "a tag of the company": (
        lambda odoo: odoo.write("res.partner", [_company(odoo)], {"category_id": [(5,)]}),
        "company",
    ),
    "a tag, renamed": (lambda odoo: odoo.write("res.partner.category", [10], {"name": "Member"}), "all"),
    "a group, implying another": (lambda odoo: odoo.write("res.groups", [90], {"implied_ids": [(4, 91)]}), "all"),
    "a new group": (lambda odoo: _ignored(odoo.create("res.groups", {"name": "New"})), "all"),
}


def _ignored(record_id: int) -> None:
    del record_id


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Our clock is Odoo's."""
    clock = Clock()
    monkeypatch.setattr("adapters.reads.changes.time.time", clock.time)
    return clock


async def settled(version: str, clock: Clock) -> Feed:
    feed = await following(version, clock, products=3)
    await feed.settle()
    return feed


@pytest.mark.parametrize("version", VERSIONS)
async def test_what_is_told_of_customers(version: str, clock: Clock) -> None:
    feed = await settled(version, clock)
    for what, (act, whom) in ACTS.items():
        contact, company = _partner(feed.double), _company(feed.double)
        act(feed.double)
        told = {ids for subject, ids, deleted in await feed.poll() if subject == "customer" and not deleted}
        expected: dict[str, tuple[int, ...]] = {"contact": (contact,), "company": (company,), "all": ()}
        assert told == {expected[whom]}, what
        await feed.settle()


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_pricelist_is_told_for_the_company_and_its_contacts(version: str, clock: Clock) -> None:
    feed = await settled(version, clock)
    company = _company(feed.double)
    below = set(feed.double.db.table("res.partner").find("parent_id", [company]))
    feed.double.write("res.partner", [company], {"property_product_pricelist": 1})
    (told,) = {ids for subject, ids, _ in await feed.poll() if subject == "customer"}
    assert set(told) == {company, *below}


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_login_is_no_change(version: str, clock: Clock) -> None:
    feed = await settled(version, clock)
    feed.double.db.logged_in[USER] = clock()
    assert await feed.poll() == set()


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_deleted_user_is_told(version: str, clock: Clock) -> None:
    feed = await settled(version, clock)
    feed.double.unlink("res.users", [USER])
    assert ("customer", (), False) in await feed.poll()


@pytest.mark.parametrize("version", VERSIONS)
async def test_webhooks_name_customers_too(version: str, clock: Clock) -> None:
    feed = await following(version, clock, products=3)
    partner = _partner(feed.double)
    told = [change for change in await feed.adapter.change_of("res.users", [USER]) if change.subject == "customer"]
    assert [change.ids for change in told] == [(partner,)]
    (change,) = await feed.adapter.change_of("res.partner", [partner])
    assert (change.subject, change.ids) == ("customer", (partner,))
    (change,) = await feed.adapter.change_of("res.groups", [90])
    assert (change.subject, change.ids) == ("customer", ())
