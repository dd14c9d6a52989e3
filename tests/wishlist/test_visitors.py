"""Newsletter, questions and pages, as visitors meet them."""

from __future__ import annotations

from typing import Any

import pytest

from resolvers import accounts_tries
from tests.accounts.desk import Desk, desk

SUBSCRIBE = "mutation ($email: String) { newsletterSubscribe(email: $email) { subscribed } }"
CONTACT = """mutation ($of: ContactUsParams) {
  contactUs(contactus: $of) { id name email phone company subject message } }"""
REGISTER = """mutation { register(name: "Zoë", email: "zoe@vet.example", password: "Long-secret-1",
  subscribeNewsletter: true) { id } }"""
ASKED = {"name": "Anaïs", "email": "A@Vet.Example", "phone": "", "subject": "Why?", "message": "a\r\nb"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts_tries, "EVENED", 0.001)


def emails(of: Desk) -> list[str]:
    table = of.odoo.double.db.table("mailing.contact")
    return [row["email"] for one in table.ids() if (row := table.get(one)) is not None]


async def test_subscribing() -> None:
    async with desk("19.0") as of:
        visitor = of.visitor()
        for email in ("Zoe@Vet.example", "zoe@vet.example"):
            answer = await visitor.ask(SUBSCRIBE, email=email)
            assert answer.data == {"newsletterSubscribe": {"subscribed": True}}
        for wrong in (None, "", "zoe", "a@b.example,c@d.example"):
            assert (await visitor.ask(SUBSCRIBE, email=wrong)).told == ("BAD_USER_INPUT", "Invalid email.")
        assert emails(of) == ["zoe@vet.example"]


async def test_subscribing_along_with_registering() -> None:
    async with desk("19.0") as of:
        assert (await of.visitor().ask(REGISTER)).data["register"]["id"]
        assert emails(of) == ["zoe@vet.example"]


async def test_nobody_subscribes_or_asks_without_end() -> None:
    async with desk("19.0") as of:
        codes = []
        for number in range(25):
            answer = await of.visitor().ask(SUBSCRIBE, email=f"v{number}@vet.example")
            codes += [error["extensions"]["code"] for error in answer.errors]
        assert codes == ["TOO_MANY_TRIES"] * 5
        assert len(emails(of)) == 20
        assert (await of.visitor().ask(CONTACT, of=ASKED)).told[0] == "TOO_MANY_TRIES"
        assert not (await of.visitor("198.51.100.99").ask(CONTACT, of=ASKED)).errors


@pytest.mark.parametrize("version", ["10.0", "14.0", "19.0"])
async def test_a_question(version: str) -> None:
    async with desk(version) as of:
        told = (await of.visitor().ask(CONTACT, of=ASKED)).data["contactUs"]
        lead = of.odoo.double.db.table("crm.lead").get(told.pop("id"))
        assert lead is not None
        assert lead["email_from"] == "a@vet.example"
        assert told == {
            **ASKED, "email": "a@vet.example", "phone": None, "company": None, "message": "a\nb",
        }  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": " "},
        {"email": "nobody"},
        {"phone": "call me"},
        {"subject": ""},
        {"message": " \n"},
        {"message": "x" * 10_001},
        {"attachments": [{"name": "a.exe", "fileData": "AA=="}]},
    ],
    ids=str,
)
async def test_a_question_that_is_none(wrong: dict[str, Any]) -> None:
    async with desk("19.0") as of:
        assert (await of.visitor().ask(CONTACT, of={**ASKED, **wrong})).told[0] == "BAD_USER_INPUT"


async def test_without_crm_it_is_told_as_such() -> None:
    def change(double: Any) -> None:
        double.db.models = {name: one for name, one in double.db.models.items() if name != "crm.lead"}

    async with desk("19.0", change) as of:
        assert (await of.visitor().ask(CONTACT, of=ASKED)).told[0] == "ERP_NOT_SUPPORTED"


async def test_there_are_no_pages() -> None:
    async with desk("19.0") as of:
        text = """{ websitePages(pageSize: 10000, filter: {}, sort: {}) { totalCount websitePages { websiteUrl } }
          websitePage(id: 1) { id } }"""
        assert (await of.visitor().ask(text)).data == {
            "websitePages": {"totalCount": 0, "websitePages": []},
            "websitePage": None,
        }
