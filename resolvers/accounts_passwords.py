"""New passwords: by a mailed link, or by the old one."""

from __future__ import annotations

from typing import Any

import structlog

from adapters.errors import OdooRejectedError
from adapters.records import Account
from resolvers.accounts_arguments import INVALID_EMAIL, email_of, password_of, token_of
from resolvers.accounts_tries import client_of, limited, password_try, sign_ins
from resolvers.context import RequestContext
from resolvers.errors import BadInputError, ForbiddenError, NotFoundError, WrongCredentialsError
from resolvers.info import Info
from resolvers.mutation import mutation
from resolvers.partners import User, own_customer, signed_in, user_of

log = structlog.get_logger(__name__)


@mutation.field("resetPassword")
async def resolve_reset_password(_: None, info: Info, email: str) -> User:
    context = info.context
    address = email_of(email)
    async with limited(context, "reset", address):
        adapter = await context.adapter()
        if await adapter.find_account(address) is None:
            raise BadInputError(INVALID_EMAIL)
        account = await adapter.reset_password(address)
    log.info("account.password_link_mailed", who=context.identity.who, user_id=account.user_id)
    return _unproven(account)


def _unproven(account: Account) -> User:
    """An address proves nothing: whoever typed it is not shown the contact."""
    return User(account.user_id, account.name, account.email or account.login, proven=False)


@mutation.field("changePassword")
async def resolve_change_password(_: None, info: Info, *, newPassword: str, token: str) -> User:  # noqa: N803
    context = info.context
    mailed, new = token_of(token), password_of(newPassword, "newPassword")
    async with limited(context, "token", mailed):
        adapter = await context.adapter()
        user_id = await adapter.set_password_by_token(mailed, new)
    customer = await adapter.customer(user_id=user_id)
    if customer is None:
        raise NotFoundError("User does not exist.")
    log.info("account.password_changed", who=context.identity.who, partner_id=customer.partner_id, by="token")
    own = context.identity.partner_id == customer.partner_id
    await sign_ins(context).end_all_of(context, customer.partner_id, keep_own=own)
    return user_of(customer)


@mutation.field("updatePassword")
async def resolve_update_password(_: None, info: Info, *, currentPassword: str, newPassword: str) -> User:  # noqa: N803
    context = info.context
    if signed_in(context).acted_by is not None:
        raise ForbiddenError("A customer's password is changed by nobody else.")
    old, new = password_of(currentPassword, "currentPassword"), password_of(newPassword, "newPassword")
    customer = await own_customer(context)
    if customer.user_id is None or customer.login is None:
        raise NotFoundError("User does not exist.")
    adapter = await context.adapter()
    async with password_try(context, customer.login) as attempt:
        try:
            done = await adapter.change_password(customer.user_id, old, new, client=client_of(context))
        except OdooRejectedError:  # the old one was right; the new one is not to Odoo's liking
            attempt.succeed()
            raise
        if not done:
            raise WrongCredentialsError("Incorrect password.")
        attempt.succeed()
    log.info("account.password_changed", who=context.identity.who, partner_id=customer.partner_id, by="password")
    await _end_other_sessions(context, customer.partner_id)
    return user_of(customer)


async def _end_other_sessions(context: RequestContext, partner_id: int) -> None:
    """The caller's own gets another id: whoever else has the old one is out too.

    Not one that an issuer vouches for: it does not hang on this password, and knows more than is known here.
    """
    signs, session = sign_ins(context), context.session
    if session is not None and not session.issuer:
        await signs.begin(context, context.identity)
    await signs.end_all_of(context, partner_id, keep_own=session is not None)


BINDABLES: list[Any] = []
