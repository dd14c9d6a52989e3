"""Accounts of customers: logging in, registering, changing what is known of them, passwords."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from adapters.errors import (
    OdooError,
    OdooLockedOutError,
    OdooLoginTakenError,
    OdooProtocolError,
    OdooRejectedError,
)
from adapters.reader import Row
from adapters.reads.customers import PORTAL_GROUP, CustomerReads
from adapters.records.customers import Account, CustomerChange
from adapters.rpc.base import Credentials, Transport
from adapters.rpc.logins import Logins
from adapters.values import many2one, text

#: What shops show; Odoo has no text of its own for these.
LOGIN_TAKEN = "Another user is already registered using this email address."
UNKNOWN_EMAIL = "Invalid email."
ARCHIVED = "You cannot perform this action on an archived user."
EMPTY_PASSWORD = "Setting empty passwords is not allowed for security reasons!"  # noqa: S105  # a text
NOT_CHANGED = "Could not change your password."

#: no mail that invites: the customer just chose a password
_QUIET = {"no_reset_password": True}
_ALL = {"active_test": False}
#: from this length on a password is not a word of a sentence
_LONG = 8


class CustomerWrites(CustomerReads):
    """Accounts of customers. No text of an error holds a password; none is logged."""

    def __init__(self, transport: Transport, credentials: Credentials) -> None:
        super().__init__(transport, credentials)
        self._logins = Logins(credentials)

    # -- who ---------------------------------------------------------------------------------------------------

    async def verify_password(self, login: str, password: str, *, client: str | None = None) -> int | None:
        with _unspoken(password):
            return await self._logins.check(login, password, client=client)

    async def find_account(self, email: str) -> Account | None:
        """The account with that login, else the only active one with that e-mail address.

        Raises OdooRejectedError when the account with that login is archived.
        """
        row = await self._account(email)
        return None if row is None else _account(row)

    # -- accounts ------------------------------------------------------------------------------------------------

    async def register(
        self, *, name: str, email: str, password: str, lang: str | None = None, company_id: int | None = None
    ) -> int:
        login = _login(email)
        if not password:
            raise OdooRejectedError(EMPTY_PASSWORD)
        if await self._taken(login):
            raise OdooLoginTakenError(LOGIN_TAKEN)
        portal = (await self._tables.get()).group(PORTAL_GROUP)
        if portal is None:
            raise OdooProtocolError("the portal group is not known: the service user may not read ir.model.data")
        values: dict[str, Any] = {
            "name": name,
            "login": login,
            "email": login,
            "password": password,
            self.profile.user_groups: [[6, 0, [portal.id]]],
        }
        if lang is not None:
            values["lang"] = lang
        if company_id is not None:
            values |= {"company_id": company_id, "company_ids": [[6, 0, [company_id]]]}
        with _unspoken(password):
            try:
                return await self._create_user(values)
            except OdooRejectedError:
                if await self._taken(login):  # somebody was quicker
                    raise OdooLoginTakenError(LOGIN_TAKEN) from None
                raise

    async def update_customer(self, partner_id: int, change: CustomerChange) -> None:
        given = {name: getattr(change, name) for name in change.__struct_fields__}
        fields = self.reader.source("customer").fields
        values = {fields[name]: value or False for name, value in given.items() if value is not None}
        if values:
            await self.transport.call("res.partner", "write", [partner_id], {"vals": values})

    # -- passwords -----------------------------------------------------------------------------------------------

    async def change_password(self, user_id: int, old: str, new: str, *, client: str | None = None) -> bool:
        rows = await self.reader.read("account", [["id", "=", user_id]], only=("login",))
        if not rows or await self.verify_password(rows[0]["login"], old, client=client) != user_id:
            return False
        await self.set_password(user_id, new)
        return True

    async def set_password(self, user_id: int, new: str) -> None:
        if not new:  # Odoo would store it, and nobody could log in any more
            raise OdooRejectedError(EMPTY_PASSWORD)
        with _unspoken(new):
            await self.transport.call("res.users", "write", [user_id], {"vals": {"password": new}})

    async def reset_password(self, email: str) -> Account:
        row = await self._account(email)
        if row is None:
            raise OdooRejectedError(UNKNOWN_EMAIL)
        await self.transport.call("res.users", "action_reset_password", [row["id"]])
        return _account(row)

    async def set_password_by_token(self, token: str, new: str) -> int:
        if not new:
            raise OdooRejectedError(EMPTY_PASSWORD)
        if not token:  # without one Odoo would sign up somebody new
            raise OdooRejectedError(NOT_CHANGED)
        with _unspoken(new):
            try:
                answer = await self.transport.call(
                    "res.users", "signup", args={"values": {"password": new}, "token": token}
                )
            except OdooProtocolError as error:  # what is not even made like a token ends in an exception in 19.0
                raise OdooRejectedError(NOT_CHANGED) from error
        # (database, login, password) up to 15.0, then (login, password)
        login = str(answer[-2]) if isinstance(answer, list) and len(answer) >= 2 else ""
        rows = await self.reader.read("account", [["login", "=", login]], only=("login",))
        if len(rows) != 1:
            raise OdooProtocolError("Odoo does not say whose password was set")
        return int(rows[0]["id"])

    async def close_logins(self) -> None:
        """Close the connections that passwords were checked over."""
        await self._logins.close()

    # -- details -------------------------------------------------------------------------------------------------

    async def _create_user(self, values: dict[str, Any]) -> int:
        made = await self.transport.call("res.users", "create", args={"vals_list": values}, context=_QUIET)
        return int(made[0] if isinstance(made, list) else made)

    async def _taken(self, login: str) -> bool:
        return await self.reader.count("account", [["login", "=", login]], context=_ALL) > 0

    async def _account(self, email: str) -> Row | None:
        """As Odoo looks for whom to send a new password: by login, then by address."""
        names = sorted({email.strip(), _login(email)} - {""})
        domain: list[object] = ["|", ["login", "in", names], ["email", "in", names]]
        rows = await self.reader.read("account", domain, context=_ALL) if names else []
        by_login = [row for row in rows if row["login"] in names]
        found = by_login or [row for row in rows if row["active"]]
        if len(found) != 1:
            return None
        if not found[0]["active"]:
            raise OdooRejectedError(ARCHIVED)
        return found[0]


def _login(email: str) -> str:
    return email.strip().lower()


def _account(row: Row) -> Account:
    return Account(
        user_id=row["id"],
        partner_id=many2one(row["partner"]) or 0,
        login=row["login"],
        name=text(row["name"]) or "",
        email=text(row["email"]),
    )


@contextmanager
def _unspoken(password: str) -> Iterator[None]:
    """Takes the password out of an error's texts: Odoo may echo what it was sent.

    Out of a text for people only when it is too long to be a word of it.
    """
    try:
        yield
    except OdooError as error:
        for_people = isinstance(error, OdooRejectedError | OdooLockedOutError)
        if password and (not for_people or len(password) >= _LONG):
            error.args = tuple(
                argument.replace(password, "***") if isinstance(argument, str) else argument for argument in error.args
            )
            if isinstance(error, OdooRejectedError | OdooLockedOutError):
                error.message = error.message.replace(password, "***")
        raise
