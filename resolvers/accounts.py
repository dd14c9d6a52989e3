"""Signing in and out, registering, and what customers tell of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from adapters.errors import OdooLoginTakenError
from adapters.records import CustomerChange
from cache.tags import customer_tag
from identity.identity import Identity
from resolvers.accounts_arguments import email_of, login_of, name_of, password_of, phone_of
from resolvers.accounts_tries import client_of, limited, password_try, sign_ins
from resolvers.arguments import given
from resolvers.errors import EmailTakenError, NotFoundError, WrongCredentialsError
from resolvers.info import Info
from resolvers.mutation import mutation
from resolvers.newsletter import subscribe_along
from resolvers.partners import Partner, User, own_customer, own_partner

log = structlog.get_logger(__name__)

WRONG = "Wrong email or password."


@dataclass(frozen=True, slots=True)
class LoginOutput:
    """Who signed in."""

    user: User


@mutation.field("login")
async def resolve_login(
    _: None,
    info: Info,
    *,
    email: str,
    password: str,
    subscribeNewsletter: bool | None = None,  # noqa: ARG001, N803
) -> LoginOutput:
    context = info.context
    login, secret = login_of(email), password_of(password, "password")
    async with password_try(context, login) as attempt:
        user_id = await (await context.adapter()).verify_password(login, secret, client=client_of(context))
        if user_id is None:
            raise WrongCredentialsError(WRONG)
        attempt.succeed()
        identity = await sign_ins(context).facts(user_id=user_id)
    if identity is None or identity.user_id is None:  # archived since, or stands for guests
        raise WrongCredentialsError(WRONG)
    await sign_ins(context).begin(context, identity)
    await context.carts.settle()
    await context.wishes.settle()
    return LoginOutput(_user(identity, login))


def _user(identity: Identity, login: str) -> User:
    return User(identity.user_id or 0, identity.name, identity.email or login)


@mutation.field("logout")
async def resolve_logout(_: None, info: Info) -> bool:
    await sign_ins(info.context).end(info.context)
    return True


@mutation.field("register")
async def resolve_register(
    _: None,
    info: Info,
    *,
    email: str,
    name: str,
    password: str,
    subscribeNewsletter: bool | None = None,  # noqa: N803
) -> User:
    context = info.context
    login, called, secret = email_of(email), name_of(name), password_of(password, "password")
    async with limited(context, "register", login):
        view = await context.view()
        adapter = await context.adapter()
        try:
            user_id = await adapter.register(
                name=called, email=login, password=secret, lang=view.lang, company_id=view.website.company_id
            )
        except OdooLoginTakenError as error:
            raise EmailTakenError(error.message) from error
    log.info("account.registered", who=context.identity.who, user_id=user_id)
    if subscribeNewsletter:
        await subscribe_along(context, login, called, counted=False)
    return User(user_id, called, login)


@mutation.field("updateMyAccount")
async def resolve_update_my_account(_: None, info: Info, myaccount: Mapping[str, Any] | None = None) -> Partner:
    context = info.context
    customer = await own_customer(context)
    wanted = given(myaccount)
    if wanted.pop("id", customer.partner_id) not in {customer.partner_id, customer.user_id}:
        raise NotFoundError("User does not exist.")
    change = _change(wanted)
    if change != CustomerChange():
        adapter = await context.adapter()
        await adapter.update_customer(customer.partner_id, change)
        await context.services.invalidate(frozenset({customer_tag(customer.partner_id)}))
        context.contacts.forget()
        log.info("account.changed", who=context.identity.who, partner_id=customer.partner_id, what=sorted(wanted))
    return await own_partner(context)


def _change(wanted: Mapping[str, str]) -> CustomerChange:
    checks = {"name": name_of, "email": email_of, "phone": phone_of}
    return CustomerChange(**{name: checks[name](text) for name, text in wanted.items()})


BINDABLES: list[Any] = []
